// SPDX-License-Identifier: Apache-2.0
// What names, calls and persistent ids of a pickle stand for: tensors, storages, dicts, scalars, or something opaque.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/format.h"
#include "core/checkpoint/pickle_globals.h"
#include "core/checkpoint/pickle_reader.h"

namespace darkroom {

/// What is wrong with a pickle, without the place; the reader adds it.
struct PickleProblem : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <typename... Args>
[[noreturn]] void refuse_pickle(fmt::format_string<Args...> text, Args&&... args) {
  throw PickleProblem(format_text(text, fmt::make_format_args(args...)));
}

/// What an opaque value of the tree is; its detail is the number of the storage, or the packed numpy dtype.
enum class OpaqueRole : uint8_t { name, instance, storage, numpy_dtype };

/// Fills a PickleContent. Every function throws PickleProblem.
class PickleObjects {
 public:
  using Id = ArchiveTree::Id;

  PickleObjects(PickleContent& content, PersistentIds ids) : content_(content), tree_(content.tree), ids_(ids) {}

  /// GLOBAL; byte is where it stands.
  Id name(std::string_view module, std::string_view name, size_t byte);
  /// REDUCE, NEWOBJ, NEWOBJ_EX.
  Id call(Id callable, Id arguments);
  /// Whether calling it can only give something opaque, whatever the arguments.
  bool is_opaque_call(Id callable) const;
  /// BUILD.
  void build(Id object, Id state);
  /// BINPERSID.
  Id persistent(Id id);

  // Filling what stands on the stack; opaque values swallow what they are given.
  void append(Id list, std::span<const Id> values, ArchiveKind kind);
  void set_items(Id dict, std::span<const Id> entries);

 private:
  std::span<const Id> arguments_of(Id arguments, size_t least, size_t most, std::string_view caller) const;
  ArchiveValue value(Id id) const { return content_.tree.value(id); }
  OpaqueRole role_of(Id id) const { return static_cast<OpaqueRole>(tree_.opaque_role(id)); }
  /// What a name means; nothing for what is not a name.
  const PickleGlobal* named(Id id) const;
  Id instance(uint32_t global);
  Id make_dict(std::span<const Id> arguments);
  Id make_set(std::span<const Id> arguments);
  Id make_bytes(std::span<const Id> arguments);
  Id make_device(std::span<const Id> arguments);
  Id make_tensor(PickleMeaning meaning, std::span<const Id> arguments);
  Id make_parameter(std::span<const Id> arguments, uint32_t global);
  Id make_from_type(std::span<const Id> arguments, uint32_t global);
  Id make_numpy_dtype(std::span<const Id> arguments, uint32_t global);
  Id make_numpy_scalar(std::span<const Id> arguments, uint32_t global);
  Id storage_node(const std::string& key, PickleStorage storage, uint32_t global);
  std::vector<int64_t> extents(Id id, std::string_view what) const;

  PickleContent& content_;
  ArchiveTree& tree_;
  PersistentIds ids_;
  // By global's number.
  std::vector<PickleGlobal> meanings_;
  std::vector<Id> name_nodes_;
  std::vector<Id> instance_nodes_;  // 1 + id
  // By key, and "view <key>".
  std::unordered_map<std::string, uint32_t> storage_numbers_;
  std::vector<Id> storage_nodes_;
};

}  // namespace darkroom
