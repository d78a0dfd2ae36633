// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/latent_files.h"

#include <unordered_set>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/half.h"
#include "core/dataset/npy.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

std::string file_bytes(const LatentRecipe& recipe, std::span<const uint16_t> latent) {
  std::string bytes = npy_header("<f2", recipe.shape);
  const std::span<const std::byte> values = std::as_bytes(latent);
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size());
  return bytes;
}

bool holds(const fs::path& file, const std::string& bytes) {
  std::error_code missing;
  const uint64_t size = fs::file_size(file, missing);
  return !missing && size == bytes.size() && read_file(file) == bytes;
}

}  // namespace

std::string latent_file_name(std::string_view image_key) {
  std::string name;
  for (size_t at = 0; at < image_key.size(); ++at) {
    if (image_key.substr(at).starts_with("::")) {
      name += "__";
      ++at;
    } else {
      name += image_key[at] == '/' ? '_' : image_key[at];
    }
  }
  return name + ".npy";
}

std::vector<uint16_t> read_latent_file(const fs::path& file, const LatentRecipe& recipe) {
  const std::string bytes = read_file(file);
  const NpyHeader header = parse_npy_header(std::as_bytes(std::span(bytes.data(), bytes.size())), file.string());
  const std::vector<int64_t> expected(recipe.shape.begin(), recipe.shape.end());
  if (header.descr != "<f2" || header.fortran_order || header.shape != expected) {
    fail(ErrorCode::bad_input, "{}: expected a C-order \"<f2\" array of shape [{}], got \"{}\" of shape [{}]", file.string(),
         fmt::join(expected, ", "), header.descr, fmt::join(header.shape, ", "));
  }
  std::vector<uint16_t> latent(static_cast<size_t>(recipe.numel()));
  const size_t values = latent.size() * sizeof(uint16_t);
  if (bytes.size() != header.data_offset + values) {
    fail(ErrorCode::bad_input, "{}: has {} bytes, expected {}", file.string(), bytes.size(), header.data_offset + values);
  }
  std::copy_n(bytes.data() + header.data_offset, values, reinterpret_cast<char*>(latent.data()));
  for (const uint16_t value : latent) {
    if (!half_is_finite(value)) {
      fail(ErrorCode::bad_input, "{}: holds values that are not finite", file.string());
    }
  }
  return latent;
}

uint64_t write_latent_files(const LatentStore& store, const fs::path& folder, const ProgressSink& sink, const CancelToken& cancel) {
  fs::create_directories(folder);
  std::unordered_set<std::string> names;
  ProgressMeter meter(sink, "single latents", store.size(), "files");
  uint64_t written = 0;
  for (uint64_t row = 0; row < store.size(); ++row) {
    cancel.check();
    const std::string name = latent_file_name(store.key(row));
    if (!names.insert(name).second) {
      fail(ErrorCode::bad_input, "{}: two image keys would both be the file {}; one of them is {}", folder.string(), name, store.key(row));
    }
    const std::string bytes = file_bytes(store.recipe(), store.latent(row));
    MappedFile::let_go(std::as_bytes(store.latent(row)));
    if (!holds(folder / name, bytes)) {
      write_file_atomically(folder / name, bytes);
      ++written;
    }
    meter.update(row + 1);
  }
  meter.finish();
  return written;
}

}  // namespace darkroom
