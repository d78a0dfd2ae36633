// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/torch_archive.h"

#include <cstring>
#include <fstream>
#include <unordered_map>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/base/mapped_file.h"
#include "core/checkpoint/torch_archive_layout.h"
#include "core/checkpoint/torch_archive_walk.h"

namespace darkroom {
namespace {

constexpr size_t sniffed_bytes = 64;
constexpr size_t tar_magic_at = 257;
constexpr size_t names_in_message = 5;
constexpr uint64_t view_bytes_per_file_byte = 4;
constexpr size_t base_name_bytes = size_t{16} << 20;
constexpr size_t name_bytes_per_pickle_byte = 4;

TorchLayout open_layout(std::span<std::byte> file, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (starts_like_torch_zip(file)) {
    return open_torch_zip(file, where);
  }
  if (text.starts_with('\x80')) {
    return open_torch_legacy(file, where);
  }
  if (text.size() > tar_magic_at && text.substr(tar_magic_at).starts_with("ustar")) {
    fail(ErrorCode::bad_input, "{}: is a tar file as torch before 0.1.11 saved them; load it in a torch that still does and save it again",
         where);
  }
  fail(ErrorCode::bad_input, "{}: byte 0: expected a zip or a pickle of torch.save", where);
}

void refuse_code(const std::vector<PickleName>& code, const std::string& where) {
  std::string names;
  for (size_t i = 0; i < std::min(code.size(), names_in_message); ++i) {
    names += format("{}{} (byte {})", i == 0 ? "" : ", ", printable(code[i].global.full_name()), code[i].byte);
  }
  if (code.size() > names_in_message) {
    names += format(" and {} more", code.size() - names_in_message);
  }
  fail(ErrorCode::bad_input, "{}: its pickle names code that weights do not need: {}. None of it was run; reading tensors only is possible",
       where, names);
}

std::string joined(std::initializer_list<std::string_view> path) { return format("{}", fmt::join(path, ".")); }

}  // namespace

struct TorchArchive::Content {
  Content(const std::filesystem::path& path, Trust trust) : file(path), where(path.string()), layout(open_layout(file.bytes(), where)) {
    for (const std::string& warning : layout.warnings) {
      log().warn("{}", warning);
    }
    const PickleContent& pickle = layout.pickle;
    if (trust == Trust::known_names && !pickle.code.empty()) {
      refuse_code(pickle.code, where);
    }
    const ArchiveSurvey survey = survey_archive(pickle.tree);
    if (survey.problem) {
      fail(ErrorCode::bad_input, "{}: its pickle describes no checkpoint: {}", where, *survey.problem);
    }
    NamingLimits limits;
    limits.total_name_bytes = base_name_bytes + name_bytes_per_pickle_byte * pickle.end;
    auto [names, problem] = name_archive_tensors(pickle.tree, survey, limits);
    if (problem) {
      fail(ErrorCode::bad_input, "{}: {}", where, *problem);
    }
    uint64_t view_bytes = 0;
    const uint64_t most = view_bytes_per_file_byte * file.bytes().size();
    infos.reserve(names.size());
    for (NamedArchiveTensor& entry : names) {
      const ArchiveTensor& tensor = pickle.tree.value(entry.id).tensor();
      infos.push_back({std::move(entry.name), tensor.dtype, tensor.shape});
      ids.push_back(entry.id);
      view_bytes += static_cast<uint64_t>(infos.back().numel()) * c10::elementSize(tensor.dtype);
      if (view_bytes > most) {
        fail(ErrorCode::bad_input, "{}: its tensors up to \"{}\" describe more than {} times the file's bytes", where,
             printable(infos.back().name), view_bytes_per_file_byte);
      }
    }
    for (size_t i = 0; i < infos.size(); ++i) {
      index_by_name.emplace(infos[i].name, i);
    }
  }

  size_t index_of(const std::string& name) const {
    const auto found = index_by_name.find(name);
    if (found == index_by_name.end()) {
      fail(ErrorCode::not_found, "{}: holds no tensor \"{}\"", where, name);
    }
    return found->second;
  }

  // What stands at a path, None counted as nothing; the kind's name goes into the message when `read` finds nothing in it.
  template <typename Read>
  auto scalar(std::initializer_list<std::string_view> path, std::string_view expected, Read read) const {
    const std::optional<ArchiveValue> found = layout.pickle.tree.root().find(path);
    if (!found || found->kind() == ArchiveKind::none) {
      return decltype(read(*found))();
    }
    auto value = read(*found);
    if (!value) {
      fail(ErrorCode::bad_input, "{}: \"{}\" is {}; expected {}", where, joined(path), archive_kind_name(found->kind()), expected);
    }
    return value;
  }

  MappedFile file;
  std::string where;
  TorchLayout layout;
  std::vector<TensorInfo> infos;
  std::vector<uint32_t> ids;
  std::unordered_map<std::string_view, size_t> index_by_name;
};

bool TorchArchive::is_archive(const std::filesystem::path& path) {
  std::array<char, sniffed_bytes> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const auto bytes = std::as_bytes(std::span(head)).first(static_cast<size_t>(file.gcount()));
  return starts_like_torch_zip(bytes) || starts_like_torch_legacy(bytes);
}

TorchArchive::TorchArchive(const std::filesystem::path& path, Trust trust)
    : path_(path), content_(std::make_shared<Content>(path, trust)) {}
TorchArchive::~TorchArchive() = default;
TorchArchive::TorchArchive(TorchArchive&&) noexcept = default;
TorchArchive& TorchArchive::operator=(TorchArchive&&) noexcept = default;

ArchiveValue TorchArchive::root() const { return content_->layout.pickle.tree.root(); }

std::optional<bool> TorchArchive::boolean(std::initializer_list<std::string_view> path) const {
  return content_->scalar(path, "True or False", [](const ArchiveValue& value) { return value.boolean(); });
}

std::optional<int64_t> TorchArchive::integer(std::initializer_list<std::string_view> path) const {
  return content_->scalar(path, "an integer", [](const ArchiveValue& value) { return value.integer(); });
}

std::optional<double> TorchArchive::real(std::initializer_list<std::string_view> path) const {
  return content_->scalar(path, "a number", [](const ArchiveValue& value) { return value.real(); });
}

std::optional<std::string> TorchArchive::text(std::initializer_list<std::string_view> path) const {
  return content_->scalar(path, "a string", [](const ArchiveValue& value) {
    return value.kind() == ArchiveKind::string ? std::optional(std::string(*value.text())) : std::nullopt;
  });
}

const std::vector<TensorInfo>& TorchArchive::tensors() const { return content_->infos; }
bool TorchArchive::contains(const std::string& name) const { return content_->index_by_name.contains(name); }
const TensorInfo& TorchArchive::info(const std::string& name) const { return content_->infos[content_->index_of(name)]; }

torch::Tensor TorchArchive::tensor(const std::string& name) const {
  const ArchiveTensor& view = content_->layout.pickle.tree.value(content_->ids[content_->index_of(name)]).tensor();
  const std::span<std::byte> storage = storage_bytes(content_->layout, content_->file.bytes(), view.storage, content_->where);
  const auto options = torch::TensorOptions().dtype(view.dtype);
  const size_t item_bytes = c10::elementSize(view.dtype);
  int64_t reach = 1;  // elements from the first to the last one, both counted
  for (size_t i = 0; i < view.shape.size(); ++i) {
    if (view.shape[i] == 0) {
      return at::empty(view.shape, options);
    }
    reach += (view.shape[i] - 1) * view.strides[i];
  }
  std::byte* begin = storage.data() + static_cast<size_t>(view.offset) * item_bytes;
  if (reinterpret_cast<uintptr_t>(begin) % item_bytes != 0) {
    const torch::Tensor copy = at::empty({reach}, options);
    std::memcpy(copy.data_ptr(), begin, static_cast<size_t>(reach) * item_bytes);
    return copy.as_strided(view.shape, view.strides);
  }
  return at::from_blob(
      begin, view.shape, view.strides, [content = content_](void*) {}, options);
}

const std::vector<ArchiveGlobal>& TorchArchive::opaque_globals() const { return content_->layout.pickle.opaque_globals; }
bool TorchArchive::names_code() const { return !content_->layout.pickle.code.empty(); }

void TorchArchive::verify() const {
  const TorchLayout& layout = content_->layout;
  if (layout.zip) {
    for (const ZipEntry& entry : layout.zip->entries()) {
      if (!layout.zip->checksum_matches(entry)) {
        fail(ErrorCode::bad_input, "{}: zip entry \"{}\" (byte {}) is damaged: its bytes do not have its checksum", content_->where,
             printable(entry.name), entry.header_at);
      }
    }
    return;
  }
  for (uint32_t i = 0; i < layout.storages.size(); ++i) {
    storage_bytes(layout, content_->file.bytes(), i, content_->where);
  }
}

}  // namespace darkroom
