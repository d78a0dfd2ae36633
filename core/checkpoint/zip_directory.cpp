// SPDX-License-Identifier: Apache-2.0
// Sizes and places come from the directory, as torch reads them; an entry's own header must agree with it as far as it says anything.
#include "core/checkpoint/zip_directory.h"

#include <algorithm>
#include <optional>

#include "core/base/format.h"
#include "core/checkpoint/torch_archive_walk.h"
#include "core/checkpoint/zip_format.h"

namespace darkroom {
namespace {

constexpr uint64_t max_entries = 500'000;
constexpr uint64_t max_directory_bytes = uint64_t{128} << 20;
constexpr size_t max_comment_bytes = 65535;
constexpr size_t max_zip_name_bytes = 1024;

// What is wrong with a name; empty when nothing is.
std::string_view name_problem(std::string_view name) {
  if (name.empty() || name.size() > max_zip_name_bytes) {
    return "its length";
  }
  if (!is_utf8(name) || name.find_first_of(std::string_view("\0\\\n", 3)) != std::string_view::npos) {
    return "its characters";
  }
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || (begin == 0 && part.find(':') != std::string_view::npos)) {
      return "a part that leads elsewhere";
    }
    begin = end + 1;
  }
  return {};
}

// The fields of an extra block that matter here.
struct Extra {
  std::optional<std::span<const std::byte>> zip64;
  std::string_view problem;
};

Extra read_extra(std::span<const std::byte> bytes) {
  Extra extra;
  while (!bytes.empty()) {
    if (bytes.size() < zip::extra_head_bytes) {
      extra.problem = "an extra field that is cut off";
      break;
    }
    const uint64_t id = zip::number(bytes, 0, 2);
    const uint64_t size = zip::number(bytes, 2, 2);
    if (size > bytes.size() - zip::extra_head_bytes) {
      extra.problem = "an extra field that is cut off";
      break;
    }
    if (id == zip::extra_unicode_path) {
      extra.problem = "a second name in an extra field";
      break;
    }
    if (id == zip::extra_zip64) {
      if (extra.zip64) {
        extra.problem = "two zip64 fields";
        break;
      }
      extra.zip64 = bytes.subspan(zip::extra_head_bytes, size);
    }
    bytes = bytes.subspan(zip::extra_head_bytes + size);
  }
  return extra;
}

// Replaces those values that stand in the zip64 field, in the field's order; false when the field is missing or of another length.
bool resolve_zip64(const Extra& extra, std::initializer_list<uint64_t*> values, bool exact) {
  uint64_t at = 0;
  for (uint64_t* value : values) {
    if (*value != zip::in_zip64) {
      continue;
    }
    if (!extra.zip64 || extra.zip64->size() < at + 8) {
      return false;
    }
    *value = zip::number(*extra.zip64, at, 8);
    at += 8;
  }
  return !exact || !extra.zip64 || extra.zip64->size() == at;
}

}  // namespace

ZipDirectory::ZipDirectory(std::span<std::byte> file, std::string where) : file_(file), where_(std::move(where)) {
  const End end = read_end();
  read_entries(end);
  check_ranges(end);
}

void ZipDirectory::refuse(std::string_view text) const { fail(ErrorCode::bad_input, "{}: {}", where_, text); }

ZipDirectory::End ZipDirectory::read_end() const {
  const uint64_t size = file_.size();
  if (size < zip::end_bytes || zip::number(file_, size - zip::end_bytes, 4) != zip::end_signature) {
    refuse("does not end with a zip directory; it is cut off, or something follows");
  }
  const uint64_t at = size - zip::end_bytes;
  // A record further up whose comment would reach the end too: some readers would take that one.
  const uint64_t first = size > zip::end_bytes + max_comment_bytes ? size - zip::end_bytes - max_comment_bytes : 0;
  for (uint64_t candidate = first; candidate < at; ++candidate) {
    if (file_[candidate] == std::byte{'P'} && zip::number(file_, candidate, 4) == zip::end_signature &&
        candidate + zip::end_bytes + zip::number(file_, candidate + 20, 2) == size) {
      refuse(format("has two ends of a zip directory, at bytes {} and {}", candidate, at));
    }
  }
  const uint64_t disks = zip::number(file_, at + 4, 2) | zip::number(file_, at + 6, 2);
  End end{zip::number(file_, at + 10, 2), zip::number(file_, at + 12, 4), zip::number(file_, at + 16, 4), at};
  if ((disks != 0 && disks != zip::in_zip64_short) || zip::number(file_, at + 8, 2) != end.count || zip::number(file_, at + 20, 2) != 0) {
    refuse(format("byte {}: the zip is one of several disks, or has a comment", at));
  }
  const bool has_locator =
      at >= zip::zip64_locator_bytes && zip::number(file_, at - zip::zip64_locator_bytes, 4) == zip::zip64_locator_signature;
  if (has_locator) {
    const uint64_t locator = at - zip::zip64_locator_bytes;
    const uint64_t record = zip::number(file_, locator + 8, 8);
    if (zip::number(file_, locator + 4, 4) != 0 || zip::number(file_, locator + 16, 4) != 1 || locator < zip::zip64_end_bytes ||
        record != locator - zip::zip64_end_bytes || zip::number(file_, record, 4) != zip::zip64_end_signature ||
        zip::number(file_, record + 4, 8) != zip::zip64_end_bytes - 12 || zip::number(file_, record + 16, 8) != 0) {
      refuse(format("byte {}: the zip64 end record is not right before this, or not of one disk", locator));
    }
    const End large{zip::number(file_, record + 32, 8), zip::number(file_, record + 40, 8), zip::number(file_, record + 48, 8), record};
    const auto agrees = [](uint64_t small, uint64_t wide, uint64_t sentinel) { return small == sentinel || small == wide; };
    if (zip::number(file_, record + 24, 8) != large.count || !agrees(end.count, large.count, zip::in_zip64_short) ||
        !agrees(end.size, large.size, zip::in_zip64) || !agrees(end.start, large.start, zip::in_zip64)) {
      refuse(format("byte {}: the two end records of the zip disagree", record));
    }
    end = large;
  } else if (end.count == zip::in_zip64_short || end.size == zip::in_zip64 || end.start == zip::in_zip64 || disks != 0) {
    refuse(format("byte {}: the zip64 end record is missing", at));
  }
  if (end.count > max_entries || end.size > max_directory_bytes) {
    refuse(format("byte {}: a directory of {} entries in {} bytes; at most {} in {} are read", end.records_at, end.count, end.size,
                  max_entries, max_directory_bytes));
  }
  if (end.start > end.records_at || end.size != end.records_at - end.start) {
    refuse(format("byte {}: the zip directory, {} bytes from byte {}, does not end where its end record starts", end.records_at, end.size,
                  end.start));
  }
  return end;
}

void ZipDirectory::read_entries(const End& end) {
  uint64_t at = end.start;
  entries_.reserve(std::min<uint64_t>(end.count, end.size / zip::central_bytes));
  for (uint64_t i = 0; i < end.count; ++i) {
    const auto refuse_here = [&](std::string_view text) { refuse(format("zip entry {} (byte {}): {}", i, at, text)); };
    if (end.records_at - at < zip::central_bytes || zip::number(file_, at, 4) != zip::central_signature) {
      refuse_here("no directory entry is here");
    }
    const uint64_t name_bytes = zip::number(file_, at + 28, 2);
    const uint64_t extra_bytes = zip::number(file_, at + 30, 2);
    const uint64_t length = zip::central_bytes + name_bytes + extra_bytes + zip::number(file_, at + 32, 2);
    if (length > end.records_at - at) {
      refuse_here("the directory entry is cut off");
    }
    ZipEntry entry;
    entry.name = {reinterpret_cast<const char*>(file_.data()) + at + zip::central_bytes, static_cast<size_t>(name_bytes)};
    entry.flags = static_cast<uint16_t>(zip::number(file_, at + 8, 2));
    entry.crc = static_cast<uint32_t>(zip::number(file_, at + 16, 4));
    uint64_t packed = zip::number(file_, at + 20, 4);
    entry.size = zip::number(file_, at + 24, 4);
    entry.header_at = zip::number(file_, at + 42, 4);
    const Extra extra = read_extra(file_.subspan(at + zip::central_bytes + name_bytes, extra_bytes));
    if (!extra.problem.empty()) {
      refuse_here(extra.problem);
    }
    const bool is_folder = entry.name.ends_with('/');
    if (const std::string_view problem = name_problem(entry.name.substr(0, entry.name.size() - (is_folder ? 1 : 0))); !problem.empty()) {
      refuse_here(format("the name \"{}\" is refused for {}", printable(entry.name), problem));
    }
    if (zip::number(file_, at + 10, 2) != 0) {
      refuse_here(
          format("\"{}\" is compressed (method {}); torch.save only stores", printable(entry.name), zip::number(file_, at + 10, 2)));
    }
    if ((entry.flags & ~(zip::flag_descriptor | zip::flag_utf8)) != 0) {
      refuse_here(format("\"{}\" is encrypted or otherwise special (flags 0x{:x})", printable(entry.name), entry.flags));
    }
    if (zip::number(file_, at + 34, 2) != 0) {
      refuse_here("lies on another disk");
    }
    if (!resolve_zip64(extra, {&entry.size, &packed, &entry.header_at}, true) || packed != entry.size) {
      refuse_here(format("\"{}\" has sizes that contradict each other or lack their zip64 field", printable(entry.name)));
    }
    if (is_folder && entry.size != 0) {
      refuse_here(format("the folder \"{}\" has content", printable(entry.name)));
    }
    if (!index_by_name_.emplace(entry.name, entries_.size()).second) {
      refuse_here(format("\"{}\" stands twice", printable(entry.name)));
    }
    entries_.push_back(entry);
    at += length;
  }
  if (at != end.records_at) {
    refuse(format("byte {}: something follows the {} entries of the zip directory", at, end.count));
  }
}

void ZipDirectory::check_ranges(const End& end) {
  std::vector<ZipEntry*> by_place;
  by_place.reserve(entries_.size());
  for (ZipEntry& entry : entries_) {
    by_place.push_back(&entry);
  }
  std::sort(by_place.begin(), by_place.end(), [](const ZipEntry* a, const ZipEntry* b) { return a->header_at < b->header_at; });
  if (by_place.empty() || by_place.front()->header_at != 0) {
    refuse("the first zip entry does not start at byte 0");
  }
  for (size_t i = 0; i < by_place.size(); ++i) {
    ZipEntry& entry = *by_place[i];
    entry.limit = i + 1 < by_place.size() ? by_place[i + 1]->header_at : end.start;
    // The entry's own extra field can only make it longer; data() looks at that.
    const uint64_t head = zip::local_bytes + entry.name.size();
    if (entry.limit < entry.header_at || entry.limit - entry.header_at < head || entry.limit - entry.header_at - head < entry.size) {
      refuse(format("zip entry \"{}\": its {} bytes from byte {} on reach into what starts at byte {}", printable(entry.name), entry.size,
                    entry.header_at, entry.limit));
    }
  }
  std::erase_if(entries_, [](const ZipEntry& entry) { return entry.name.ends_with('/'); });
  index_by_name_.clear();
  for (size_t i = 0; i < entries_.size(); ++i) {
    index_by_name_.emplace(entries_[i].name, i);
  }
}

const ZipEntry* ZipDirectory::find(std::string_view name) const {
  const auto found = index_by_name_.find(name);
  return found == index_by_name_.end() ? nullptr : &entries_[found->second];
}

std::span<std::byte> ZipDirectory::data(const ZipEntry& entry) const {
  const uint64_t at = entry.header_at;
  const auto refuse_here = [&](std::string_view text) {
    refuse(format("zip entry \"{}\" (byte {}): {}", printable(entry.name), at, text));
  };
  // check_ranges has seen to it that header and name lie in the file.
  if (zip::number(file_, at, 4) != zip::local_signature) {
    refuse_here("no entry is here");
  }
  const uint64_t name_bytes = zip::number(file_, at + 26, 2);
  const uint64_t extra_bytes = zip::number(file_, at + 28, 2);
  const std::string_view name(reinterpret_cast<const char*>(file_.data()) + at + zip::local_bytes, entry.name.size());
  if (name_bytes != entry.name.size() || name != entry.name) {
    refuse_here("its own header has another name");
  }
  if (zip::number(file_, at + 6, 2) != entry.flags || zip::number(file_, at + 8, 2) != 0) {
    refuse_here("its own header has other flags or another method");
  }
  const uint64_t begin = at + zip::local_bytes + name_bytes + extra_bytes;
  if (begin > entry.limit || entry.limit - begin < entry.size) {
    refuse_here(format("its {} bytes from byte {} on reach into what starts at byte {}", entry.size, begin, entry.limit));
  }
  const Extra extra = read_extra(file_.subspan(at + zip::local_bytes + name_bytes, extra_bytes));
  if (!extra.problem.empty()) {
    refuse_here(extra.problem);
  }
  // With a descriptor the header may say nothing (0); a zip64 field may stand there although the sizes would fit.
  uint64_t packed = zip::number(file_, at + 18, 4);
  uint64_t unpacked = zip::number(file_, at + 22, 4);
  const uint64_t crc = zip::number(file_, at + 14, 4);
  const bool has_descriptor = (entry.flags & zip::flag_descriptor) != 0;
  const bool resolved = resolve_zip64(extra, {&unpacked, &packed}, false);
  const auto agrees = [&](uint64_t value, uint64_t expected) { return value == expected || (has_descriptor && value == 0); };
  if ((!resolved && !has_descriptor) || (resolved && !(agrees(packed, entry.size) && agrees(unpacked, entry.size))) ||
      !agrees(crc, entry.crc)) {
    refuse_here("its own header has another size or checksum");
  }
  return file_.subspan(begin, entry.size);
}

bool ZipDirectory::checksum_matches(const ZipEntry& entry) const { return zip::crc32(0, data(entry)) == entry.crc; }

}  // namespace darkroom
