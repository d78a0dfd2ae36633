// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>

#include "core/base/format.h"
#include "core/source/archive_stream.h"

namespace darkroom {
namespace {

constexpr size_t block_bytes = 1 << 20;
using Handle = ::archive;

struct Close {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

class Entry : public ArchiveEntry {
 public:
  Entry(archive* handle, std::string name, const std::filesystem::path& path) : handle_(handle), name_(std::move(name)), path_(path) {}
  const std::string& name() const override { return name_; }
  std::string read(uint64_t most) override {
    std::string bytes;
    for_each_block([&](std::string_view block, uint64_t offset) {
      require_room(offset + block.size(), most);
      bytes.resize(static_cast<size_t>(offset));  // a hole in a sparse entry reads as zeros
      bytes.append(block);
    });
    return bytes;
  }
  void read_lines(uint64_t most, const std::function<void(std::string_view)>& line) override {
    std::string open;
    for_each_block([&](std::string_view block, uint64_t) {
      for (size_t begin = 0; begin < block.size();) {
        const size_t end = block.find('\n', begin);
        require_room(open.size() + std::min(end, block.size()) - begin, most);
        open.append(block.substr(begin, end == std::string_view::npos ? end : end - begin));
        if (end == std::string_view::npos) {
          return;
        }
        line(open);
        open.clear();
        begin = end + 1;
      }
    });
    if (!open.empty()) {
      line(open);
    }
  }

 private:
  void require_room(uint64_t size, uint64_t most) const {
    if (size > most) {
      fail(ErrorCode::bad_input, "{}: {} has more than {} bytes", path_.string(), name_, most);
    }
  }
  template <typename Take>
  void for_each_block(Take&& take) {
    const void* block = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
      const int state = archive_read_data_block(handle_, &block, &size, &offset);
      if (state == ARCHIVE_EOF) {
        return;
      }
      if (state < ARCHIVE_WARN) {
        fail(ErrorCode::bad_input, "{}: {} is damaged: {}", path_.string(), name_, archive_error_string(handle_));
      }
      take(std::string_view(static_cast<const char*>(block), size), static_cast<uint64_t>(offset));
    }
  }

  archive* handle_;
  std::string name_;
  const std::filesystem::path& path_;
};

bool is_safe(const std::string& name) {
  const std::filesystem::path path(name);
  return !name.empty() && path.is_relative() && std::find(path.begin(), path.end(), "..") == path.end();
}

}  // namespace

void for_each_archive_entry(const std::filesystem::path& archive, const std::function<bool(ArchiveEntry&)>& visit) {
  if (!std::filesystem::exists(archive)) {
    fail(ErrorCode::not_found, "{}: there is no such file", archive.string());
  }
  const std::unique_ptr<Handle, Close> handle(archive_read_new());
  archive_read_support_filter_gzip(handle.get());
  archive_read_support_filter_zstd(handle.get());
  archive_read_support_format_tar(handle.get());
  archive_read_support_format_zip(handle.get());
  if (archive_read_open_filename(handle.get(), archive.c_str(), block_bytes) != ARCHIVE_OK) {
    fail(ErrorCode::bad_input, "{}: is no zip or tar that can be read: {}", archive.string(), archive_error_string(handle.get()));
  }
  for (;;) {
    archive_entry* header = nullptr;
    const int state = archive_read_next_header(handle.get(), &header);
    if (state == ARCHIVE_EOF) {
      return;
    }
    if (state < ARCHIVE_WARN) {
      fail(ErrorCode::bad_input, "{}: is damaged or cut: {}", archive.string(), archive_error_string(handle.get()));
    }
    const char* name = archive_entry_pathname(header);
    if (archive_entry_filetype(header) != AE_IFREG || name == nullptr || !is_safe(name)) {
      continue;
    }
    Entry entry(handle.get(), name, archive);
    if (!visit(entry)) {
      return;
    }
  }
}

}  // namespace darkroom
