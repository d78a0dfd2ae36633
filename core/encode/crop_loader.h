// SPDX-License-Identifier: Apache-2.0
// Reads, decodes and crops pictures on threads, ahead of the VAE.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/image/image.h"

namespace darkroom {

/// One picture after loading: its crop, or why there is none.
struct LoadedCrop {
  std::optional<Image> image;
  std::string reason;
};

/// Runs `load(0)`, `load(1)`, … on threads and hands the results over in order. The window bounds memory.
///
/// An exception of `load` reaches the caller of next(). next() is for one thread.
class CropLoader {
 public:
  using Load = std::function<LoadedCrop(uint64_t index)>;

  CropLoader(uint64_t count, Load load, int threads, uint64_t window);
  /// Stops the threads; what was loaded is dropped.
  ~CropLoader();
  CropLoader(const CropLoader&) = delete;
  CropLoader& operator=(const CropLoader&) = delete;

  /// The next picture in order; nothing after the last.
  std::optional<LoadedCrop> next();

 private:
  struct State;
  void work();

  std::unique_ptr<State> state_;
  std::vector<std::thread> threads_;
};

}  // namespace darkroom
