// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/torch_archive_writer.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/checkpoint/pickle_writer.h"
#include "core/checkpoint/zip_writer.h"

namespace darkroom {
namespace {

constexpr uint64_t end_bytes = 256;  // more than the end records take

uint64_t archived_bytes(const ArchiveTensor& tensor) {
  uint64_t bytes = c10::elementSize(tensor.dtype);
  for (const int64_t extent : tensor.shape) {
    bytes *= static_cast<uint64_t>(extent);
  }
  return bytes;
}

}  // namespace

void write_torch_archive(const std::filesystem::path& path, const ArchiveTree& tree, const std::function<torch::Tensor(size_t)>& make) {
  const EncodedPickle pickle = encode_pickle(tree);
  const auto name_of = [](size_t key) { return format("archive/data/{}", key); };
  uint64_t total = pickle.bytes.size() + end_bytes;
  for (const std::string_view name : {"archive/data.pkl", "archive/byteorder", "archive/version"}) {
    total += ZipWriter::overhead_bytes(name);
  }
  for (size_t key = 0; key < pickle.tensors.size(); ++key) {
    total += archived_bytes(tree.tensors()[pickle.tensors[key]]) + ZipWriter::overhead_bytes(name_of(key));
  }

  std::filesystem::path partial = path;
  partial += ".tmp";
  try {
    DurableFile file(partial);
    file.reserve(total);
    ZipWriter zip(file);
    zip.add("archive/data.pkl", pickle.bytes);
    zip.add("archive/byteorder", "little");
    for (size_t key = 0; key < pickle.tensors.size(); ++key) {
      const ArchiveTensor& announced = tree.tensors()[pickle.tensors[key]];
      const torch::Tensor tensor = make(pickle.tensors[key]).detach().to(torch::kCPU).contiguous();
      if (tensor.scalar_type() != announced.dtype || tensor.sizes() != at::IntArrayRef(announced.shape)) {
        throw std::invalid_argument(format("[write_torch_archive] tensor {} was announced as {} [{}], got {} [{}]", pickle.tensors[key],
                                           c10::toString(announced.dtype), fmt::join(announced.shape, ","),
                                           c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ",")));
      }
      zip.add(name_of(key), {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()});
    }
    zip.add("archive/version", "3\n");
    zip.finish();
    file.sync_and_close();
    rename_durably(partial, path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw;
  }
}

}  // namespace darkroom
