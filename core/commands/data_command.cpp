// SPDX-License-Identifier: Apache-2.0
#include "core/commands/data_command.h"

#include "core/commands/commands.h"

namespace darkroom {

void add_data_command(CLI::App& app, CommandContext& context, ModelVerbs models) {
  CLI::App* data = app.add_subcommand("data", "Makes datasets");
  data->require_subcommand(1);
  add_data_fetch_command(*data, context);
  add_data_filter_command(*data, context);
  add_data_download_command(*data, context);
  add_data_shards_command(*data, context);
  add_data_tokenize_command(*data, context);
  add_data_arrow_command(*data, context);
  if (models.encode != nullptr) {
    models.encode(*data, context);
  }
  add_data_mix_command(*data, context);
  add_data_audit_command(*data, context);
  add_data_dedup_command(*data, context);
  add_data_stats_command(*data, context);
  if (models.build != nullptr) {
    models.build(*data, context);
  }
}

}  // namespace darkroom
