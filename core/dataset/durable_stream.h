// SPDX-License-Identifier: Apache-2.0
// For sources that are built with Arrow only.
#pragma once

#include <arrow/io/api.h>
#include <xxhash.h>

#include "core/base/atomic_file.h"
#include "core/base/format.h"

namespace darkroom {

/// throws  Error{out_of_memory | io} naming the file that was to be written
inline void check_output(const arrow::Status& status, const std::filesystem::path& file) {
  if (!status.ok()) {
    fail(status.IsOutOfMemory() ? ErrorCode::out_of_memory : ErrorCode::io, "{}: {}", file.string(), status.message());
  }
}

/// Arrow writes into a file of ours, because only that one is synced; the bytes can be hashed on their way.
class DurableStream : public arrow::io::OutputStream {
 public:
  /// hash  is updated with every byte; may be null; must outlive this
  /// throws  Error{io}, here and from each call: Arrow's own calls let it pass
  explicit DurableStream(const std::filesystem::path& path, XXH3_state_t* hash = nullptr) : file_(path), hash_(hash) {}

  arrow::Status Close() override {
    if (!closed_) {
      file_.sync_and_close();
      closed_ = true;
    }
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return static_cast<int64_t>(file_.bytes_written()); }
  arrow::Status Write(const void* data, int64_t bytes) override {
    const std::span block(static_cast<const std::byte*>(data), static_cast<size_t>(bytes));
    if (hash_ != nullptr) {
      XXH3_64bits_update(hash_, block.data(), block.size());
    }
    file_.write(block);
    return arrow::Status::OK();
  }

 private:
  DurableFile file_;
  XXH3_state_t* hash_;
  bool closed_ = false;
};

}  // namespace darkroom
