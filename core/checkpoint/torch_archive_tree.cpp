// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/torch_archive_tree.h"

#include <bit>
#include <charconv>
#include <limits>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr size_t max_integer_bytes = 16;

// Text of a name, and what a hash table spends on it besides.
constexpr size_t global_overhead_bytes = 160;
constexpr size_t container_overhead_bytes = 48;

bool is_sequence(ArchiveKind kind) { return kind == ArchiveKind::tuple || kind == ArchiveKind::list || kind == ArchiveKind::set; }

}  // namespace

std::string_view archive_kind_name(ArchiveKind kind) {
  switch (kind) {
    case ArchiveKind::none:
      return "None";
    case ArchiveKind::boolean:
      return "True or False";
    case ArchiveKind::integer:
      return "an integer";
    case ArchiveKind::big_integer:
      return "an integer beyond 64 bits";
    case ArchiveKind::real:
      return "a float";
    case ArchiveKind::string:
      return "a string";
    case ArchiveKind::bytes:
      return "a byte string";
    case ArchiveKind::tuple:
      return "a tuple";
    case ArchiveKind::list:
      return "a list";
    case ArchiveKind::set:
      return "a set";
    case ArchiveKind::dict:
      return "a dict";
    case ArchiveKind::tensor:
      return "a tensor";
    case ArchiveKind::opaque:
      return "an object of Python";
  }
  return "?";
}

// ---- ArchiveTree: filling

ArchiveTree::Id ArchiveTree::add(Node node) {
  if (nodes_.size() >= std::numeric_limits<Id>::max() - 1) {
    throw std::invalid_argument("[ArchiveTree] too many values");
  }
  nodes_.push_back(node);
  counted_bytes_ += sizeof(Node);
  return static_cast<Id>(nodes_.size() - 1);
}

ArchiveTree::Id ArchiveTree::add_text(ArchiveKind kind, std::string_view text) {
  if (text.size() > std::numeric_limits<uint32_t>::max()) {
    throw std::invalid_argument(format("[ArchiveTree] a text of {} bytes is too long", text.size()));
  }
  const uint64_t begin = text_.size();
  text_.append(text);
  counted_bytes_ += text.size();
  return add({kind, 0, static_cast<uint32_t>(text.size()), begin});
}

ArchiveTree::Id ArchiveTree::constant(size_t which, Node node) {
  if (constants_[which] == 0) {
    constants_[which] = add(node) + 1;
  }
  return constants_[which] - 1;
}

ArchiveTree::Id ArchiveTree::none() { return constant(0, {ArchiveKind::none}); }
ArchiveTree::Id ArchiveTree::boolean(bool value) { return constant(value ? 2 : 1, {ArchiveKind::boolean, 0, 0, value ? 1U : 0U}); }

ArchiveTree::Id ArchiveTree::integer(int64_t value) {
  const Node node{ArchiveKind::integer, 0, 0, static_cast<uint64_t>(value)};
  if (value < 0 || value >= static_cast<int64_t>(small_integers_.size())) {
    return add(node);
  }
  Id& known = small_integers_[static_cast<size_t>(value)];
  if (known == 0) {
    known = add(node) + 1;
  }
  return known - 1;
}

ArchiveTree::Id ArchiveTree::big_integer(std::string_view little_endian) {
  if (little_endian.empty() || little_endian.size() > max_integer_bytes) {
    throw std::invalid_argument(
        format("[ArchiveTree::big_integer] expected 1 to {} bytes, got {}", max_integer_bytes, little_endian.size()));
  }
  const bool negative = (static_cast<unsigned char>(little_endian.back()) & 0x80U) != 0;
  const unsigned char filler = negative ? 0xFF : 0;
  uint64_t low = 0;
  bool fits = true;
  for (size_t i = 0; i < max_integer_bytes; ++i) {
    const unsigned char byte = i < little_endian.size() ? static_cast<unsigned char>(little_endian[i]) : filler;
    if (i < sizeof low) {
      low |= static_cast<uint64_t>(byte) << (8 * i);
    } else {
      fits = fits && byte == filler;
    }
  }
  if (fits && (static_cast<int64_t>(low) < 0) == negative) {
    return integer(static_cast<int64_t>(low));
  }
  return add_text(ArchiveKind::big_integer, little_endian);
}

ArchiveTree::Id ArchiveTree::real(double value) { return add({ArchiveKind::real, 0, 0, std::bit_cast<uint64_t>(value)}); }
ArchiveTree::Id ArchiveTree::string(std::string_view utf8) { return add_text(ArchiveKind::string, utf8); }
ArchiveTree::Id ArchiveTree::bytes(std::string_view value) { return add_text(ArchiveKind::bytes, value); }

ArchiveTree::Id ArchiveTree::tuple(std::span<const Id> elements) {
  const uint64_t begin = tuples_.size();
  tuples_.insert(tuples_.end(), elements.begin(), elements.end());
  counted_bytes_ += elements.size_bytes();
  return add({ArchiveKind::tuple, 0, static_cast<uint32_t>(elements.size()), begin});
}

ArchiveTree::Id ArchiveTree::list() { return add({ArchiveKind::list}); }
ArchiveTree::Id ArchiveTree::set() { return add({ArchiveKind::set}); }
ArchiveTree::Id ArchiveTree::dict() { return add({ArchiveKind::dict}); }

ArchiveTree::Id ArchiveTree::tensor(ArchiveTensor tensor) {
  counted_bytes_ += sizeof tensor + (tensor.shape.size() + tensor.strides.size()) * sizeof(int64_t);
  tensors_.push_back(std::move(tensor));
  return add({ArchiveKind::tensor, 0, 0, tensors_.size() - 1});
}

ArchiveTree::Id ArchiveTree::tensor(torch::ScalarType dtype, std::vector<int64_t> shape) {
  return tensor(ArchiveTensor{dtype, std::move(shape), {}, 0, 0});
}

ArchiveTree::Id ArchiveTree::opaque(uint32_t global, uint8_t role, uint64_t detail) {
  if (global >= globals_.size()) {
    throw std::invalid_argument(format("[ArchiveTree::opaque] there is no global {}", global));
  }
  return add({ArchiveKind::opaque, role, global, detail});
}

void ArchiveTree::set_opaque_detail(Id id, uint64_t detail) {
  node(id, ArchiveKind::opaque, "set_opaque_detail");
  nodes_[id].payload = detail;
}

uint32_t ArchiveTree::global(std::string_view module, std::string_view name) {
  std::string key(module);
  key += '\n';
  key += name;
  const auto [entry, is_new] = global_numbers_.emplace(std::move(key), static_cast<uint32_t>(globals_.size()));
  if (is_new) {
    globals_.push_back({std::string(module), std::string(name)});
    counted_bytes_ += global_overhead_bytes + 2 * (module.size() + name.size());
  }
  return entry->second;
}

void ArchiveTree::extend(Id id, std::initializer_list<Id> ids) {
  Node& container = nodes_[id];
  if (container.payload == 0) {
    lists_.emplace_back();
    container.payload = lists_.size();
    counted_bytes_ += container_overhead_bytes;
  }
  std::vector<Id>& children = lists_[container.payload - 1];
  children.insert(children.end(), ids);
  counted_bytes_ += ids.size() * sizeof(Id);
}

void ArchiveTree::append(Id list, Id value) {
  const ArchiveKind kind = node(list).kind;
  if (kind != ArchiveKind::list && kind != ArchiveKind::set) {
    throw std::invalid_argument(format("[ArchiveTree::append] expected a list or a set, got {}", archive_kind_name(kind)));
  }
  extend(list, {value});
}

void ArchiveTree::set_item(Id dict, Id key, Id value) {
  node(dict, ArchiveKind::dict, "set_item");
  extend(dict, {key, value});
}

// ---- ArchiveTree: looking

const ArchiveTree::Node& ArchiveTree::node(Id id) const {
  if (id >= nodes_.size()) {
    throw std::invalid_argument(format("[ArchiveTree] there is no value {}; the tree has {}", id, nodes_.size()));
  }
  return nodes_[id];
}

const ArchiveTree::Node& ArchiveTree::node(Id id, ArchiveKind kind, const char* caller) const {
  const Node& found = node(id);
  if (found.kind != kind) {
    throw std::invalid_argument(
        format("[ArchiveTree::{}] expected {}, got {}", caller, archive_kind_name(kind), archive_kind_name(found.kind)));
  }
  return found;
}

std::string_view ArchiveTree::text(const Node& node) const { return std::string_view(text_).substr(node.payload, node.count); }

std::span<const ArchiveTree::Id> ArchiveTree::children(Id id) const {
  const Node& parent = node(id);
  switch (parent.kind) {
    case ArchiveKind::tuple:
      return std::span(tuples_).subspan(parent.payload, parent.count);
    case ArchiveKind::list:
    case ArchiveKind::set:
    case ArchiveKind::dict:
      return parent.payload == 0 ? std::span<const Id>() : std::span<const Id>(lists_[parent.payload - 1]);
    default:
      return {};
  }
}

size_t ArchiveTree::tensor_index(Id id) const { return node(id, ArchiveKind::tensor, "tensor_index").payload; }
uint32_t ArchiveTree::opaque_global(Id id) const { return node(id, ArchiveKind::opaque, "opaque_global").count; }
uint8_t ArchiveTree::opaque_role(Id id) const { return node(id, ArchiveKind::opaque, "opaque_role").role; }
uint64_t ArchiveTree::opaque_detail(Id id) const { return node(id, ArchiveKind::opaque, "opaque_detail").payload; }

// ---- ArchiveValue

ArchiveKind ArchiveValue::kind() const { return tree_->node(id_).kind; }

std::optional<bool> ArchiveValue::boolean() const {
  const auto& node = tree_->node(id_);
  return node.kind == ArchiveKind::boolean ? std::optional(node.payload != 0) : std::nullopt;
}

std::optional<int64_t> ArchiveValue::integer() const {
  const auto& node = tree_->node(id_);
  return node.kind == ArchiveKind::integer ? std::optional(static_cast<int64_t>(node.payload)) : std::nullopt;
}

std::optional<double> ArchiveValue::real() const {
  const auto& node = tree_->node(id_);
  if (node.kind == ArchiveKind::integer) {
    return static_cast<double>(static_cast<int64_t>(node.payload));
  }
  return node.kind == ArchiveKind::real ? std::optional(std::bit_cast<double>(node.payload)) : std::nullopt;
}

std::optional<std::string_view> ArchiveValue::text() const {
  const auto& node = tree_->node(id_);
  const bool has_text = node.kind == ArchiveKind::string || node.kind == ArchiveKind::bytes || node.kind == ArchiveKind::big_integer;
  return has_text ? std::optional(tree_->text(node)) : std::nullopt;
}

size_t ArchiveValue::size() const {
  const size_t count = tree_->children(id_).size();
  return kind() == ArchiveKind::dict ? count / 2 : count;
}

ArchiveValue ArchiveValue::operator[](size_t i) const {
  if (i >= size()) {
    throw std::invalid_argument(format("[ArchiveValue] there is no element {}, only {}", i, size()));
  }
  return {*tree_, tree_->children(id_)[kind() == ArchiveKind::dict ? 2 * i + 1 : i]};
}

ArchiveValue ArchiveValue::key(size_t i) const {
  if (kind() != ArchiveKind::dict || i >= size()) {
    throw std::invalid_argument(format("[ArchiveValue::key] there is no key {} in {} of {}", i, archive_kind_name(kind()), size()));
  }
  return {*tree_, tree_->children(id_)[2 * i]};
}

std::optional<ArchiveValue> ArchiveValue::find(std::string_view name) const {
  if (kind() == ArchiveKind::dict) {
    for (size_t i = 0; i < size(); ++i) {
      const ArchiveValue candidate = key(i);
      const bool is_text = candidate.kind() == ArchiveKind::string;
      if (is_text ? *candidate.text() == name : candidate.spelling() == name) {
        return (*this)[i];
      }
    }
    return std::nullopt;
  }
  size_t number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = problem == std::errc() && end == name.data() + name.size();
  return is_sequence(kind()) && is_number && number < size() ? std::optional((*this)[number]) : std::nullopt;
}

std::optional<ArchiveValue> ArchiveValue::find(std::initializer_list<std::string_view> path) const {
  std::optional<ArchiveValue> found = *this;
  for (const std::string_view name : path) {
    found = found->find(name);
    if (!found) {
      break;
    }
  }
  return found;
}

std::string ArchiveValue::spelling() const {
  switch (kind()) {
    case ArchiveKind::none:
      return "None";
    case ArchiveKind::boolean:
      return *boolean() ? "True" : "False";
    case ArchiveKind::integer:
      return format("{}", *integer());
    case ArchiveKind::real:
      return format("{}", *real());
    case ArchiveKind::string:
      return std::string(*text());
    case ArchiveKind::opaque:
      return global().full_name();
    default:
      return format("({})", archive_kind_name(kind()));
  }
}

const ArchiveTensor& ArchiveValue::tensor() const { return tree_->tensors_[tree_->tensor_index(id_)]; }
const ArchiveGlobal& ArchiveValue::global() const { return tree_->globals_[tree_->opaque_global(id_)]; }

}  // namespace darkroom
