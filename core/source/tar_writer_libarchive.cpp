// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/source/tar_writer.h"

namespace darkroom {
namespace {

constexpr size_t longest_name = 100;
constexpr int record_bytes = 10'240;

struct FreeWriter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

struct TarWriter::Impl {
  explicit Impl(std::filesystem::path given) : path(std::move(given)), partial(path.string() + ".partial"), file(partial) {}

  void check(int state) {
    if (state < ARCHIVE_WARN) {
      // What our own file said is better than what libarchive makes of it.
      if (!reason.empty()) {
        throw Error(ErrorCode::io, reason);
      }
      fail(ErrorCode::io, "{}: {}", partial.string(), archive_error_string(handle.get()));
    }
  }

  static la_ssize_t write(archive*, void* self, const void* bytes, size_t size) {
    auto* const impl = static_cast<Impl*>(self);
    try {
      impl->file.write(std::span(static_cast<const std::byte*>(bytes), size));
      return static_cast<la_ssize_t>(size);
    } catch (const Error& error) {
      impl->reason = error.what();
      return -1;
    }
  }

  std::filesystem::path path;
  std::filesystem::path partial;
  DurableFile file;
  std::string reason;
  std::unique_ptr<archive, FreeWriter> handle{archive_write_new()};
};

TarWriter::TarWriter(std::filesystem::path path) : impl_(std::make_unique<Impl>(std::move(path))) {
  archive* const handle = impl_->handle.get();
  impl_->check(archive_write_set_format_ustar(handle));
  impl_->check(archive_write_set_bytes_per_block(handle, record_bytes));
  impl_->check(archive_write_open(handle, impl_.get(), nullptr, &Impl::write, nullptr));
}

TarWriter::~TarWriter() = default;

void TarWriter::add(std::string_view name, std::string_view bytes) {
  if (name.empty() || name.size() > longest_name) {
    throw std::invalid_argument(format("[TarWriter::add] a name of 1 to {} bytes, got \"{}\"", longest_name, name));
  }
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), std::string(name).c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0444);
  archive_entry_set_uname(entry.get(), "bigdata");
  archive_entry_set_gname(entry.get(), "bigdata");
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  impl_->check(archive_write_header(impl_->handle.get(), entry.get()));
  if (archive_write_data(impl_->handle.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size())) {
    impl_->check(ARCHIVE_FATAL);
  }
}

void TarWriter::finish() {
  impl_->check(archive_write_close(impl_->handle.get()));
  impl_->file.sync_and_close();
  rename_durably(impl_->partial, impl_->path);
}

}  // namespace darkroom
