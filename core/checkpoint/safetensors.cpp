// SPDX-License-Identifier: Apache-2.0
// The format: https://github.com/huggingface/safetensors#format
#include "core/checkpoint/safetensors.h"

#include <cstring>
#include <unordered_map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/mapped_file.h"
#include "core/checkpoint/safetensors_header.h"

namespace darkroom {
namespace {

constexpr uint64_t max_header_bytes = 100'000'000;
constexpr uint64_t length_bytes = 8;

uint64_t read_length(std::span<const std::byte> bytes) {
  uint64_t length = 0;
  for (size_t i = 0; i < length_bytes; ++i) {
    length |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  }
  return length;
}

}  // namespace

int64_t TensorInfo::numel() const {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    count *= extent;
  }
  return count;
}

struct SafetensorsFile::Content {
  explicit Content(const std::filesystem::path& path) : file(path) {}

  MappedFile file;
  std::span<std::byte> data;
  std::vector<TensorInfo> infos;
  std::vector<uint64_t> begins;
  std::unordered_map<std::string, size_t> index_by_name;
  std::map<std::string, std::string> metadata;

  size_t index_of(const std::string& name, const std::filesystem::path& path) const {
    const auto found = index_by_name.find(name);
    if (found == index_by_name.end()) {
      fail(ErrorCode::not_found, "{}: holds no tensor \"{}\"", path.string(), name);
    }
    return found->second;
  }
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
  auto content = std::make_shared<Content>(path);
  const std::span<std::byte> bytes = content->file.bytes();
  if (bytes.size() < length_bytes) {
    fail(ErrorCode::bad_input, "{}: {} bytes are too few for a safetensors file", path.string(), bytes.size());
  }
  const uint64_t length = read_length(bytes);
  if (length > max_header_bytes || length > bytes.size() - length_bytes) {
    fail(ErrorCode::bad_input, "{}: byte 0 announces a header of {} bytes; at most {} can be there", path.string(), length,
         std::min<uint64_t>(max_header_bytes, bytes.size() - length_bytes));
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + length_bytes, static_cast<size_t>(length));
  content->data = bytes.subspan(static_cast<size_t>(length_bytes + length));
  SafetensorsHeader header = parse_safetensors_header(text, content->data.size(), path.string());
  for (SafetensorsEntry& entry : header.entries) {
    content->index_by_name.emplace(entry.info.name, content->infos.size());
    content->begins.push_back(entry.begin);
    content->infos.push_back(std::move(entry.info));
  }
  content->metadata = std::move(header.metadata);
  content_ = std::move(content);
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

const std::vector<TensorInfo>& SafetensorsFile::tensors() const { return content_->infos; }
const std::map<std::string, std::string>& SafetensorsFile::metadata() const { return content_->metadata; }
bool SafetensorsFile::contains(const std::string& name) const { return content_->index_by_name.contains(name); }
const TensorInfo& SafetensorsFile::info(const std::string& name) const { return content_->infos[content_->index_of(name, path_)]; }

std::span<const std::byte> SafetensorsFile::bytes(const std::string& name) const {
  const size_t index = content_->index_of(name, path_);
  return content_->data.subspan(static_cast<size_t>(content_->begins[index]), static_cast<size_t>(tensor_bytes(content_->infos[index])));
}

torch::Tensor SafetensorsFile::tensor(const std::string& name) const {
  const size_t index = content_->index_of(name, path_);
  const TensorInfo& info = content_->infos[index];
  const auto options = torch::TensorOptions().dtype(info.dtype);
  const size_t bytes = static_cast<size_t>(tensor_bytes(info));
  std::byte* begin = content_->data.data() + content_->begins[index];
  if (bytes == 0 || reinterpret_cast<uintptr_t>(begin) % c10::elementSize(info.dtype) != 0) {
    torch::Tensor copy = at::empty(info.shape, options);
    std::memcpy(copy.data_ptr(), begin, bytes);
    return copy;
  }
  return at::from_blob(
      begin, info.shape, [content = content_](void*) {}, options);
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorInfo> infos,
                       const std::function<torch::Tensor(size_t)>& make, const std::map<std::string, std::string>& metadata) {
  const std::string header = make_safetensors_header({infos.begin(), infos.end()}, metadata);
  uint64_t total = length_bytes + header.size();
  for (const TensorInfo& info : infos) {
    total += tensor_bytes(info);
  }
  std::array<std::byte, length_bytes> length{};
  for (size_t i = 0; i < length_bytes; ++i) {
    length[i] = static_cast<std::byte>(header.size() >> (8 * i));
  }

  std::filesystem::path partial = path;
  partial += ".tmp";
  try {
    DurableFile file(partial);
    file.reserve(total);
    file.write(length);
    file.write(header);
    for (size_t i = 0; i < infos.size(); ++i) {
      const torch::Tensor tensor = make(i).detach().to(torch::kCPU).contiguous();
      if (tensor.scalar_type() != infos[i].dtype || tensor.sizes() != at::IntArrayRef(infos[i].shape)) {
        throw std::invalid_argument(format("[write_safetensors] \"{}\" was announced as {} [{}], got {} [{}]", infos[i].name,
                                           c10::toString(infos[i].dtype), fmt::join(infos[i].shape, ","),
                                           c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ",")));
      }
      file.write({static_cast<const std::byte*>(tensor.data_ptr()), static_cast<size_t>(tensor_bytes(infos[i]))});
    }
    file.sync_and_close();
    rename_durably(partial, path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw;
  }
}

void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorInfo> infos;
  infos.reserve(tensors.size());
  for (const NamedTensor& entry : tensors) {
    infos.push_back({entry.name, entry.tensor.scalar_type(), entry.tensor.sizes().vec()});
  }
  write_safetensors(
      path, infos, [&](size_t i) { return tensors[i].tensor; }, metadata);
}

}  // namespace darkroom
