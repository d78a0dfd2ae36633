// SPDX-License-Identifier: Apache-2.0
// Source: the grammar and the documented examples of AUTOMATIC1111/stable-diffusion-webui 1.10, prompt_parser.
// The reference parses with an ambiguous grammar: a bracket is a group where everything in it is one, else a character. Balanced groups
// nest or lie apart, so one pass with a stack finds them all, in linear time and without recursion however deep they are. Where a group
// stands directly before an unbalanced bracket or colon, the reference takes it for text at times; which times depends on lark's version
// and, with the one that it pins, on Python's hash seed. Here a group is always a group.
#include "core/text/prompt_schedule.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/base/format.h"
#include "core/text/characters.h"
#include "core/text/decimal_number.h"

namespace darkroom {
namespace {

constexpr std::string_view kAnd = "AND";

/// A schedule or an alternation.
struct Group {
  size_t parts;
  bool alternates;
  int when;  ///< of a schedule
};

/// A character of a group's own.
struct Mark {
  enum Kind : uint8_t { open, separator, close };
  size_t at;
  Kind kind;
  uint32_t group;
};

/// Everything in a text that depends on the step.
struct Groups {
  std::vector<Group> groups;
  std::vector<Mark> marks;  ///< ascending
};

/// A step that a schedule changes after; pass.steps for any that is later, a negative number for any before the first.
int change_step(std::string_view when, double value, const SchedulePass& pass) {
  const bool fraction = when.find('.') != std::string_view::npos;
  if (fraction) {
    value = (value - (pass.first_pass_steps ? 1.0 : 0.0)) * pass.steps;
  } else {
    value -= pass.first_pass_steps.value_or(0);
  }
  return value >= pass.steps ? pass.steps : static_cast<int>(std::max(value, -1.0));
}

/// The number that a text consists of, with white space around it.
std::optional<int> read_when(std::string_view text, const SchedulePass& pass) {
  text.remove_prefix(skip_spaces(text, 0));
  while (const size_t bytes = space_before(text, text.size())) {
    text.remove_suffix(bytes);
  }
  const std::optional<double> value = read_decimal(text);
  return value ? std::make_optional(change_step(text, *value, pass)) : std::nullopt;
}

/// Finds the groups; nothing where the reference's grammar has no reading of the text at all.
class GroupFinder {
 public:
  GroupFinder(std::string_view text, const SchedulePass& pass) : text_(text), pass_(pass) {}

  std::optional<Groups> find() {
    for (size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\\') {
        if (++i == text_.size() || text_[i] == '\n') {
          return std::nullopt;
        }
      } else if (c == '(' || c == '[') {
        frames_.push_back({i, separators_.size(), false});
      } else if (c == '|' || c == ':') {
        separators_.push_back(i);
      } else if (c == ')' || c == ']') {
        close(i);
      }
    }
    const auto is_bar = [this](size_t at) { return text_[at] == '|'; };
    if (stray_bar_ || std::any_of(separators_.begin(), separators_.end(), is_bar)) {
      return std::nullopt;
    }
    std::sort(found_.marks.begin(), found_.marks.end(), [](const Mark& a, const Mark& b) { return a.at < b.at; });
    return std::move(found_);
  }

 private:
  struct Frame {
    size_t open;
    size_t first_separator;
    bool broken;  ///< holds a bracket that is no part of a group, so is none itself
  };

  void close(size_t at) {
    if (frames_.empty()) {
      return;
    }
    const char opening = text_[at] == ')' ? '(' : '[';
    if (text_[frames_.back().open] != opening) {
      frames_.back().broken = true;
      return;
    }
    const Frame frame = frames_.back();
    frames_.pop_back();
    const auto first = separators_.begin() + static_cast<std::ptrdiff_t>(frame.first_separator);
    const auto count = static_cast<size_t>(separators_.end() - first);
    const auto bars = static_cast<size_t>(std::count_if(first, separators_.end(), [this](size_t i) { return text_[i] == '|'; }));
    const size_t colons = count - bars;
    const bool square = opening == '[';
    bool whole = !frame.broken && bars == 0 && colons <= (square ? 0 : 1);  // brackets of parse_weights
    if (!frame.broken && square && bars > 0 && colons == 0) {
      add(frame, at, {bars + 1, true, 0});
      whole = true;
    } else if (!frame.broken && square && bars == 0 && (colons == 1 || colons == 2)) {
      const size_t last = separators_.back() + 1;
      if (const std::optional<int> when = read_when(text_.substr(last, at - last), pass_)) {
        add(frame, at, {colons + 1, false, *when});
        whole = true;
      }
    }
    stray_bar_ = stray_bar_ || (!whole && bars > 0);
    separators_.resize(frame.first_separator);
    if (!whole && !frames_.empty()) {
      frames_.back().broken = true;
    }
  }

  void add(const Frame& frame, size_t closing, const Group& group) {
    const auto index = static_cast<uint32_t>(found_.groups.size());
    found_.groups.push_back(group);
    found_.marks.push_back({frame.open, Mark::open, index});
    for (size_t i = frame.first_separator; i < separators_.size(); ++i) {
      found_.marks.push_back({separators_[i], Mark::separator, index});
    }
    found_.marks.push_back({closing, Mark::close, index});
  }

  std::string_view text_;
  const SchedulePass& pass_;
  std::vector<Frame> frames_;
  std::vector<size_t> separators_;  ///< of the open frames
  Groups found_;
  bool stray_bar_ = false;
};

/// The part of a group that a step shows; none for [to:when] before its step.
std::optional<size_t> part_at(const Group& group, int step) {
  if (group.alternates) {
    return static_cast<size_t>(step - 1) % group.parts;
  }
  const bool changed = step > group.when;
  if (group.parts == 3) {
    return changed ? 1 : 0;
  }
  return changed ? std::optional<size_t>(0) : std::nullopt;
}

SourcedText text_at(const SourcedText& source, const Groups& groups, int step) {
  struct Open {
    std::optional<size_t> shown;
    size_t part;
    bool outer_visible;
  };
  SourcedText result;
  std::vector<Open> open;
  bool visible = true;
  size_t kept = 0;
  for (const Mark& mark : groups.marks) {
    if (visible) {
      result.append(source, kept, mark.at);
    }
    kept = mark.at + 1;
    if (mark.kind == Mark::open) {
      open.push_back({part_at(groups.groups[mark.group], step), 0, visible});
    } else if (mark.kind == Mark::separator) {
      ++open.back().part;
    } else {
      visible = open.back().outer_visible;
      open.pop_back();
      continue;
    }
    visible = open.back().outer_visible && open.back().shown == open.back().part;
  }
  result.append(source, kept, source.size());
  return result;
}

std::vector<ScheduledText> schedule_text(const SourcedText& text, const SchedulePass& pass) {
  const std::optional<Groups> groups = GroupFinder(text.text(), pass).find();
  if (!groups) {
    return {{pass.steps, text}};
  }
  std::set<int> steps{pass.steps};
  for (const Group& group : groups->groups) {
    if (!group.alternates && group.when >= 1) {
      steps.insert(group.when);
    }
    for (int step = 1; group.alternates && static_cast<int>(steps.size()) < pass.steps && step < pass.steps; ++step) {
      steps.insert(step);
    }
  }
  std::vector<ScheduledText> schedule;
  schedule.reserve(steps.size());
  for (const int step : steps) {
    schedule.push_back({step, text_at(text, *groups, step)});
  }
  return schedule;
}

/// Takes white space, and ":w" before it, from the end of a part.
PromptPart read_part(const SourcedText& whole, size_t begin, size_t end, const SchedulePass& pass) {
  const std::string_view text = std::string_view(whole.text()).substr(begin, end - begin);
  const auto trimmed = [text](size_t stop) {
    while (const size_t bytes = space_before(text.substr(0, stop), stop)) {
      stop -= bytes;
    }
    return stop;
  };
  PromptPart part;
  size_t stop = trimmed(text.size());
  size_t digits = stop;
  while (digits > 0 && (text[digits - 1] == '.' || (text[digits - 1] >= '0' && text[digits - 1] <= '9'))) {
    --digits;
  }
  const size_t sign = digits > 0 && (text[digits - 1] == '-' || text[digits - 1] == '+') ? digits - 1 : digits;
  const size_t colon = trimmed(sign);
  if (digits < stop && colon > 0 && text[colon - 1] == ':') {
    if (const std::optional<double> weight = read_decimal(text.substr(sign, stop - sign))) {
      part.weight = *weight;
      stop = trimmed(colon - 1);
    }
  }
  part.schedule = schedule_text(whole.slice(begin, begin + stop), pass);
  return part;
}

}  // namespace

size_t PromptPart::at(int step) const {
  const auto found = std::lower_bound(schedule.begin(), schedule.end(), step,
                                      [](const ScheduledText& item, int value) { return item.until_step < value; });
  return found == schedule.end() ? schedule.size() - 1 : static_cast<size_t>(found - schedule.begin());
}

PromptSchedule schedule_prompt(std::string_view prompt, PromptSyntax syntax, PromptSide side, const SchedulePass& pass) {
  if (pass.steps < 1) {
    throw std::invalid_argument(format("[schedule_prompt] steps must be 1 or more, got {}", pass.steps));
  }
  PromptSchedule result;
  if (syntax == PromptSyntax::plain) {
    result.parts.push_back({1.0, {{pass.steps, SourcedText(prompt)}}});
    return result;
  }
  TaglessPrompt tagless = take_extra_networks(prompt);
  result.tags = std::move(tagless.tags);
  const std::string_view text = tagless.text.text();
  if (side == PromptSide::negative) {
    result.parts.push_back({1.0, schedule_text(tagless.text, pass)});
    return result;
  }
  size_t begin = 0;
  for (size_t at = text.find(kAnd); at != std::string_view::npos; at = text.find(kAnd, at)) {
    const size_t behind = at + kAnd.size();
    if (!word_character_before(text, at) && !word_character_at(text, behind)) {
      result.parts.push_back(read_part(tagless.text, begin, at, pass));
      begin = behind;
    }
    at = behind;
  }
  result.parts.push_back(read_part(tagless.text, begin, text.size(), pass));
  return result;
}

}  // namespace darkroom
