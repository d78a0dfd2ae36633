// SPDX-License-Identifier: Apache-2.0
#include "core/columns/page_stream_arrow.h"

#include <arrow/buffer.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <algorithm>
#include <cstring>

namespace darkroom {

PageStream::PageStream(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t begin, int64_t end)
    : file_(std::move(file)), begin_(begin), end_(end), at_(begin) {}

arrow::Status PageStream::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Result<int64_t> PageStream::Read(int64_t bytes, void* out) {
  bytes = std::clamp<int64_t>(bytes, 0, end_ - at_);
  auto* to = static_cast<uint8_t*>(out);
  int64_t left = bytes;
  const auto ahead_end = ahead_begin_ + static_cast<int64_t>(ahead_.size());
  if (at_ >= ahead_begin_ && at_ < ahead_end) {
    const int64_t part = std::min(left, ahead_end - at_);
    std::memcpy(to, ahead_.data() + (at_ - ahead_begin_), static_cast<size_t>(part));
    at_ += part;
    to += part;
    left -= part;
  }
  if (left > 0) {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, file_->ReadAt(at_, left, to));
    at_ += read;
    left -= read;
  }
  return bytes - left;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> PageStream::Read(int64_t bytes) {
  if (skip_next_) {
    skip_next_ = false;
    at_ += std::clamp<int64_t>(bytes, 0, end_ - at_);
    return std::make_shared<arrow::Buffer>(nullptr, 0);
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::ResizableBuffer> buffer,
                        arrow::AllocateResizableBuffer(std::clamp<int64_t>(bytes, 0, end_ - at_)));
  ARROW_ASSIGN_OR_RAISE(const int64_t read, Read(buffer->size(), buffer->mutable_data()));
  if (read < buffer->size()) {
    ARROW_RETURN_NOT_OK(buffer->Resize(read, false));
  }
  return buffer;
}

arrow::Result<std::string_view> PageStream::Peek(int64_t bytes) {
  bytes = std::clamp<int64_t>(bytes, 0, end_ - at_);
  const auto ahead_end = ahead_begin_ + static_cast<int64_t>(ahead_.size());
  if (at_ < ahead_begin_ || at_ + bytes > ahead_end) {
    ahead_.resize(static_cast<size_t>(bytes));
    ARROW_ASSIGN_OR_RAISE(const int64_t read, file_->ReadAt(at_, bytes, ahead_.data()));
    ahead_.resize(static_cast<size_t>(read));
    ahead_begin_ = at_;
    bytes = read;
  }
  return std::string_view(reinterpret_cast<const char*>(ahead_.data()) + (at_ - ahead_begin_), static_cast<size_t>(bytes));
}

}  // namespace darkroom
