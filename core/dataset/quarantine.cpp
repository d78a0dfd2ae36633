// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/quarantine.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {

Json to_json(const QuarantinedItem& item) {
  return Json{{"stage", item.stage}, {"source", item.source}, {"item", item.item}, {"reason", item.reason}};
}

QuarantinedItem quarantined_item_from_json(const Json& json, std::string_view where) {
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  QuarantinedItem item;
  reader.read("stage", item.stage);
  reader.read("source", item.source);
  reader.read("item", item.item);
  reader.read("reason", item.reason);
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: {}: {}", where, problems.front().pointer, problems.front().message);
  }
  return item;
}

void write_quarantine(const std::filesystem::path& file, const std::vector<QuarantinedItem>& items) {
  std::string text;
  for (const QuarantinedItem& item : items) {
    text += to_json(item).dump(-1, ' ', false, Json::error_handler_t::replace);
    text += '\n';
  }
  write_file_atomically(file, text);
}

std::vector<QuarantinedItem> read_quarantine(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  std::vector<QuarantinedItem> items;
  size_t line = 1;
  for (size_t at = 0; at < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string where = format("{} line {}", file.string(), line);
    items.push_back(quarantined_item_from_json(parse_json(std::string_view(text).substr(at, end - at), where), where));
    at = end + 1;
  }
  return items;
}

void replace_quarantined(const std::filesystem::path& file, const std::string& stage, const std::vector<QuarantinedItem>& items) {
  std::vector<QuarantinedItem> all;
  if (std::filesystem::exists(file)) {
    all = read_quarantine(file);
  }
  std::erase_if(all, [&](const QuarantinedItem& item) { return item.stage == stage; });
  all.insert(all.end(), items.begin(), items.end());
  write_quarantine(file, all);
}

}  // namespace darkroom
