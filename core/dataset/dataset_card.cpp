// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/dataset_card.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {
namespace {

constexpr const char* card_name = "dataset.json";

std::vector<double> read_numbers(const Json& array) {
  std::vector<double> numbers;
  for (const Json& value : array) {
    numbers.push_back(value.is_number() ? value.get<double>() : 0);
  }
  return numbers;
}

}  // namespace

Json to_json(const DatasetCard& card) {
  Json splits = Json::object();
  for (const auto& [name, rows] : card.splits) {
    splits[name] = rows;
  }
  return Json{{"darkroom_dataset", 1},
              {"image_size", card.image_size},
              {"splits", std::move(splits)},
              {"latents", card.latents},
              {"quarantined", card.quarantined},
              {"latent_recipe", to_json(card.latent_recipe)},
              {"latent_mean", card.latent_statistics.mean},
              {"latent_std", card.latent_statistics.std},
              {"recipe", card.recipe}};
}

void write_dataset_card(const std::filesystem::path& folder, const DatasetCard& card) {
  write_file_atomically(folder / card_name, to_json(card).dump(1) + "\n");
}

DatasetCard read_dataset_card(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / card_name;
  if (!std::filesystem::exists(file)) {
    fail(ErrorCode::not_found, "{}: not a finished dataset folder (there is no {}); `darkroom-engine data build` makes one",
         folder.string(), card_name);
  }
  const Json json = read_json_file(file);
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  DatasetCard card;
  int64_t version = 0;
  int64_t number = 0;
  reader.require("darkroom_dataset");
  reader.read("darkroom_dataset", version, 1, 1);
  reader.read("image_size", number, 1, 32768);
  card.image_size = static_cast<int>(number);
  number = 0;
  reader.read("latents", number, 0);
  card.latents = static_cast<uint64_t>(number);
  number = 0;
  reader.read("quarantined", number, 0);
  card.quarantined = static_cast<uint64_t>(number);
  for (const auto& [name, rows] : reader.object("splits").items()) {
    card.splits[name] = rows.is_number_unsigned() ? rows.get<uint64_t>() : 0;
  }
  card.latent_statistics = {
      .mean = read_numbers(reader.array("latent_mean")), .std = read_numbers(reader.array("latent_std")), .count = card.latents};
  card.recipe = reader.object("recipe");
  const Json& recipe = reader.object("latent_recipe");
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: {}: {}", file.string(), problems.front().pointer, problems.front().message);
  }
  card.latent_recipe = latent_recipe_from_json(recipe, file.string());
  return card;
}

}  // namespace darkroom
