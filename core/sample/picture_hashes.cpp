// SPDX-License-Identifier: Apache-2.0
#include "core/sample/picture_hashes.h"

#include "core/checkpoint/weight_files.h"
#include "core/model/hash_cache.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t shown_digits = 12;

std::string lora_hash(const fs::path& file) {
  const bool has_header = WeightFiles(file).format() == "safetensors";
  return (has_header ? tensor_data_sha256(file) : files_sha256({file})).substr(0, shown_digits);
}

}  // namespace

void add_hashes(GenerationRecord& record, const SamplingModel& model, const std::set<int>& embeddings) {
  record.model_hash = model.model_hash();
  record.vae_hash = model.vae_hash();
  record.lora_hashes.clear();
  for (const LoraUse& lora : model.loras()) {
    record.lora_hashes.push_back({fs::path(lora.path).stem().string(), lora_hash(lora.path)});
  }
  record.embedding_hashes.clear();
  for (const int index : embeddings) {
    const auto place = static_cast<size_t>(index);
    record.embedding_hashes.push_back(
        {model.embeddings().names().at(place).name, files_sha256({model.embedding_files().at(place)}).substr(0, shown_digits)});
  }
}

}  // namespace darkroom
