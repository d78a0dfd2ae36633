// SPDX-License-Identifier: Apache-2.0
// What the data stages share: how they stop, and what each says at its end.
#pragma once

#include <string>
#include <vector>

#include "core/commands/command.h"
#include "core/dataset/quarantine.h"
#include "core/pipeline/build_arrow.h"
#include "core/pipeline/tokenize_shards.h"

namespace darkroom {

/// Runs a stage that can be stopped: Ctrl-C becomes Error{interrupted}, which says that the same command goes on.
void run_stage(const std::string& out, const std::function<void()>& stage);

/// Ends a stage: `fields` and `text`, with the most memory that the process held.
void report_stage(CommandContext& context, Json fields, std::string text);

/// "\nleft out: 4 items; FOLDER/quarantine.jsonl says why", or nothing.
std::string quarantine_text(uint64_t items, const std::string& folder);

/// By file name, as their names are part of every key.
std::vector<std::filesystem::path> sorted_shards(const std::vector<std::string>& tars);

void add_tokenize_options(CLI::App& command, TokenizeOptions& options);

struct ArrowArguments {
  SplitOptions split;
  std::string drop;                                                   ///< a rules file; empty: none
  std::string near_distance = std::to_string(default_hash_distance);  ///< a number of bits, or "off"
};
void add_arrow_options(CLI::App& command, ArrowArguments& arguments);
BuildArrowSummary run_arrow(const ArrowArguments& arguments, const std::vector<std::filesystem::path>& inputs,
                            const std::filesystem::path& dataset, CommandContext& context);

}  // namespace darkroom
