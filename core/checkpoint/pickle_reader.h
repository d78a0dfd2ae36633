// SPDX-License-Identifier: Apache-2.0
// Pickle protocols 2 to 5 as far as files of weights use them. The virtual machine of the format is followed, but its two doors to code,
// names and calls, lead to a table (pickle_globals.h): nothing is imported, nothing is called.
#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/torch_archive_tree.h"

namespace darkroom {

/// What torch.save's persistent ids look like: none in plain pickles, 5 fields in a zip, 6 in the older format.
enum class PersistentIds { none, zip, legacy };

/// Raw numbers that tensors are views of, as the pickle announces them.
struct PickleStorage {
  std::string key;  ///< digits
  torch::ScalarType dtype = torch::kByte;
  bool is_untyped = false;
  int64_t numel = 0;
  uint32_t root = 0;  ///< itself; in the older format maybe the storage that it is a part of
  int64_t begin = 0;  ///< in elements of root

  bool operator==(const PickleStorage&) const = default;
};

struct PickleName {
  ArchiveGlobal global;
  size_t byte = 0;  ///< of the file, where it is first mentioned
};

struct PickleContent {
  ArchiveTree tree;
  std::vector<PickleStorage> storages;
  std::vector<ArchiveGlobal> opaque_globals;  ///< each once, in order
  std::vector<PickleName> code;               ///< those of them that no library of pickle_globals.h has
  size_t end = 0;                             ///< bytes read, STOP included
};

struct PickleSource {
  std::string_view bytes;
  std::string where;      ///< "model.ckpt: data.pkl"
  size_t first_byte = 0;  ///< of `bytes` in the file, for messages
  PersistentIds ids = PersistentIds::none;
};

inline constexpr size_t max_pickle_bytes = size_t{64} << 20;

/// Reads one pickle, in time and memory proportional to its length: at most 64 MiB of it, 1 M values on the stack, in the memo, in one list
/// or dict, 1 MiB a string, and 16 MiB + 4 x its length in memory. Every tensor lies within its storage as announced; the tree is not
/// surveyed (torch_archive_walk.h).
/// throws Error{bad_input} "<where>, byte N: …"
PickleContent read_pickle(const PickleSource& source);

}  // namespace darkroom
