// SPDX-License-Identifier: Apache-2.0
// torch/serialization.py, _save and _legacy_save, and caffe2/serialize/inline_container.h say what is written where.
#include "core/checkpoint/torch_archive_layout.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/checkpoint/torch_archive_walk.h"
#include "core/checkpoint/zip_format.h"

namespace darkroom {
namespace {

constexpr std::string_view zip_magic("PK\x03\x04", 4);
// LONG1 of ten bytes: 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view legacy_magic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr size_t legacy_magic_within = 32;
constexpr int64_t legacy_protocol = 1001;
constexpr size_t count_bytes = 8;
constexpr int max_zip_version = 10;

std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

uint64_t storage_bytes(const PickleStorage& storage) { return static_cast<uint64_t>(storage.numel) * c10::elementSize(storage.dtype); }

std::string_view without_line_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return text;
}

// The folder that all entries lie in.
std::string root_of(const ZipDirectory& zip, const std::string& where) {
  const std::string_view first = zip.entries().empty() ? "" : zip.entries().front().name;
  std::string root(first.substr(0, first.find('/') + 1));
  for (const ZipEntry& entry : zip.entries()) {
    if (root.empty() || !entry.name.starts_with(root)) {
      fail(ErrorCode::bad_input, "{}: zip entry \"{}\" lies outside the folder \"{}\" of the first one", where, printable(entry.name),
           printable(root));
    }
    if (entry.name == root + "constants.pkl" || entry.name.substr(root.size()).starts_with("code/")) {
      fail(ErrorCode::bad_input, "{}: is a TorchScript program (it holds \"{}\"), not a file of weights", where, printable(entry.name));
    }
  }
  return root;
}

void check_version(const ZipDirectory& zip, const std::string& root, const std::string& where) {
  const ZipEntry* entry = zip.find(root + "version");
  entry = entry == nullptr ? zip.find(root + ".data/version") : entry;
  const std::string_view version = entry == nullptr ? "" : without_line_end(text_of(zip.data(*entry)));
  const bool is_number = !version.empty() && version.size() <= 2 && version.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number || std::stoi(std::string(version)) < 1 || std::stoi(std::string(version)) > max_zip_version) {
    fail(ErrorCode::bad_input, "{}: entry \"version\" says \"{}\"; expected a number from 1 to {}", where,
         entry == nullptr ? "nothing" : printable(version), max_zip_version);
  }
  const ZipEntry* order = zip.find(root + "byteorder");
  if (order != nullptr && without_line_end(text_of(zip.data(*order))) != "little") {
    fail(ErrorCode::bad_input, "{}: its numbers are stored in {} byte order; expected little", where,
         printable(without_line_end(text_of(zip.data(*order)))));
  }
}

// One of the pickles of the older format; `at` moves behind it.
PickleContent next_pickle(std::span<std::byte> file, size_t& at, int number, PersistentIds ids, const std::string& where) {
  PickleContent content = read_pickle({text_of(file.subspan(at)), format("{}: pickle {} of 5", where, number), at, ids});
  at += content.end;
  return content;
}

}  // namespace

bool starts_like_torch_zip(std::span<const std::byte> file) { return text_of(file).starts_with(zip_magic); }

bool starts_like_torch_legacy(std::span<const std::byte> file) {
  return text_of(file).starts_with('\x80') && text_of(file).substr(0, legacy_magic_within).find(legacy_magic) != std::string_view::npos;
}

TorchLayout open_torch_zip(std::span<std::byte> file, const std::string& where) {
  TorchLayout layout;
  const ZipDirectory& zip = layout.zip.emplace(file, where);
  const std::string root = root_of(zip, where);
  const ZipEntry* pickle = zip.find(root + "data.pkl");
  if (pickle == nullptr) {
    fail(ErrorCode::bad_input, "{}: is a zip without the entry \"{}data.pkl\" that torch.save writes", where, printable(root));
  }
  check_version(zip, root, where);
  if (pickle->size > max_pickle_bytes) {
    fail(ErrorCode::bad_input, "{}: data.pkl has {} bytes; at most {} are read", where, pickle->size, max_pickle_bytes);
  }
  if (!zip.checksum_matches(*pickle)) {
    layout.warnings.push_back(format("{}: data.pkl does not have the checksum that the zip says", where));
  }
  layout.pickle = read_pickle({text_of(zip.data(*pickle)), where + ": data.pkl", 0, PersistentIds::zip});
  if (layout.pickle.end != pickle->size) {
    fail(ErrorCode::bad_input, "{}: data.pkl, byte {}: something follows the pickle", where, layout.pickle.end);
  }
  for (const PickleStorage& storage : layout.pickle.storages) {
    const ZipEntry* entry = zip.find(format("{}data/{}", root, storage.key));
    if (entry == nullptr) {
      fail(ErrorCode::bad_input, "{}: data.pkl refers to storage {}, but there is no entry \"{}data/{}\"", where, storage.key,
           printable(root), storage.key);
    }
    if (entry->size != storage_bytes(storage)) {
      fail(ErrorCode::bad_input, "{}: storage {} has {} elements of {}, {} bytes, but its entry has {}", where, storage.key, storage.numel,
           c10::toString(storage.dtype), storage_bytes(storage), entry->size);
    }
    layout.storages.push_back(static_cast<uint64_t>(entry - zip.entries().data()));
  }
  return layout;
}

TorchLayout open_torch_legacy(std::span<std::byte> file, const std::string& where) {
  TorchLayout layout;
  size_t at = 0;
  const PickleContent magic = next_pickle(file, at, 1, PersistentIds::none, where);
  if (magic.tree.root().kind() != ArchiveKind::big_integer || magic.tree.root().text() != legacy_magic) {
    fail(ErrorCode::bad_input, "{}: is a pickle, but not one of torch.save (no magic number in front)", where);
  }
  const PickleContent protocol = next_pickle(file, at, 2, PersistentIds::none, where);
  if (protocol.tree.root().integer() != legacy_protocol) {
    fail(ErrorCode::bad_input, "{}: pickle 2 of 5 is not the protocol number {}", where, legacy_protocol);
  }
  const PickleContent system = next_pickle(file, at, 3, PersistentIds::none, where);
  const std::optional<ArchiveValue> is_little = system.tree.root().find("little_endian");
  if (!is_little || is_little->boolean() != true) {
    fail(ErrorCode::bad_input, "{}: pickle 3 of 5 does not say that numbers are stored in little byte order", where);
  }
  layout.pickle = next_pickle(file, at, 4, PersistentIds::legacy, where);
  const size_t keys_at = at;
  const PickleContent keys = next_pickle(file, at, 5, PersistentIds::none, where);

  const std::vector<PickleStorage>& storages = layout.pickle.storages;
  std::unordered_map<std::string_view, uint32_t> roots;
  for (uint32_t i = 0; i < storages.size(); ++i) {
    if (storages[i].root == i) {
      roots.emplace(storages[i].key, i);
    }
  }
  layout.storages.resize(storages.size());
  const ArchiveValue list = keys.tree.root();
  if (list.kind() != ArchiveKind::list || list.size() != roots.size()) {
    fail(ErrorCode::bad_input, "{}: pickle 5 of 5 (byte {}) is {} of {}; expected a list of the keys of {} storages", where, keys_at,
         archive_kind_name(list.kind()), list.size(), roots.size());
  }
  for (size_t i = 0; i < list.size(); ++i) {
    const auto found = roots.find(list[i].kind() == ArchiveKind::string ? *list[i].text() : "");
    if (found == roots.end()) {
      fail(ErrorCode::bad_input, "{}: key {} of pickle 5 is \"{}\", which is listed twice or no tensor refers to", where, i,
           printable(list[i].spelling()));
    }
    const PickleStorage& storage = storages[found->second];
    if (file.size() - at < count_bytes || file.size() - at - count_bytes < storage_bytes(storage)) {
      fail(ErrorCode::bad_input, "{}: storage {} needs {} bytes from byte {} on; the file ends at {}", where, storage.key,
           count_bytes + storage_bytes(storage), at, file.size());
    }
    layout.storages[found->second] = at;
    at += count_bytes + storage_bytes(storage);
    roots.erase(found);
  }
  if (at != file.size()) {
    fail(ErrorCode::bad_input, "{}: byte {}: something follows the last storage", where, at);
  }
  return layout;
}

std::span<std::byte> storage_bytes(const TorchLayout& layout, std::span<std::byte> file, uint32_t number, const std::string& where) {
  const PickleStorage& part = layout.pickle.storages[number];
  const PickleStorage& storage = layout.pickle.storages[part.root];
  if (layout.zip) {
    return layout.zip->data(layout.zip->entries()[layout.storages[number]]);
  }
  const uint64_t at = layout.storages[part.root];
  if (zip::number(file, at, count_bytes) != static_cast<uint64_t>(storage.numel)) {
    fail(ErrorCode::bad_input, "{}: byte {}: storage {} says that it has {} elements; its tensors say {}", where, at, storage.key,
         zip::number(file, at, count_bytes), storage.numel);
  }
  return file.subspan(at + count_bytes + static_cast<uint64_t>(part.begin) * c10::elementSize(part.dtype), storage_bytes(part));
}

}  // namespace darkroom
