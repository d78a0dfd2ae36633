// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>

#include "core/checkpoint/torch_archive_tree.h"

namespace darkroom {

/// Writes a file that `torch.load(path, weights_only=True)` reads: the zip format of torch 1.6 and later, pickle protocol 2.
///
/// The name appears with its content complete and synced (`<path>.tmp`, sync, rename). Every tensor gets a storage of its own, contiguous,
/// 64-byte aligned; a node that the tree shares stays shared.
///
/// tree    root and all below; tensors by dtype and shape, strides and storage are not looked at
/// make    called once for each tensor below the root with its number in tree.tensors(), in the order of the walk, so that a checkpoint
///         larger than memory can be written; must return a tensor of the announced dtype and shape, on any device
/// throws  Error{io}; std::invalid_argument on an opaque value, a cycle, nesting beyond 64, a dtype that torch.save lacks, or another
///         tensor than the announced one
void write_torch_archive(const std::filesystem::path& path, const ArchiveTree& tree, const std::function<torch::Tensor(size_t)>& make);

}  // namespace darkroom
