// SPDX-License-Identifier: Apache-2.0
// A build without libarchive: archives of other sets are not read, and no shards are written.
#include "core/base/format.h"
#include "core/source/archive_stream.h"
#include "core/source/tar_writer.h"

namespace darkroom {
namespace {

[[noreturn]] void fail_without_libarchive(const std::filesystem::path& file) {
  fail(ErrorCode::failed, "{}: this engine was built without libarchive. Install libarchive-dev and build again.", file.string());
}

}  // namespace

void for_each_archive_entry(const std::filesystem::path& archive, const std::function<bool(ArchiveEntry&)>&) {
  fail_without_libarchive(archive);
}

struct TarWriter::Impl {};
TarWriter::TarWriter(std::filesystem::path path) { fail_without_libarchive(path); }
TarWriter::~TarWriter() = default;
void TarWriter::add(std::string_view, std::string_view) {}
void TarWriter::finish() {}

}  // namespace darkroom
