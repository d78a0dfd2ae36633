// SPDX-License-Identifier: Apache-2.0
// The checksum is taken before the header is written, so headers say everything and no descriptors follow the data.
#include "core/checkpoint/zip_writer.h"

#include "core/checkpoint/zip_format.h"

namespace darkroom {
namespace {

constexpr uint64_t alignment = 64;
constexpr uint16_t version = 45;         // zip64
constexpr uint16_t first_date = 0x0021;  // 1980-01-01: the same bytes for the same content
constexpr size_t central_zip64_bytes = 24;
constexpr size_t local_zip64_bytes = 16;

uint64_t clamped(uint64_t value) { return value >= zip::in_zip64 ? zip::in_zip64 : value; }

// Version, flags, method, time, date, checksum, both sizes: the same in both headers.
void append_common(std::string& header, uint32_t crc, uint64_t size) {
  zip::append_number(header, version, 2);
  zip::append_number(header, zip::flag_utf8, 2);
  zip::append_number(header, 0, 2);
  zip::append_number(header, 0, 2);
  zip::append_number(header, first_date, 2);
  zip::append_number(header, crc, 4);
  zip::append_number(header, clamped(size), 4);
  zip::append_number(header, clamped(size), 4);
}

void append_extra_head(std::string& extra, uint16_t id, size_t size) {
  zip::append_number(extra, id, 2);
  zip::append_number(extra, size, 2);
}

}  // namespace

uint64_t ZipWriter::overhead_bytes(std::string_view name) {
  return zip::local_bytes + zip::central_bytes + 2 * (name.size() + zip::extra_head_bytes) + local_zip64_bytes + central_zip64_bytes +
         zip::extra_head_bytes + alignment;
}

void ZipWriter::add(std::string_view name, std::span<const std::byte> bytes) {
  const uint64_t start = file_.bytes_written();
  const uint32_t crc = zip::crc32(0, bytes);
  const bool is_large = bytes.size() >= zip::in_zip64;

  std::string extra;
  if (is_large) {
    append_extra_head(extra, zip::extra_zip64, local_zip64_bytes);
    zip::append_number(extra, bytes.size(), 8);
    zip::append_number(extra, bytes.size(), 8);
  }
  const uint64_t data_at = start + zip::local_bytes + name.size() + extra.size() + zip::extra_head_bytes;
  const uint64_t padding = (alignment - data_at % alignment) % alignment;
  append_extra_head(extra, zip::extra_padding, padding);
  extra.append(padding, 'Z');

  std::string header;
  zip::append_number(header, zip::local_signature, 4);
  append_common(header, crc, bytes.size());
  zip::append_number(header, name.size(), 2);
  zip::append_number(header, extra.size(), 2);
  header += name;
  header += extra;
  file_.write(header);
  file_.write(bytes);

  std::string wide;
  if (is_large) {
    zip::append_number(wide, bytes.size(), 8);
    zip::append_number(wide, bytes.size(), 8);
  }
  if (start >= zip::in_zip64) {
    zip::append_number(wide, start, 8);
  }
  std::string central_extra;
  if (!wide.empty()) {
    append_extra_head(central_extra, zip::extra_zip64, wide.size());
    central_extra += wide;
  }
  zip::append_number(directory_, zip::central_signature, 4);
  zip::append_number(directory_, version, 2);
  append_common(directory_, crc, bytes.size());
  zip::append_number(directory_, name.size(), 2);
  zip::append_number(directory_, central_extra.size(), 2);
  zip::append_number(directory_, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
  zip::append_number(directory_, clamped(start), 4);
  directory_ += name;
  directory_ += central_extra;
  ++count_;
}

void ZipWriter::finish() {
  const uint64_t start = file_.bytes_written();
  const uint64_t record_at = start + directory_.size();
  std::string end = directory_;
  zip::append_number(end, zip::zip64_end_signature, 4);
  zip::append_number(end, zip::zip64_end_bytes - 12, 8);
  zip::append_number(end, version, 2);
  zip::append_number(end, version, 2);
  zip::append_number(end, 0, 4 + 4);  // disks
  zip::append_number(end, count_, 8);
  zip::append_number(end, count_, 8);
  zip::append_number(end, directory_.size(), 8);
  zip::append_number(end, start, 8);

  zip::append_number(end, zip::zip64_locator_signature, 4);
  zip::append_number(end, 0, 4);
  zip::append_number(end, record_at, 8);
  zip::append_number(end, 1, 4);

  const uint64_t short_count = count_ >= zip::in_zip64_short ? zip::in_zip64_short : count_;
  zip::append_number(end, zip::end_signature, 4);
  zip::append_number(end, 0, 4);
  zip::append_number(end, short_count, 2);
  zip::append_number(end, short_count, 2);
  zip::append_number(end, clamped(directory_.size()), 4);
  zip::append_number(end, clamped(start), 4);
  zip::append_number(end, 0, 2);
  file_.write(end);
}

}  // namespace darkroom
