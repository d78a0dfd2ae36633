// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <string_view>
#include <vector>

namespace darkroom {

/// The bytes of a column chunk for Arrow's page reader, read from the file as pages are asked for. Arrow's own stream reads a page that is
/// skipped and throws it away; here the reader says that it will skip, and nothing is read.
class PageStream : public arrow::io::InputStream {
 public:
  PageStream(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t begin, int64_t end);

  /// The next Read() only moves on.
  void skip_next() { skip_next_ = true; }

  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return at_ - begin_; }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override;
  arrow::Result<std::string_view> Peek(int64_t bytes) override;

 private:
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  int64_t begin_;
  int64_t end_;
  int64_t at_;
  std::vector<uint8_t> ahead_;  ///< bytes of the file from ahead_begin_ on, for Peek
  int64_t ahead_begin_ = 0;
  bool skip_next_ = false;
  bool closed_ = false;
};

}  // namespace darkroom
