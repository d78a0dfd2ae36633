// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "core/sample/sampling_model.h"

namespace darkroom {

/// The models that were used last, kept in memory up to a limit, so that going back and forth between some of them loads each once.
/// Not thread-safe.
class ModelShelf {
 public:
  /// limit_bytes  of weights on all devices together; the model in use stays whatever its size
  explicit ModelShelf(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// The model that `options` names, loaded if it is not here. Older ones that would not fit beside it go first, the one that was not used
  /// for longest before the others. Valid until the next call.
  ///
  /// A model is known by its path and by the time and size of what lies there: a file that was changed is loaded again.
  /// loading  called before a model is loaded; may be empty
  /// throws   as SamplingModel; those that are here stay
  SamplingModel& take(const GenerateOptions& options, torch::Device device, const std::function<void()>& loading = {});

  size_t size() const { return models_.size(); }
  uint64_t bytes() const;
  /// Lets all go.
  void clear() { models_.clear(); }

 private:
  struct Entry {
    std::string key;
    std::unique_ptr<SamplingModel> model;
  };

  void make_room(uint64_t wanted_bytes);

  uint64_t limit_bytes_;
  std::list<Entry> models_;  // most recent first
};

}  // namespace darkroom
