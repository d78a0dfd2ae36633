// SPDX-License-Identifier: Apache-2.0
// Ids are copied out of the tree before anything is added to it: its tables move when they grow.
#include "core/checkpoint/pickle_objects.h"

#include "core/base/format.h"
#include "core/checkpoint/torch_archive_walk.h"

namespace darkroom {
namespace {

using Id = ArchiveTree::Id;

constexpr size_t max_elements = 1'000'000;
constexpr size_t max_name_bytes = 256;

}  // namespace

Id PickleObjects::name(std::string_view module, std::string_view name, size_t byte) {
  if (module.empty() || name.empty() || module.size() > max_name_bytes || name.size() > max_name_bytes) {
    refuse_pickle("a name of {} and {} bytes; expected 1 to {} each", module.size(), name.size(), max_name_bytes);
  }
  const uint32_t number = tree_.global(module, name);
  if (number == meanings_.size()) {
    meanings_.push_back(classify_global(module, name));
    name_nodes_.push_back(tree_.opaque(number, static_cast<uint8_t>(OpaqueRole::name)));
    instance_nodes_.push_back(0);
    const PickleMeaning meaning = meanings_.back().meaning;
    if (meaning == PickleMeaning::code || meaning == PickleMeaning::inert) {
      content_.opaque_globals.push_back(tree_.globals()[number]);
    }
    if (meaning == PickleMeaning::code) {
      content_.code.push_back({tree_.globals()[number], byte});
    }
  }
  return name_nodes_[number];
}

const PickleGlobal* PickleObjects::named(Id id) const {
  const bool is_name = value(id).kind() == ArchiveKind::opaque && role_of(id) == OpaqueRole::name;
  return is_name ? &meanings_[tree_.opaque_global(id)] : nullptr;
}

Id PickleObjects::instance(uint32_t global) {
  Id& known = instance_nodes_[global];
  if (known == 0) {
    known = tree_.opaque(global, static_cast<uint8_t>(OpaqueRole::instance)) + 1;
  }
  return known - 1;
}

std::span<const Id> PickleObjects::arguments_of(Id arguments, size_t least, size_t most, std::string_view caller) const {
  if (value(arguments).kind() != ArchiveKind::tuple) {
    refuse_pickle("{} is called with {} instead of a tuple", printable(caller), archive_kind_name(value(arguments).kind()));
  }
  const std::span<const Id> children = tree_.children(arguments);
  if (children.size() < least || children.size() > most) {
    refuse_pickle("{} is called with {} arguments; expected {}{}", printable(caller), children.size(), least,
                  least == most ? "" : format(" to {}", most));
  }
  return children;
}

bool PickleObjects::is_opaque_call(Id callable) const {
  const PickleGlobal* known = named(callable);
  return value(callable).kind() == ArchiveKind::opaque &&
         (known == nullptr || known->meaning == PickleMeaning::code || known->meaning == PickleMeaning::inert);
}

Id PickleObjects::call(Id callable, Id arguments) {
  if (value(callable).kind() != ArchiveKind::opaque) {
    refuse_pickle("{} is called", archive_kind_name(value(callable).kind()));
  }
  const uint32_t global = tree_.opaque_global(callable);
  const PickleGlobal* known = named(callable);
  const std::string caller = tree_.globals()[global].full_name();
  const auto take = [&](size_t least, size_t most) { return arguments_of(arguments, least, most, caller); };
  switch (known == nullptr ? PickleMeaning::inert : known->meaning) {
    case PickleMeaning::code:
    case PickleMeaning::inert:
      take(0, max_elements);
      return instance(global);
    case PickleMeaning::complex:
      take(1, 2);
      return instance(global);
    case PickleMeaning::ordered_dict:
      return make_dict(take(0, 1));
    case PickleMeaning::default_dict:
      take(0, 1);
      return tree_.dict();
    case PickleMeaning::set:
      return make_set(take(0, 1));
    case PickleMeaning::bytes_from_text:
      return make_bytes(take(2, 2));
    case PickleMeaning::byte_array:
      return make_bytes(take(0, 2));
    case PickleMeaning::size: {
      const Id elements = take(1, 1)[0];
      extents(elements, "torch.Size");
      return value(elements).kind() == ArchiveKind::tuple
                 ? elements
                 : tree_.tuple(std::vector<Id>(tree_.children(elements).begin(), tree_.children(elements).end()));
    }
    case PickleMeaning::device:
      return make_device(take(1, 2));
    case PickleMeaning::rebuild_tensor:
      return make_tensor(known->meaning, take(4, 4));
    case PickleMeaning::rebuild_tensor_v2:
      return make_tensor(known->meaning, take(6, 7));
    case PickleMeaning::rebuild_tensor_v3:
      return make_tensor(known->meaning, take(7, 8));
    case PickleMeaning::rebuild_parameter:
      return make_parameter(take(3, 4), global);
    case PickleMeaning::parameter:
      return make_parameter(take(1, 2), global);
    case PickleMeaning::rebuild_from_type:
      return make_from_type(take(4, 4), global);
    case PickleMeaning::numpy_dtype:
      return make_numpy_dtype(take(1, 3), global);
    case PickleMeaning::numpy_scalar:
      return make_numpy_scalar(take(2, 2), global);
    case PickleMeaning::dtype:
    case PickleMeaning::storage:
    case PickleMeaning::tensor_class:
      break;
  }
  refuse_pickle("{} is called", printable(caller));
}

void PickleObjects::append(Id list, std::span<const Id> values, ArchiveKind kind) {
  const ArchiveKind found = value(list).kind();
  if (found == ArchiveKind::opaque) {
    return;
  }
  if (found != kind) {
    refuse_pickle("something is added to {} as if it were {}", archive_kind_name(found), archive_kind_name(kind));
  }
  if (value(list).size() + values.size() > max_elements) {
    refuse_pickle("{} grows beyond {} elements", archive_kind_name(kind), max_elements);
  }
  for (const Id entry : values) {
    tree_.append(list, entry);
  }
}

void PickleObjects::set_items(Id dict, std::span<const Id> entries) {
  const ArchiveKind found = value(dict).kind();
  if (found == ArchiveKind::opaque) {
    return;
  }
  if (found != ArchiveKind::dict) {
    refuse_pickle("an entry is set in {} as if it were a dict", archive_kind_name(found));
  }
  if (entries.size() % 2 != 0) {
    refuse_pickle("a key without a value is set in a dict");
  }
  if (value(dict).size() + entries.size() / 2 > max_elements) {
    refuse_pickle("a dict grows beyond {} entries", max_elements);
  }
  for (size_t i = 0; i < entries.size(); i += 2) {
    tree_.set_item(dict, entries[i], entries[i + 1]);
  }
}

Id PickleObjects::make_dict(std::span<const Id> arguments) {
  const Id dict = tree_.dict();
  if (arguments.empty()) {
    return dict;
  }
  const ArchiveValue pairs = value(arguments[0]);
  std::vector<Id> entries;
  if (pairs.kind() == ArchiveKind::dict) {
    const std::span<const Id> children = tree_.children(pairs.id());
    entries.assign(children.begin(), children.end());
  } else {
    if (pairs.kind() != ArchiveKind::list && pairs.kind() != ArchiveKind::tuple) {
      refuse_pickle("a dict is made of {}", archive_kind_name(pairs.kind()));
    }
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].size() != 2 || pairs[i].kind() == ArchiveKind::dict) {
        refuse_pickle("a dict is made of something else than pairs");
      }
      entries.push_back(pairs[i][0].id());
      entries.push_back(pairs[i][1].id());
    }
  }
  set_items(dict, entries);
  return dict;
}

Id PickleObjects::make_set(std::span<const Id> arguments) {
  const Id set = tree_.set();
  if (!arguments.empty()) {
    const ArchiveKind kind = value(arguments[0]).kind();
    if (kind != ArchiveKind::list && kind != ArchiveKind::tuple) {
      refuse_pickle("a set is made of {}", archive_kind_name(kind));
    }
    const std::span<const Id> children = tree_.children(arguments[0]);
    append(set, std::vector<Id>(children.begin(), children.end()), ArchiveKind::set);
  }
  return set;
}

}  // namespace darkroom
