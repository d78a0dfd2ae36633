// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

inline constexpr const char* quarantine_name = "quarantine.jsonl";

/// One item that did not make it into a dataset.
struct QuarantinedItem {
  std::string stage;   ///< "tokenize", "encode"
  std::string source;  ///< the shard's file name
  std::string item;    ///< member, sample key or image_key
  std::string reason;  ///< a sentence
};

Json to_json(const QuarantinedItem& item);
QuarantinedItem quarantined_item_from_json(const Json& json, std::string_view where);

/// Replaces quarantine.jsonl, one item a line.
void write_quarantine(const std::filesystem::path& file, const std::vector<QuarantinedItem>& items);
/// throws Error{not_found | io}, Error{bad_input} naming the line
std::vector<QuarantinedItem> read_quarantine(const std::filesystem::path& file);

/// Puts what a stage left out in the place of what an earlier run of it left out; what other stages left out stays before it.
void replace_quarantined(const std::filesystem::path& file, const std::string& stage, const std::vector<QuarantinedItem>& items);

}  // namespace darkroom
