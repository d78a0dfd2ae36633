// SPDX-License-Identifier: Apache-2.0
// What a torch.save file holds besides raw numbers: dicts, lists, scalars, and where its tensors lie.
//
// All nodes stand in flat tables and refer to each other by number. So a node that the file shares is stored once, and letting go of a
// tree never recurses, however deep a file has nested it.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace darkroom {

/// What a value is. `opaque` is an object or name of Python that means nothing here: it was neither made nor called.
enum class ArchiveKind : uint8_t {
  none,
  boolean,
  integer,      ///< fits int64
  big_integer,  ///< up to 16 bytes; kept as its little-endian two's complement bytes
  real,
  string,  ///< valid UTF-8
  bytes,
  tuple,
  list,
  set,
  dict,
  tensor,
  opaque
};

/// "a dict", "an integer", … for messages.
std::string_view archive_kind_name(ArchiveKind kind);

/// A name that a pickle refers to: `module` "collections", `name` "OrderedDict".
struct ArchiveGlobal {
  std::string module;
  std::string name;

  std::string full_name() const { return module + "." + name; }
  bool operator==(const ArchiveGlobal&) const = default;
};

/// Where a tensor lies: a strided view of a storage. In elements of `dtype`, but `storage` is a number in the owner's list.
struct ArchiveTensor {
  torch::ScalarType dtype = torch::kFloat32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
  uint32_t storage = 0;
  int64_t offset = 0;
};

class ArchiveTree;

/// One value of a tree: a number and a pointer, to be passed by value. Valid while its tree is.
class ArchiveValue {
 public:
  ArchiveValue(const ArchiveTree& tree, uint32_t id) : tree_(&tree), id_(id) {}

  ArchiveKind kind() const;
  uint32_t id() const { return id_; }

  /// The value if it is of that kind, else nothing. A real is also read from an integer; text from string and bytes.
  std::optional<bool> boolean() const;
  std::optional<int64_t> integer() const;
  std::optional<double> real() const;
  std::optional<std::string_view> text() const;

  /// Elements of a tuple, list or set, entries of a dict; 0 for everything else.
  size_t size() const;
  /// Element i, or the value of a dict's entry i, in the file's order. throws std::invalid_argument for i >= size()
  ArchiveValue operator[](size_t i) const;
  /// Key of a dict's entry i. throws std::invalid_argument when it is not a dict or i >= size()
  ArchiveValue key(size_t i) const;
  /// The value under a dict's key, spelled as in names of tensors (an integer key 3 is "3"); looks at every entry.
  std::optional<ArchiveValue> find(std::string_view name) const;
  /// find() step by step: `root.find({"ema_state_dict", "decay"})`. Lists and tuples take element numbers.
  std::optional<ArchiveValue> find(std::initializer_list<std::string_view> path) const;
  /// How a dict's key is spelled in a tensor's name: "conv_in.weight", "3", "True", "None", module.name of an opaque one.
  std::string spelling() const;

  /// Of a tensor. throws std::invalid_argument for another kind
  const ArchiveTensor& tensor() const;
  /// Of an opaque value. throws std::invalid_argument for another kind
  const ArchiveGlobal& global() const;

 private:
  const ArchiveTree* tree_;
  uint32_t id_;
};

/// A graph of values with one root. The reader fills one from a pickle; to write a file, fill one and give it to write_torch_archive.
/// Functions that take an id throw std::invalid_argument when it is not of the kind that they need.
class ArchiveTree {
 public:
  using Id = uint32_t;

  Id none();
  Id boolean(bool value);
  Id integer(int64_t value);
  /// little_endian  two's complement, 1 to 16 bytes; becomes an integer when it fits
  Id big_integer(std::string_view little_endian);
  Id real(double value);
  Id string(std::string_view utf8);
  Id bytes(std::string_view value);
  Id tuple(std::span<const Id> elements);
  Id list();
  Id set();
  Id dict();
  Id tensor(ArchiveTensor tensor);
  /// A tensor to be written: contiguous, made later by write_torch_archive's `make`.
  Id tensor(torch::ScalarType dtype, std::vector<int64_t> shape);
  /// detail  any number that the maker wants to find again
  Id opaque(uint32_t global, uint8_t role = 0, uint64_t detail = 0);
  void set_opaque_detail(Id id, uint64_t detail);

  /// list or set
  void append(Id list, Id value);
  void set_item(Id dict, Id key, Id value);
  void set_item(Id dict, std::string_view key, Id value) { set_item(dict, string(key), value); }
  void set_root(Id root) { root_ = root; }

  /// The number of a global; the same one for the same names.
  uint32_t global(std::string_view module, std::string_view name);

  ArchiveValue root() const { return {*this, root_}; }
  ArchiveValue value(Id id) const { return {*this, id}; }
  const std::vector<ArchiveGlobal>& globals() const { return globals_; }
  /// In the order in which they were added.
  const std::vector<ArchiveTensor>& tensors() const { return tensors_; }
  /// The number of a tensor in tensors().
  size_t tensor_index(Id id) const;
  uint32_t opaque_global(Id id) const;
  uint8_t opaque_role(Id id) const;
  uint64_t opaque_detail(Id id) const;
  /// Ids of a tuple's, list's or set's elements; key, value, key, value … of a dict; empty for every other kind.
  std::span<const Id> children(Id id) const;
  size_t node_count() const { return nodes_.size(); }
  /// Bytes that the tables take, counted at twice their content (tables grow by doubling).
  size_t memory_bytes() const { return 2 * counted_bytes_; }

 private:
  friend class ArchiveValue;
  struct Node {
    ArchiveKind kind = ArchiveKind::none;
    uint8_t role = 0;
    uint32_t count = 0;    // length of text or tuple; global of an opaque value
    uint64_t payload = 0;  // the value, or where it stands in its table
  };

  Id add(Node node);
  Id add_text(ArchiveKind kind, std::string_view text);
  Id constant(size_t which, Node node);
  const Node& node(Id id) const;
  const Node& node(Id id, ArchiveKind kind, const char* caller) const;
  void extend(Id id, std::initializer_list<Id> ids);
  std::string_view text(const Node& node) const;

  std::vector<Node> nodes_;
  std::string text_;
  std::vector<Id> tuples_;
  std::vector<std::vector<Id>> lists_;  // lists, sets and dicts that are not empty
  std::vector<ArchiveTensor> tensors_;
  std::vector<ArchiveGlobal> globals_;
  std::unordered_map<std::string, uint32_t> global_numbers_;
  std::array<Id, 4096> small_integers_{};  // 1 + id
  std::array<Id, 3> constants_{};          // of None, False, True: 1 + id
  size_t counted_bytes_ = 0;
  Id root_ = 0;
};

}  // namespace darkroom
