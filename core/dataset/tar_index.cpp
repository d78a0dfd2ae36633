// SPDX-License-Identifier: Apache-2.0
// Own tar reading instead of libarchive: the index needs offsets for pread, and a parser of untrusted bytes should be small.
// source  POSIX.1-2017 pax (ustar header, extended headers), GNU tar manual (long names, base-256 numbers)
#include "core/dataset/tar_index.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <unordered_set>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr uint64_t block_bytes = 512;
constexpr uint64_t largest_extended_header = uint64_t{1} << 20;

using Block = std::array<char, block_bytes>;

// A numeric field: octal digits with padding, or base-256 with the top bit set. Nothing when it is neither or does not fit.
std::optional<uint64_t> parse_number(std::string_view field) {
  if (field.empty()) {
    return std::nullopt;
  }
  if ((static_cast<uint8_t>(field[0]) & 0x80U) != 0) {
    if (static_cast<uint8_t>(field[0]) != 0x80U) {
      return std::nullopt;  // negative, or beyond 2^88
    }
    uint64_t value = 0;
    for (const char c : field.substr(1)) {
      if (value >> 56 != 0) {
        return std::nullopt;
      }
      value = value << 8 | static_cast<uint8_t>(c);
    }
    return value;
  }
  const size_t begin = field.find_first_not_of(' ');
  uint64_t value = 0;
  size_t at = begin == std::string_view::npos ? field.size() : begin;
  for (; at < field.size() && field[at] >= '0' && field[at] <= '7'; ++at) {
    value = value << 3 | static_cast<uint64_t>(field[at] - '0');
  }
  const bool clean = field.find_first_not_of(std::string_view("\0 ", 2), at) == std::string_view::npos;
  return clean ? std::optional(value) : std::nullopt;
}

std::string_view text_field(const Block& block, size_t at, size_t length) {
  const std::string_view field(block.data() + at, length);
  return field.substr(0, std::min(field.find('\0'), length));
}

bool checksum_agrees(const Block& block) {
  const auto stored = parse_number(std::string_view(block.data() + 148, 8));
  uint64_t sum = 0;
  for (size_t i = 0; i < block_bytes; ++i) {
    sum += i >= 148 && i < 156 ? uint64_t{' '} : uint64_t{static_cast<uint8_t>(block[i])};
  }
  return stored && *stored == sum;
}

bool all_zero(const Block& block) {
  return std::all_of(block.begin(), block.end(), [](char c) { return c == 0; });
}

std::string header_name(const Block& block) {
  std::string name(text_field(block, 0, 100));
  if (std::memcmp(block.data() + 257, "ustar\0", 6) == 0) {  // GNU's "ustar  " keeps other things where the prefix would be
    const std::string_view prefix = text_field(block, 345, 155);
    if (!prefix.empty()) {
      name = std::string(prefix) + "/" + name;
    }
  }
  return name;
}

std::string_view kind_name(char type) {
  switch (type) {
    case '1':
      return "a hard link";
    case '2':
      return "a symbolic link";
    case '3':
      return "a character device";
    case '4':
      return "a block device";
    case '6':
      return "a pipe";
    case 'S':
      return "a sparse file";
    default:
      return "of an unknown kind";
  }
}

// Why a name cannot be used; empty when it can.
std::string name_problem(std::string_view name) {
  if (name.empty()) {
    return "has no name";
  }
  if (name.find('\0') != std::string_view::npos) {
    return "its name holds a NUL";
  }
  if (name.front() == '/') {
    return "its name is an absolute path";
  }
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('/', at), name.size());
    if (name.substr(at, end - at) == "..") {
      return "its name leads out of the archive (\"..\")";
    }
    at = end + 1;
  }
  return {};
}

struct PaxRecord {
  std::optional<std::string> path;
  std::optional<uint64_t> size;
  bool sparse = false;
};

// "25 path=some/name\n" repeated. False when a record's length does not fit.
bool parse_pax(std::string_view text, PaxRecord& record) {
  while (!text.empty()) {
    size_t digits = 0;
    size_t length = 0;
    while (digits < text.size() && digits < 8 && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
      length = length * 10 + static_cast<size_t>(text[digits++] - '0');
    }
    if (digits == 0 || digits >= text.size() || text[digits] != ' ' || length <= digits + 1 || length > text.size() ||
        text[length - 1] != '\n') {
      return false;
    }
    const std::string_view pair = text.substr(digits + 1, length - digits - 2);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return false;
    }
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (key == "path") {
      record.path = std::string(value);
    } else if (key == "size") {
      uint64_t size = 0;
      if (value.empty() || value.size() > 18) {
        return false;
      }
      for (const char c : value) {
        if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
          return false;
        }
        size = size * 10 + static_cast<uint64_t>(c - '0');
      }
      record.size = size;
    } else if (key.starts_with("GNU.sparse.")) {
      record.sparse = true;
    }
    text.remove_prefix(length);
  }
  return true;
}

// Names like "a/__index__/b": WebDataset's own bookkeeping.
bool is_reserved(std::string_view name) {
  for (size_t at = name.find("__"); at != std::string_view::npos; at = name.find("__", at + 1)) {
    const size_t part_end = std::min(name.find('/', at), name.size());
    const size_t last = name.substr(0, part_end).rfind("__");
    if (last != std::string_view::npos && last >= at + 2 && last + 2 == part_end) {
      return true;
    }
  }
  return false;
}

class Indexer {
 public:
  Indexer(uint64_t total, const ReadAt& read_at, const TarLimits& limits) : total_(total), read_at_(read_at), limits_(limits) {}

  TarIndex run() {
    uint64_t at = 0;
    while (at < total_) {
      Block block{};
      if (read_at_(at, block) < block_bytes) {
        reject(format("byte {}", at), "the archive is cut short inside a header");
        break;
      }
      if (all_zero(block)) {
        index_.any_header = true;
        break;
      }
      if (!checksum_agrees(block)) {
        reject(format("byte {}", at), "the header's checksum is wrong; the rest of the archive is not read");
        break;
      }
      index_.any_header = true;
      if (!take_header(block, at)) {
        break;
      }
    }
    return std::move(index_);
  }

 private:
  void reject(std::string name, std::string reason) { index_.rejects.push_back({.name = std::move(name), .reason = std::move(reason)}); }

  // Handles the header at `at` and moves `at` behind the member. False: nothing after it can be read.
  bool take_header(const Block& block, uint64_t& at) {
    const char type = block[156];
    auto size = parse_number(std::string_view(block.data() + 124, 12));
    std::string name = long_name_.value_or(header_name(block));
    const bool extended = type == 'x' || type == 'g' || type == 'L' || type == 'K';
    if (!extended) {
      name = pax_.path.value_or(name);
      size = pax_.size ? pax_.size : size;
    }
    if (!size || *size > (uint64_t{1} << 62)) {
      reject(name, "its size cannot be read; the rest of the archive is not read");
      return false;
    }
    const uint64_t data = at + block_bytes;
    if (*size > total_ - data) {
      reject(name, format("the archive is cut short: {} of {} bytes are there", total_ - data, *size));
      return false;
    }
    at = data + (*size + block_bytes - 1) / block_bytes * block_bytes;
    if (extended) {
      return take_extended(type, data, *size, name);
    }
    take_member(type, std::move(name), data, *size);
    long_name_.reset();
    pax_ = {};
    return true;
  }

  bool take_extended(char type, uint64_t data, uint64_t size, const std::string& name) {
    if (size > largest_extended_header) {
      reject(name, format("an extended header of {} bytes; the rest of the archive is not read", size));
      return false;
    }
    std::string text(size, '\0');
    if (read_at_(data, text) < size) {
      reject(name, "the archive is cut short inside an extended header");
      return false;
    }
    if (type == 'L') {
      long_name_ = text.substr(0, text.find('\0'));
    } else if (type == 'x' && !parse_pax(text, pax_)) {
      reject(name, "a damaged extended header; the rest of the archive is not read");
      return false;
    }
    return true;
  }

  void take_member(char type, std::string name, uint64_t offset, uint64_t size) {
    const bool regular = type == '0' || type == '\0' || type == '7';
    if (type == '5' || (regular && !name.empty() && name.back() == '/') || is_reserved(name)) {
      return;  // folders, and WebDataset's own members
    }
    if (!regular || pax_.sparse) {
      reject(std::move(name), format("is {}; only regular files are read", kind_name(pax_.sparse ? 'S' : type)));
      return;
    }
    if (const std::string problem = name_problem(name); !problem.empty()) {
      reject(std::move(name), problem);
      return;
    }
    if (size > limits_.max_member_bytes) {
      reject(std::move(name), format("has {} bytes; at most {} are read", size, limits_.max_member_bytes));
      return;
    }
    index_.members.push_back({.name = std::move(name), .offset = offset, .size = size});
  }

  uint64_t total_;
  const ReadAt& read_at_;
  TarLimits limits_;
  TarIndex index_;
  std::optional<std::string> long_name_;
  PaxRecord pax_;
};

}  // namespace

TarIndex index_tar(uint64_t total, const ReadAt& read_at, const TarLimits& limits) { return Indexer(total, read_at, limits).run(); }

std::vector<TarSample> group_samples(const std::vector<TarMember>& members, std::vector<TarReject>& rejects) {
  std::vector<TarSample> samples;
  std::unordered_set<std::string> seen;
  bool rejected = false;  // the sample being read
  std::string current;
  bool any = false;
  for (const TarMember& member : members) {
    auto name = split_sample_name(member.name);
    if (!name) {
      continue;
    }
    if (!any || name->key != current) {
      any = true;
      current = name->key;
      rejected = !seen.insert(name->key).second;
      if (rejected) {
        rejects.push_back({.name = current, .reason = "the key was there before in this shard; members of a sample must be adjacent"});
      } else {
        samples.push_back({.key = name->key, .fields = {}});
      }
    }
    if (rejected) {
      continue;
    }
    TarSample& sample = samples.back();
    if (sample.find(name->field) != nullptr) {
      rejects.push_back({.name = sample.key, .reason = format("has the field \"{}\" twice", name->field)});
      samples.pop_back();
      rejected = true;
      continue;
    }
    sample.fields.push_back({.name = std::move(name->field), .offset = member.offset, .size = member.size});
  }
  return samples;
}

}  // namespace darkroom
