// SPDX-License-Identifier: Apache-2.0
// Arguments of the rebuild functions: torch/_utils.py and torch/_tensor.py; persistent ids: torch/serialization.py.
#include <algorithm>

#include "core/base/format.h"
#include "core/checkpoint/pickle_objects.h"
#include "core/checkpoint/tensor_limits.h"
#include "core/checkpoint/torch_archive_walk.h"

namespace darkroom {
namespace {

constexpr size_t max_key_digits = 20;

// Elements from `offset` on that a view touches; throws when it does not lie within `available`.
void check_view(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides, int64_t offset, int64_t available,
                size_t item_bytes) {
  int64_t numel = 1;
  int64_t last = 0;
  bool overflows = false;
  for (size_t i = 0; i < shape.size(); ++i) {
    overflows = overflows || __builtin_mul_overflow(numel, std::max<int64_t>(shape[i], 1), &numel);
    int64_t reach = 0;
    overflows = overflows || __builtin_mul_overflow(std::max<int64_t>(shape[i], 1) - 1, strides[i], &reach);
    overflows = overflows || __builtin_add_overflow(last, reach, &last);
  }
  int64_t bytes = 0;
  overflows = overflows || __builtin_mul_overflow(numel, static_cast<int64_t>(item_bytes), &bytes);
  overflows = overflows || __builtin_add_overflow(last, offset, &last);
  if (overflows) {
    refuse_pickle("a tensor of shape [{}], strides [{}], offset {} is larger than any memory", fmt::join(shape, ","),
                  fmt::join(strides, ","), offset);
  }
  const bool is_empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (is_empty ? offset > available : last >= available) {
    refuse_pickle("a tensor of shape [{}], strides [{}], offset {} does not lie in its storage of {} elements", fmt::join(shape, ","),
                  fmt::join(strides, ","), offset, available);
  }
}

}  // namespace

using Id = PickleObjects::Id;

std::vector<int64_t> PickleObjects::extents(Id id, std::string_view what) const {
  const ArchiveValue list = value(id);
  if ((list.kind() != ArchiveKind::tuple && list.kind() != ArchiveKind::list) || list.size() > max_rank) {
    refuse_pickle("{} is {} of {}; expected a tuple of at most {} integers", what, archive_kind_name(list.kind()), list.size(), max_rank);
  }
  std::vector<int64_t> values;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::optional<int64_t> number = list[i].integer();
    if (!number || *number < 0) {
      refuse_pickle("{} holds {}; expected integers from 0 on", what,
                    number ? format("{}", *number) : std::string(archive_kind_name(list[i].kind())));
    }
    values.push_back(*number);
  }
  return values;
}

Id PickleObjects::make_tensor(PickleMeaning meaning, std::span<const Id> arguments) {
  const Id source = arguments[0];
  if (value(source).kind() != ArchiveKind::opaque || role_of(source) != OpaqueRole::storage) {
    refuse_pickle("a tensor is made of {} instead of a storage", archive_kind_name(value(source).kind()));
  }
  const auto number = static_cast<uint32_t>(tree_.opaque_detail(source));
  const PickleStorage& storage = content_.storages[number];
  ArchiveTensor tensor{storage.dtype, extents(arguments[2], "a tensor's shape"), extents(arguments[3], "a tensor's strides"), number, 0};
  const std::optional<int64_t> offset = value(arguments[1]).integer();
  if (!offset || *offset < 0) {
    refuse_pickle("a tensor's offset must be an integer from 0 on");
  }
  tensor.offset = *offset;
  if (tensor.shape.size() != tensor.strides.size()) {
    refuse_pickle("a tensor has {} extents and {} strides", tensor.shape.size(), tensor.strides.size());
  }
  if (meaning == PickleMeaning::rebuild_tensor_v3) {
    const PickleGlobal* dtype = named(arguments[6]);
    if (dtype == nullptr || dtype->meaning != PickleMeaning::dtype) {
      refuse_pickle("a tensor's dtype is {} that is not known", archive_kind_name(value(arguments[6]).kind()));
    }
    tensor.dtype = dtype->dtype;
  } else if (storage.is_untyped) {
    refuse_pickle("a tensor without a dtype is made of an untyped storage");
  }
  // numel * itemsize fits: persistent() has seen to it.
  const size_t item_bytes = c10::elementSize(tensor.dtype);
  const int64_t storage_bytes = storage.numel * static_cast<int64_t>(c10::elementSize(storage.dtype));
  check_view(tensor.shape, tensor.strides, tensor.offset, storage_bytes / static_cast<int64_t>(item_bytes), item_bytes);
  if (tree_.tensors().size() == max_tensors) {
    refuse_pickle("more than {} tensors", max_tensors);
  }
  return tree_.tensor(std::move(tensor));
}

Id PickleObjects::make_parameter(std::span<const Id> arguments, uint32_t global) {
  const ArchiveKind kind = value(arguments[0]).kind();
  if (kind == ArchiveKind::opaque) {
    return instance(global);
  }
  if (kind != ArchiveKind::tensor) {
    refuse_pickle("a Parameter is made of {} instead of a tensor", archive_kind_name(kind));
  }
  return arguments[0];
}

Id PickleObjects::make_from_type(std::span<const Id> arguments, uint32_t global) {
  const PickleGlobal* function = named(arguments[0]);
  if (function == nullptr || function->meaning == PickleMeaning::rebuild_from_type) {
    refuse_pickle("a tensor of another class is made by {}", archive_kind_name(value(arguments[0]).kind()));
  }
  if (function->meaning == PickleMeaning::code || function->meaning == PickleMeaning::inert) {
    return instance(global);
  }
  const Id made = call(arguments[0], arguments[2]);
  if (value(made).kind() != ArchiveKind::tensor && value(made).kind() != ArchiveKind::opaque) {
    refuse_pickle("a tensor of another class is made of {}", archive_kind_name(value(made).kind()));
  }
  return made;
}

Id PickleObjects::storage_node(const std::string& key, PickleStorage storage, uint32_t global) {
  const auto [entry, is_new] = storage_numbers_.emplace(key, static_cast<uint32_t>(content_.storages.size()));
  if (!is_new) {
    if (content_.storages[entry->second] != storage) {
      refuse_pickle("storage {} is announced twice, with different types or counts", storage.key);
    }
    return storage_nodes_[entry->second];
  }
  if (content_.storages.size() == max_tensors) {
    refuse_pickle("more than {} storages", max_tensors);
  }
  content_.storages.push_back(std::move(storage));
  storage_nodes_.push_back(tree_.opaque(global, static_cast<uint8_t>(OpaqueRole::storage), entry->second));
  return storage_nodes_.back();
}

Id PickleObjects::persistent(Id id) {
  if (ids_ == PersistentIds::none) {
    refuse_pickle("refers to a storage where none can be");
  }
  const std::span<const Id> fields = tree_.children(id);
  const std::optional<std::string_view> kind = fields.empty() ? std::nullopt : value(fields[0]).text();
  if (value(id).kind() != ArchiveKind::tuple || !kind) {
    refuse_pickle("a persistent id is {}; expected a tuple that starts with \"storage\"", archive_kind_name(value(id).kind()));
  }
  if (*kind == "module" && ids_ == PersistentIds::legacy && fields.size() == 4 && value(fields[1]).kind() == ArchiveKind::opaque) {
    return fields[1];  // a class with its source text
  }
  const size_t expected = ids_ == PersistentIds::zip ? 5 : 6;
  if (*kind != "storage" || fields.size() != expected) {
    refuse_pickle("a persistent id starts with \"{}\" and has {} fields; expected \"storage\" and {}", printable(*kind), fields.size(),
                  expected);
  }
  const PickleGlobal* type = named(fields[1]);
  const std::optional<std::string_view> key = value(fields[2]).text();
  const std::optional<int64_t> numel = value(fields[4]).integer();
  if (type == nullptr || type->meaning != PickleMeaning::storage) {
    refuse_pickle("a storage's type is {}; expected one such as torch.FloatStorage", printable(value(fields[1]).spelling()));
  }
  if (!key || key->empty() || key->size() > max_key_digits || key->find_first_not_of("0123456789") != std::string_view::npos) {
    refuse_pickle("a storage's key is \"{}\"; expected digits", key ? printable(*key) : archive_kind_name(value(fields[2]).kind()));
  }
  int64_t bytes = 0;
  if (!numel || *numel < 0 || __builtin_mul_overflow(*numel, static_cast<int64_t>(c10::elementSize(type->dtype)), &bytes)) {
    refuse_pickle("storage {} has no possible count", *key);
  }
  const uint32_t global = tree_.opaque_global(fields[1]);
  const std::string name(*key);
  const auto known = storage_numbers_.find(name);
  const auto number = known == storage_numbers_.end() ? static_cast<uint32_t>(content_.storages.size()) : known->second;
  const Id root = storage_node(name, {name, type->dtype, type->is_untyped, *numel, number, 0}, global);
  if (ids_ == PersistentIds::zip || value(fields[5]).kind() == ArchiveKind::none) {
    return root;
  }
  const ArchiveValue view = value(fields[5]);
  const bool is_view = view.kind() == ArchiveKind::tuple && view.size() == 3;
  const std::string_view view_key = is_view ? view[0].text().value_or("") : "";
  const int64_t begin = is_view ? view[1].integer().value_or(-1) : -1;
  const int64_t length = is_view ? view[2].integer().value_or(-1) : -1;
  if (view_key.empty() || view_key.size() > max_key_digits || begin < 0 || length < 0 || begin > *numel || length > *numel - begin) {
    refuse_pickle("the part of storage {} that is asked for does not lie in it", *key);
  }
  return storage_node(format("view {}", view_key), {name, type->dtype, type->is_untyped, length, number, begin}, global);
}

}  // namespace darkroom
