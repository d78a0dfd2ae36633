// SPDX-License-Identifier: Apache-2.0
// Makes files of torch.save by hand, well-formed or not: pickles from their opcodes, zips from their records.
#pragma once

#include <QtTest/QtTest>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/checkpoint/torch_archive.h"
#include "core/checkpoint/zip_format.h"

namespace darkroom::test {

inline std::string number(uint64_t value, size_t count) {
  std::string text;
  zip::append_number(text, value, count);
  return text;
}

/// The bytes of a literal with NULs in it.
template <size_t N>
std::string raw(const char (&literal)[N]) {
  return {literal, N - 1};
}

/// Writes a new file: to cut an old one short would make ext4 wait for the disk.
inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Why a file is refused; "accepted" when it is not.
inline std::string refusal_of(const std::filesystem::path& path, Trust trust = Trust::known_names) {
  try {
    const TorchArchive archive(path, trust);
  } catch (const Error& error) {
    return error.code() == ErrorCode::bad_input ? error.what() : "an error that is not bad_input";
  }
  return "accepted";
}

/// A file that tests/parity/make_archive_goldens.py wrote.
inline std::filesystem::path golden_archive(const std::string& name) {
  return std::filesystem::path(DARKROOM_TEST_DATA) / "golden" / "archive" / name;
}

/// A row of a test that feeds an archive: its bytes and the reason for which they are refused.
inline void add_archive_row(const char* name, const std::string& bytes, const char* reason) {
  QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << QByteArray(reason);
}

// ---- pickles

inline std::string pickle(const std::string& body, int protocol = 2) {
  return "\x80" + number(static_cast<uint64_t>(protocol), 1) + body + ".";
}
inline std::string text(const std::string& utf8) { return "X" + number(utf8.size(), 4) + utf8; }
inline std::string name(const std::string& module, const std::string& object) { return "c" + module + "\n" + object + "\n"; }
inline std::string integer(int64_t value) { return "\x8a\x08" + number(static_cast<uint64_t>(value), 8); }
inline std::string tuple(const std::vector<std::string>& elements) {
  std::string all;
  for (const std::string& element : elements) {
    all += element;
  }
  return "(" + all + "t";
}
inline std::string integers(const std::vector<int64_t>& values) {
  std::vector<std::string> elements;
  for (const int64_t value : values) {
    elements.push_back(integer(value));
  }
  return tuple(elements);
}
inline std::string call(const std::string& callable, const std::vector<std::string>& arguments) {
  return callable + tuple(arguments) + "R";
}
inline std::string dict(const std::string& key, const std::string& value) { return "}" + text(key) + value + "s"; }

inline std::string storage(const std::string& key, int64_t numel, const std::string& type = "FloatStorage") {
  return tuple({text("storage"), name("torch", type), text(key), text("cpu"), integer(numel)}) + "Q";
}
inline std::string tensor(const std::string& storage_id, const std::vector<int64_t>& shape, const std::vector<int64_t>& strides,
                          int64_t offset = 0) {
  return call(name("torch._utils", "_rebuild_tensor_v2"),
              {storage_id, integer(offset), integers(shape), integers(strides), "\x89", name("collections", "OrderedDict") + ")R"});
}
/// {"w": float32 [2, 3]} on storage 0.
inline std::string good_body() { return dict("w", tensor(storage("0", 6), {2, 3}, {3, 1})); }

// ---- zips

struct TestEntry {
  std::string name;
  std::string data;
  uint16_t flags = 0;
  uint16_t method = 0;
  uint16_t disk = 0;
  std::string local_extra;
  std::string central_extra;
  std::optional<std::string> local_name;
  std::optional<uint16_t> local_flags;
  std::optional<uint32_t> local_size;
  std::optional<uint32_t> central_size;
  std::optional<uint32_t> header_at;
  std::optional<uint32_t> crc;
};

/// The last 98 bytes are the zip64 end record (56), its locator (20) and the end record (22).
inline std::string zip_file(const std::vector<TestEntry>& entries) {
  std::string file;
  std::string directory;
  for (const TestEntry& entry : entries) {
    const size_t at = file.size();
    const uint32_t crc = entry.crc.value_or(zip::crc32(0, std::as_bytes(std::span(entry.data.data(), entry.data.size()))));
    const std::string& own_name = entry.local_name ? *entry.local_name : entry.name;
    const uint64_t local_size = entry.local_size.value_or(static_cast<uint32_t>(entry.data.size()));
    const uint64_t size = entry.central_size.value_or(static_cast<uint32_t>(entry.data.size()));
    file += number(zip::local_signature, 4) + number(20, 2) + number(entry.local_flags.value_or(entry.flags), 2) + number(entry.method, 2) +
            number(0x00210000, 4) + number(crc, 4) + number(local_size, 4) + number(local_size, 4) + number(own_name.size(), 2) +
            number(entry.local_extra.size(), 2) + own_name + entry.local_extra + entry.data;
    directory += number(zip::central_signature, 4) + number(20, 2) + number(20, 2) + number(entry.flags, 2) + number(entry.method, 2) +
                 number(0x00210000, 4) + number(crc, 4) + number(size, 4) + number(size, 4) + number(entry.name.size(), 2) +
                 number(entry.central_extra.size(), 2) + number(0, 2) + number(entry.disk, 2) + number(0, 6) +
                 number(entry.header_at.value_or(static_cast<uint32_t>(at)), 4) + entry.name + entry.central_extra;
  }
  const size_t start = file.size();
  const size_t record = start + directory.size();
  return file + directory + number(zip::zip64_end_signature, 4) + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) +
         number(entries.size(), 8) + number(entries.size(), 8) + number(directory.size(), 8) + number(start, 8) +
         number(zip::zip64_locator_signature, 4) + number(0, 4) + number(record, 8) + number(1, 4) + number(zip::end_signature, 4) +
         number(0, 4) + number(entries.size(), 2) + number(entries.size(), 2) + number(directory.size(), 4) + number(start, 4) +
         number(0, 2);
}

inline std::string zip64_field(const std::vector<uint64_t>& values) {
  std::string field = number(zip::extra_zip64, 2) + number(8 * values.size(), 2);
  for (const uint64_t value : values) {
    field += number(value, 8);
  }
  return field;
}

/// Entries of a good archive; `change` rows of a test before they become a file.
inline std::vector<TestEntry> good_entries(const std::string& body = good_body(), int protocol = 2) {
  return {{"a/data.pkl", pickle(body, protocol)}, {"a/byteorder", "little"}, {"a/data/0", std::string(24, '\0')}, {"a/version", "3\n"}};
}
inline std::string archive_of(const std::string& body, int protocol = 2) { return zip_file(good_entries(body, protocol)); }

/// `bytes` with `replacement` at a position that counts from the end.
inline std::string patched(std::string bytes, size_t from_end, const std::string& replacement) {
  return bytes.replace(bytes.size() - from_end, replacement.size(), replacement);
}

// ---- the older format

inline std::string legacy_storage(const std::string& key, int64_t numel, const std::string& view = "N") {
  return tuple({text("storage"), name("torch", "FloatStorage"), text(key), text("cpu"), integer(numel), view}) + "Q";
}
inline std::string legacy_file(const std::string& body, const std::string& keys, const std::string& data,
                               const std::string& system = dict("little_endian", "\x88"), int64_t protocol = 1001) {
  return pickle("\x8a\x0a" + raw("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")) + pickle(integer(protocol)) + pickle(system) + pickle(body) +
         pickle(keys) + data;
}

}  // namespace darkroom::test
