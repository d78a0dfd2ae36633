// SPDX-License-Identifier: Apache-2.0
// Opening maps the arrays and compares sizes; no row is looked at. What cannot be opened is made anew: a cache is never repaired.
#include "core/columns/column_store.h"

#include <algorithm>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/mapped_file.h"
#include "core/columns/column_import.h"
#include "core/columns/column_store_impl.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* temporary_suffix = ".making";

template <typename T>
const T* array_at(const std::map<std::string, std::span<const std::byte>>& arrays, MetadataColumn column, const char* part) {
  const auto found = arrays.find(array_name(column, part));
  return found == arrays.end() ? nullptr : reinterpret_cast<const T*>(found->second.data());
}

}  // namespace

bool ColumnStore::Impl::map_arrays() {
  std::map<std::string, std::span<const std::byte>> arrays;
  for (const ArrayPart& part : array_parts(layout)) {
    const fs::path file = folder / part.name;
    std::error_code error;
    if (fs::file_size(file, error) != part.bytes || error) {
      return false;
    }
    maps.emplace_back(file);
    arrays[part.name] = maps.back().bytes();
    bytes += part.bytes;
  }
  data.rows = layout.rows;
  const std::span<const std::byte> starts = arrays[groups_name];
  group_starts = {reinterpret_cast<const uint64_t*>(starts.data()), starts.size() / sizeof(uint64_t)};
  for (const ColumnLayout& column : layout.columns) {
    const MetadataColumn meaning = column.column.column;
    ColumnArrays& to = data.of(meaning);
    to.kind = column.kind;
    to.numbers = array_at<std::byte>(arrays, meaning, "numbers");
    to.exact = array_at<double>(arrays, meaning, "exact");
    to.bins = array_at<uint8_t>(arrays, meaning, "bins");
    to.words = array_at<uint8_t>(arrays, meaning, "words");
    to.hashes = array_at<uint64_t>(arrays, meaning, "hashes");
    to.repeat_rows = {array_at<uint32_t>(arrays, meaning, "repeat_rows"), column.repeat_rows};
    to.repeat_of = {array_at<uint32_t>(arrays, meaning, "repeat_of"), column.repeat_rows};
    to.repeat_groups = column.repeat_groups;
    columns.push_back(column.column);
  }
  uint64_t first_row = 0;
  uint64_t first_group = 0;
  for (const SourceFile& file : layout.files) {
    files.push_back({file.path, first_row, file.rows});
    first_groups.push_back(first_group);
    first_row += file.rows;
    first_group += file.groups;
  }
  return true;
}

fs::path ColumnStore::cache_folder(const fs::path& root, std::span<const fs::path> files) {
  return root / identity_of(identify_files(files));
}

std::shared_ptr<const ColumnStore> ColumnStore::open(const fs::path& root, std::span<const fs::path> files) {
  const std::vector<SourceFile> sources = identify_files(files);
  auto impl = std::make_unique<Impl>();
  impl->folder = root / identity_of(sources);
  if (!fs::exists(impl->folder / manifest_name)) {
    return nullptr;
  }
  std::optional<StoreLayout> layout = parse_layout(Json::parse(read_file(impl->folder / manifest_name), nullptr, false));
  if (!layout || !std::equal(sources.begin(), sources.end(), layout->files.begin(), layout->files.end(),
                             [](const SourceFile& a, const SourceFile& b) { return a.same_as(b); })) {
    return nullptr;
  }
  impl->layout = std::move(*layout);
  if (!impl->map_arrays()) {
    return nullptr;
  }
  return std::shared_ptr<const ColumnStore>(new ColumnStore(std::move(impl)));
}

std::shared_ptr<const ColumnStore> ColumnStore::open_or_import(const fs::path& root, std::span<const fs::path> files,
                                                               const ImportOptions& options, const ProgressSink& sink,
                                                               const CancelToken& cancel) {
  if (std::shared_ptr<const ColumnStore> store = open(root, files)) {
    return store;
  }
  const std::vector<SourceFile> sources = identify_files(files);
  const fs::path folder = root / identity_of(sources);
  fs::path making = folder;
  making += temporary_suffix;
  fs::create_directories(root);
  fs::remove_all(making);
  fs::create_directories(making);
  try {
    const StoreLayout layout = import_columns(sources, making, options, sink, cancel);
    write_file_atomically(making / manifest_name, to_json(layout).dump() + "\n");
    fs::remove_all(folder);
    rename_durably(making, folder);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(making, ignored);
    throw;
  }
  std::shared_ptr<const ColumnStore> store = open(root, files);
  if (!store) {
    fail(ErrorCode::bad_input, "{}: changed while its columns were read; try again when it is complete", sources.front().path.string());
  }
  return store;
}

ColumnStore::ColumnStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ColumnStore::~ColumnStore() = default;

uint64_t ColumnStore::rows() const { return impl_->layout.rows; }
const std::vector<StoredFile>& ColumnStore::files() const { return impl_->files; }
const std::vector<StoredColumn>& ColumnStore::columns() const { return impl_->columns; }
fs::path ColumnStore::folder() const { return impl_->folder; }
uint64_t ColumnStore::bytes_on_disk() const { return impl_->bytes; }
const ColumnData& ColumnStore::data() const { return impl_->data; }

const StoredColumn* ColumnStore::find(MetadataColumn column) const {
  const auto found =
      std::find_if(impl_->columns.begin(), impl_->columns.end(), [column](const StoredColumn& stored) { return stored.column == column; });
  return found == impl_->columns.end() ? nullptr : &*found;
}

RowPlace ColumnStore::place(uint64_t row) const {
  if (row >= rows()) {
    throw std::out_of_range("[ColumnStore::place] the store has fewer rows");
  }
  const auto group =
      static_cast<uint64_t>(std::upper_bound(impl_->group_starts.begin(), impl_->group_starts.end(), row) - impl_->group_starts.begin()) -
      1;
  const auto file =
      static_cast<size_t>(std::upper_bound(impl_->first_groups.begin(), impl_->first_groups.end(), group) - impl_->first_groups.begin()) -
      1;
  return {.file = file, .group = group - impl_->first_groups[file], .row = row - impl_->group_starts[group]};
}

double ColumnStore::number(MetadataColumn column, uint64_t row) const { return impl_->data.of(column).number(row); }

std::string_view ColumnStore::word(MetadataColumn column, uint64_t row) const {
  const ColumnArrays& arrays = impl_->data.of(column);
  const StoredColumn* const stored = find(column);
  if (arrays.words == nullptr || stored == nullptr) {
    return {};
  }
  const size_t code = arrays.words[row];
  return code == 0 || code > stored->dictionary.size() ? std::string_view() : std::string_view(stored->dictionary[code - 1]);
}

}  // namespace darkroom
