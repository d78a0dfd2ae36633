// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/latent_index.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {
namespace {

constexpr std::string_view shard_prefix = "latents-";

[[noreturn]] void fail_index(std::string_view where, std::string_view expected) { fail(ErrorCode::bad_input, "{}: {}", where, expected); }

std::vector<double> read_sums(const Json& json, const char* key, std::string_view where, int64_t channels) {
  std::vector<double> sums;
  for (const Json& value : json.value(key, Json::array())) {
    if (!value.is_number()) {
      fail_index(where, format("/{}: expected numbers", key));
    }
    sums.push_back(value.get<double>());
  }
  if (static_cast<int64_t>(sums.size()) != channels) {
    fail_index(where, format("/{}: expected {} numbers, one a channel, got {}", key, channels, sums.size()));
  }
  return sums;
}

// A list of lists of `count` texts.
template <typename Take>
void read_rows(const Json& json, const char* key, std::string_view where, size_t count, const Take& take) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) {
    fail_index(where, format("/{}: expected a list", key));
  }
  for (size_t i = 0; i < found->size(); ++i) {
    const Json& row = (*found)[i];
    const bool texts =
        row.is_array() && row.size() == count && std::all_of(row.begin(), row.end(), [](const Json& v) { return v.is_string(); });
    if (!texts) {
      fail_index(where, format("/{}/{}: expected {} texts", key, i, count));
    }
    take(row);
  }
}

}  // namespace

Json to_json(const LatentRecipe& recipe) {
  return Json{{"darkroom_latents", 1}, {"shape", recipe.shape},           {"dtype", "float16"},  {"scaling_factor", recipe.scaling_factor},
              {"vae", recipe.vae},     {"image_size", recipe.image_size}, {"crop", recipe.crop}, {"decoder", recipe.decoder}};
}

LatentRecipe latent_recipe_from_json(const Json& json, std::string_view where) {
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  LatentRecipe recipe;
  int64_t version = 0;
  int64_t image_size = 0;
  std::string dtype;
  reader.require("darkroom_latents");
  reader.read("darkroom_latents", version, 1, 1);
  reader.read_choice("dtype", dtype, {"float16"});
  reader.read("scaling_factor", recipe.scaling_factor);
  reader.read("vae", recipe.vae);
  reader.read("image_size", image_size, 1, 32768);
  reader.read("crop", recipe.crop);
  reader.read("decoder", recipe.decoder);
  const Json& shape = reader.array("shape");
  for (size_t i = 0; i < 3; ++i) {
    if (shape.size() != 3 || !shape[i].is_number_integer() || shape[i].get<int64_t>() < 1 || shape[i].get<int64_t>() > 32768) {
      reader.problem("shape", "expected three positive whole numbers: channels, height, width");
      break;
    }
    recipe.shape[i] = shape[i].get<int64_t>();
  }
  recipe.image_size = static_cast<int>(image_size);
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: {}: {}", where, problems.front().pointer, problems.front().message);
  }
  return recipe;
}

std::string latent_shard_name(int number) { return format("{}{:05}.npy", shard_prefix, number); }
std::string latent_index_name(int number) { return format("{}{:05}.json", shard_prefix, number); }

Json to_json(const LatentShardIndex& index) {
  Json rows = Json::array();
  for (const LatentRow& row : index.rows) {
    rows.push_back(Json::array({row.key, row.image_hash}));
  }
  Json dropped = Json::array();
  for (const DroppedLatent& row : index.dropped) {
    dropped.push_back(Json::array({row.key, row.image_hash, row.reason}));
  }
  return Json{{"rows", std::move(rows)}, {"dropped", std::move(dropped)}, {"sum", index.sum}, {"sum_squares", index.sum_squares}};
}

LatentShardIndex latent_shard_index_from_json(const Json& json, std::string_view where, int64_t channels) {
  if (!json.is_object()) {
    fail_index(where, "expected an object");
  }
  LatentShardIndex index;
  read_rows(json, "rows", where, 2, [&](const Json& row) { index.rows.push_back({row[0].get<std::string>(), row[1].get<std::string>()}); });
  read_rows(json, "dropped", where, 3, [&](const Json& row) {
    index.dropped.push_back({row[0].get<std::string>(), row[1].get<std::string>(), row[2].get<std::string>()});
  });
  index.sum = read_sums(json, "sum", where, channels);
  index.sum_squares = read_sums(json, "sum_squares", where, channels);
  return index;
}

void check_latent_shard(const NpyHeader& header, const LatentRecipe& recipe, size_t rows, size_t file_bytes,
                        const std::filesystem::path& file) {
  const std::vector<int64_t> expected{static_cast<int64_t>(rows), recipe.shape[0], recipe.shape[1], recipe.shape[2]};
  if (header.descr != "<f2" || header.fortran_order || header.shape != expected) {
    fail(ErrorCode::bad_input, "{}: expected a C-order \"<f2\" array of shape [{}], got \"{}\" of shape [{}]", file.string(),
         fmt::join(expected, ", "), header.descr, fmt::join(header.shape, ", "));
  }
  const size_t expected_bytes = header.data_offset + rows * static_cast<size_t>(recipe.numel()) * sizeof(uint16_t);
  if (file_bytes != expected_bytes || header.data_offset % alignof(uint16_t) != 0) {
    fail(ErrorCode::bad_input, "{}: has {} bytes, expected {}", file.string(), file_bytes, expected_bytes);
  }
}

std::vector<std::string> latent_scale_remarks(const LatentStatistics& statistics, double scaling_factor) {
  constexpr double least_std = 0.4;
  constexpr double most_std = 2.5;
  constexpr double most_mean = 2.5;
  std::vector<std::string> remarks;
  if (statistics.count == 0 || statistics.std.empty()) {
    return remarks;
  }
  double squares = 0;
  double largest_mean = 0;
  for (size_t c = 0; c < statistics.std.size(); ++c) {
    squares += statistics.std[c] * statistics.std[c];
    largest_mean = std::max(largest_mean, std::abs(statistics.mean[c]));
    if (statistics.std[c] <= 0 && statistics.count > 1) {
      remarks.push_back(format("Channel {} of the latents has the same value everywhere.", c));
    }
  }
  const double spread = std::sqrt(squares / static_cast<double>(statistics.std.size()));
  if (spread < least_std || spread > most_std) {
    remarks.push_back(
        format("The latents spread by {:.3f}, usual is about 1: is {} the scaling factor of this VAE?", spread, scaling_factor));
  }
  if (largest_mean > most_mean) {
    remarks.push_back(
        format("A channel of the latents has a mean of {:.3f}, usual is between -{} and {}.", largest_mean, most_mean, most_mean));
  }
  return remarks;
}

std::vector<int> complete_shards(const std::filesystem::path& folder) {
  std::vector<int> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    constexpr std::string_view suffix = ".json";
    if (!name.starts_with(shard_prefix) || !name.ends_with(suffix) || name.size() <= shard_prefix.size() + suffix.size()) {
      continue;
    }
    const std::string digits = name.substr(shard_prefix.size(), name.size() - shard_prefix.size() - suffix.size());
    if (digits.size() <= 9 && std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
      numbers.push_back(std::stoi(digits));
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace darkroom
