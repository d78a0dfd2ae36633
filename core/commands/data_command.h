// SPDX-License-Identifier: Apache-2.0
// The verbs of `data`, each in a file of its own.
#pragma once

#include "core/commands/command.h"

namespace darkroom {

/// `data fetch REPOSITORY|--urls LIST --out DIR [--reencode KIND --shards DIR]`.
void add_data_fetch_command(CLI::App& data, CommandContext& context);

/// `data download IN… --out DIR`.
void add_data_download_command(CLI::App& data, CommandContext& context);

/// `data filter IN… --rules F --out DIR | --count`.
void add_data_filter_command(CLI::App& data, CommandContext& context);

/// `data shards FOLDER --source KIND --out DIR`.
void add_data_shards_command(CLI::App& data, CommandContext& context);

/// `data tokenize TARS… --out DIR` and `data arrow IN… --out DATASET`.
void add_data_tokenize_command(CLI::App& data, CommandContext& context);
void add_data_arrow_command(CLI::App& data, CommandContext& context);

/// `data mix DATASET=SHARE… --out FILE`.
void add_data_mix_command(CLI::App& data, CommandContext& context);

/// `data audit TARS… --out DIR`, `data dedup IN… --out DIR`, `data stats IN…`.
void add_data_audit_command(CLI::App& data, CommandContext& context);
void add_data_dedup_command(CLI::App& data, CommandContext& context);
void add_data_stats_command(CLI::App& data, CommandContext& context);

}  // namespace darkroom
