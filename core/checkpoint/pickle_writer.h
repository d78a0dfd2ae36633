// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/checkpoint/torch_archive_tree.h"

namespace darkroom {

/// A pickle and the tensors that it refers to: storage key i is tensor `tensors[i]` of the tree.
struct EncodedPickle {
  std::string bytes;
  std::vector<size_t> tensors;
};

/// Protocol 2, with the calls and names that torch.load(weights_only=True) lets through. Shared nodes are written once.
/// throws std::invalid_argument on an opaque value, a cycle, nesting beyond 64, a dtype that torch.save lacks
EncodedPickle encode_pickle(const ArchiveTree& tree);

}  // namespace darkroom
