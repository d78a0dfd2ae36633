// SPDX-License-Identifier: Apache-2.0
// What a model will need is not known before it is read, so room is made by the size of its files: right for what is mapped, too much for
// what is narrowed while it is loaded.
#include "core/sample/model_shelf.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/tensor/device_memory.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// What lies at a path: bytes of weights, and the newest change among them.
struct Contents {
  uint64_t bytes = 0;
  fs::file_time_type changed = fs::file_time_type::min();

  void add(const fs::path& file) {
    std::error_code error;
    const uint64_t size = fs::file_size(file, error);
    const fs::file_time_type time = fs::last_write_time(file, error);
    if (!error) {
      bytes += size;
      changed = std::max(changed, time);
    }
  }
};

Contents contents_of(const fs::path& path) {
  Contents contents;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    contents.add(path);
    return contents;
  }
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error)) {
    if (entry.is_regular_file(error)) {
      contents.add(entry.path());
    }
  }
  return contents;
}

}  // namespace

SamplingModel& ModelShelf::take(const GenerateOptions& options, torch::Device device, const std::function<void()>& loading) {
  std::string key = SamplingModel::key(options, device);
  uint64_t wanted_bytes = 0;
  for (const std::string& path : {options.model, options.vae, options.text_encoder}) {
    const Contents contents = contents_of(path);
    wanted_bytes += contents.bytes;
    key += format("|{}:{}", contents.bytes, contents.changed.time_since_epoch().count());
  }
  const auto found = std::find_if(models_.begin(), models_.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != models_.end()) {
    models_.splice(models_.begin(), models_, found);
    return *models_.front().model;
  }
  if (loading) {
    loading();
  }
  make_room(wanted_bytes);
  models_.push_front({key, std::make_unique<SamplingModel>(options, device)});
  return *models_.front().model;
}

uint64_t ModelShelf::bytes() const {
  uint64_t bytes = 0;
  for (const Entry& entry : models_) {
    bytes += entry.model->bytes();
  }
  return bytes;
}

void ModelShelf::make_room(uint64_t wanted_bytes) {
  while (!models_.empty() && bytes() + wanted_bytes > limit_bytes_) {
    const torch::Device device = models_.back().model->device();
    models_.pop_back();
    return_freed_memory(device);
  }
}

}  // namespace darkroom
