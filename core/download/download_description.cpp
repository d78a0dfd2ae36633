// SPDX-License-Identifier: Apache-2.0
#include "core/download/download_description.h"

#include <cmath>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/download/url_table.h"

namespace darkroom {
namespace fs = std::filesystem;

Json describe_pictures(const DownloadOptions& options) {
  const PictureOptions& picture = options.picture;
  return {{"resize_mode", resize_mode_name(picture.resize_mode)},
          {"image_size", picture.image_size},
          {"resize_only_if_bigger", picture.enlarging == Enlarging::never},
          {"encode_format", picture_format_name(picture.format)},
          {"encode_quality", picture.quality},
          {"skip_reencode", picture.reencoding == Reencoding::only_if_needed},
          {"min_image_size", picture.min_image_size},
          {"max_image_area", picture.max_image_area},
          {"max_aspect_ratio", std::isinf(picture.max_aspect_ratio) ? Json() : Json(picture.max_aspect_ratio)},
          {"most_bytes", options.transfer.most_bytes},
          {"disallowing_directives", options.transfer.disallowing_directives},
          {"user_agent_token", options.transfer.user_agent_token},
          {"hash", digest_kind_name(options.columns.hash_kind)}};
}

Json describe_download(const std::vector<fs::path>& inputs, const DownloadOptions& options) {
  Json files = Json::array();
  for (const fs::path& input : inputs) {
    files.push_back(url_table_identity(input));
  }
  const ColumnOptions& columns = options.columns;
  Json json{{"darkroom_download", 1},     {"rows_per_shard", options.rows_per_shard}, {"shard_digits", options.shard_digits},
            {"url_column", columns.url},  {"caption_column", columns.caption},        {"keep_columns", columns.keep},
            {"hash_column", columns.hash}};
  json.update(describe_pictures(options));
  json["inputs"] = std::move(files);
  return json;
}

std::string description_difference(const Json& made, const Json& asked) {
  for (const auto& [key, value] : asked.items()) {
    const Json old = made.is_object() ? made.value(key, Json()) : Json();
    if (old != value) {
      return key == "inputs" ? "from other inputs" : format("with {} {}, not {}", key, old.dump(), value.dump());
    }
  }
  return {};
}

void claim_download_folder(const fs::path& out, const Json& description) {
  fs::create_directories(out);
  const fs::path file = out / download_description_name;
  if (!fs::exists(file)) {
    write_file_atomically(file, description.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  const std::string difference = description_difference(read_json_file(file), description);
  if (!difference.empty()) {
    fail(ErrorCode::bad_input, "{}: was made {}. Use another folder, or the same inputs and options.", out.string(), difference);
  }
}

}  // namespace darkroom
