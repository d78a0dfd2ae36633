// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_metadata.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

bool has_variation(const GenerateOptions& options) { return options.variation_seed && options.variation_strength > 0; }

Json to_json(const std::vector<FileHash>& hashes) {
  Json list = Json::array();
  for (const FileHash& hash : hashes) {
    list.push_back({{"name", hash.name}, {"hash", hash.hash}});
  }
  return list;
}

void read_hashes(JsonReader& reader, const std::string& key, std::vector<Problem>& problems, std::vector<FileHash>& hashes) {
  if (!reader.has(key)) {
    return;
  }
  size_t index = 0;
  for (const Json& entry : reader.array(key)) {
    JsonReader fields(entry, format("{}/{}", reader.pointer_to(key), index++), problems);
    FileHash hash;
    fields.require("name");
    fields.read("name", hash.name);
    fields.read("hash", hash.hash);
    hashes.push_back(std::move(hash));
  }
}

}  // namespace

int64_t GenerationRecord::image_seed() const { return has_variation(options) ? options.seed : options.seed + image_index; }

std::optional<int64_t> GenerationRecord::image_variation_seed() const {
  return has_variation(options) ? std::optional(*options.variation_seed + image_index) : std::nullopt;
}

Json to_json(const GenerationRecord& record) {
  Json json{{"darkroom_image", 1},
            {"options", to_json(record.options)},
            {"image_index", record.image_index},
            {"sampler_label", record.sampler_label},
            {"model_name", record.model_name},
            {"model_hash", record.model_hash},
            {"vae_hash", record.vae_hash},
            {"weights_used", record.weights_used},
            {"version", record.version}};
  if (!record.lora_hashes.empty()) {
    json["lora_hashes"] = to_json(record.lora_hashes);
  }
  if (!record.embedding_hashes.empty()) {
    json["embedding_hashes"] = to_json(record.embedding_hashes);
  }
  if (!record.hires_upscaler.empty()) {
    json["hires_upscaler"] = record.hires_upscaler;
  }
  return json;
}

GenerationRecord generation_record_from_json(const Json& json, std::string_view where) {
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  GenerationRecord record;
  int64_t version = 0;
  reader.require("darkroom_image");
  reader.read("darkroom_image", version, 1, 1);
  record.options = generate_options_from_json(reader.object("options"), problems, "/options");
  reader.read("image_index", record.image_index, 0);
  reader.read("sampler_label", record.sampler_label);
  reader.read("model_name", record.model_name);
  reader.read("model_hash", record.model_hash);
  reader.read("vae_hash", record.vae_hash);
  reader.read("weights_used", record.weights_used);
  reader.read("version", record.version);
  read_hashes(reader, "lora_hashes", problems, record.lora_hashes);
  read_hashes(reader, "embedding_hashes", problems, record.embedding_hashes);
  reader.read("hires_upscaler", record.hires_upscaler);
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: {}: {}", where, problems.front().pointer, problems.front().message);
  }
  return record;
}

std::vector<PngText> generation_texts(const GenerationRecord& record) {
  return {{.keyword = "parameters", .text = a1111_parameters(record)},
          {.keyword = "darkroom", .text = to_json(record).dump(-1, ' ', false, Json::error_handler_t::replace)}};
}

std::optional<GenerationRecord> find_generation_record(std::span<const PngText> texts, std::string_view where) {
  const auto text = find_png_text(texts, "darkroom");
  if (!text) {
    return std::nullopt;
  }
  return generation_record_from_json(parse_json(*text, where), where);
}

GenerateOptions options_like(const GenerationRecord& record) {
  GenerateOptions options = record.options;
  options.seed = record.image_seed();
  if (const auto variation = record.image_variation_seed()) {
    options.variation_seed = variation;
  }
  options.count = 1;
  options.batch = 1;
  options.out.clear();
  options.save_latents.clear();
  return options;
}

}  // namespace darkroom
