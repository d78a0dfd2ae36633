// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/torch_archive_walk.h"

#include <algorithm>
#include <unordered_set>

#include "core/base/format.h"

namespace darkroom {
namespace {

using Id = ArchiveTree::Id;

constexpr size_t max_printable_bytes = 120;

// Length of the valid UTF-8 character that text starts with; 0 when there is none.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) {
      return 0;
    }
  }
  const bool is_overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool is_surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool is_beyond = first == 0xF4 && byte(1) >= 0x90;
  return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

// Looks at each node after everything below it.
class Surveyor {
 public:
  explicit Surveyor(const ArchiveTree& tree) : tree_(tree) {
    survey_.heights.resize(tree.node_count());
    survey_.holds_tensor.resize(tree.node_count());
    survey_.references.resize(tree.node_count());
    is_open_.resize(tree.node_count());
  }

  ArchiveSurvey run() {
    enter(tree_.root().id());
    while (!open_.empty() && !survey_.problem) {
      Place& place = open_.back();
      if (place.next == place.children.size()) {
        leave();
        continue;
      }
      const Id child = place.children[place.next++];
      survey_.references[child] = std::min<uint8_t>(2, survey_.references[child] + 1);
      if (is_open_[child]) {
        survey_.problem = format("{} holds itself", archive_kind_name(tree_.value(child).kind()));
      } else if (survey_.heights[child] == 0) {
        enter(child);
      }
    }
    return std::move(survey_);
  }

 private:
  struct Place {
    Id id;
    std::span<const Id> children;
    size_t next = 0;
  };

  void enter(Id id) {
    if (open_.size() >= max_archive_depth) {
      survey_.problem = format("nested deeper than {} levels", max_archive_depth);
      return;
    }
    is_open_[id] = true;
    open_.push_back({id, tree_.children(id), 0});
  }

  void leave() {
    const Place place = open_.back();
    const ArchiveKind kind = tree_.value(place.id).kind();
    uint8_t height = 0;
    bool holds_tensor = kind == ArchiveKind::tensor;
    for (const Id child : place.children) {
      height = std::max(height, survey_.heights[child]);
      holds_tensor = holds_tensor || survey_.holds_tensor[child];
    }
    if (height >= max_archive_depth) {
      survey_.problem = format("nested deeper than {} levels", max_archive_depth);
      return;
    }
    survey_.heights[place.id] = height + 1;
    survey_.holds_tensor[place.id] = holds_tensor;
    if (kind == ArchiveKind::dict) {
      check_keys(place.children);
    }
    is_open_[place.id] = false;
    open_.pop_back();
  }

  void check_keys(std::span<const Id> entries) {
    std::unordered_set<std::string_view> texts;
    std::unordered_set<int64_t> numbers;
    for (size_t i = 0; i < entries.size(); i += 2) {
      const ArchiveValue key = tree_.value(entries[i]);
      const ArchiveKind kind = key.kind();
      if (kind == ArchiveKind::list || kind == ArchiveKind::dict || kind == ArchiveKind::set || kind == ArchiveKind::tensor) {
        survey_.problem = format("{} is the key of a dict", archive_kind_name(kind));
        return;
      }
      const bool is_new = kind == ArchiveKind::string    ? texts.insert(*key.text()).second
                          : kind == ArchiveKind::integer ? numbers.insert(*key.integer()).second
                                                         : true;
      if (!is_new) {
        survey_.problem = format("a dict has the key \"{}\" twice", printable(key.spelling()));
        return;
      }
    }
  }

  const ArchiveTree& tree_;
  ArchiveSurvey survey_;
  std::vector<Place> open_;  // from the root to the node at hand
  std::vector<bool> is_open_;
};

// Recursion is bounded: the survey has seen to it that nothing is deeper than max_archive_depth.
class Namer {
 public:
  Namer(const ArchiveTree& tree, const ArchiveSurvey& survey, const NamingLimits& limits) : tree_(tree), survey_(survey), limits_(limits) {}

  // false once there is a problem
  bool visit(Id id) {
    const ArchiveValue value = tree_.value(id);
    if (value.kind() == ArchiveKind::tensor) {
      return add(id);
    }
    const std::span<const Id> children = tree_.children(id);
    const bool is_dict = value.kind() == ArchiveKind::dict;
    for (size_t i = 0; i < value.size(); ++i) {
      if (++steps_ > limits_.steps) {
        return refuse(format("the ways to its tensors take more than {} steps", limits_.steps));
      }
      const Id child = children[is_dict ? 2 * i + 1 : i];
      if (!survey_.holds_tensor[child]) {
        continue;
      }
      const size_t length = path_.size();
      if (length != 0) {
        path_ += '.';
      }
      path_ += is_dict ? value.key(i).spelling() : format("{}", i);
      if (path_.size() > limits_.name_bytes) {
        return refuse(format("a tensor's name is longer than {} bytes: \"{}\"", limits_.name_bytes, printable(path_)));
      }
      if (!visit(child)) {
        return false;
      }
      path_.resize(length);
    }
    return true;
  }

  std::vector<NamedArchiveTensor> names;
  std::optional<std::string> problem;

 private:
  bool refuse(std::string reason) {
    problem = std::move(reason);
    return false;
  }

  bool add(Id id) {
    bytes_ += path_.size();
    if (names.size() == limits_.tensors) {
      return refuse(format("it holds more than {} tensors", limits_.tensors));
    }
    if (bytes_ > limits_.total_name_bytes) {
      return refuse(format("the names of its tensors take more than {} bytes", limits_.total_name_bytes));
    }
    names.push_back({path_, id});
    return true;
  }

  const ArchiveTree& tree_;
  const ArchiveSurvey& survey_;
  const NamingLimits limits_;
  std::string path_;
  size_t steps_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = character_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty() && result.size() < max_printable_bytes) {
    const size_t length = character_length(text);
    const unsigned char first = static_cast<unsigned char>(text[0]);
    // Below U+00A0 are the two blocks of control characters, and U+007F.
    const bool is_control = first < 0x20 || first == 0x7F || (first == 0xC2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xA0);
    if (length == 0 || is_control) {
      result += '?';
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return text.empty() ? result : result + "…";
}

ArchiveSurvey survey_archive(const ArchiveTree& tree) { return Surveyor(tree).run(); }

std::pair<std::vector<NamedArchiveTensor>, std::optional<std::string>> name_archive_tensors(const ArchiveTree& tree,
                                                                                            const ArchiveSurvey& survey,
                                                                                            const NamingLimits& limits) {
  Namer namer(tree, survey, limits);
  if (!survey.holds_tensor[tree.root().id()] || !namer.visit(tree.root().id())) {
    return {{}, namer.problem};
  }
  std::unordered_set<std::string_view> seen;
  for (const NamedArchiveTensor& entry : namer.names) {
    if (!seen.insert(entry.name).second) {
      return {{}, format("two tensors have the name \"{}\"", printable(entry.name))};
    }
  }
  return {std::move(namer.names), std::nullopt};
}

}  // namespace darkroom
