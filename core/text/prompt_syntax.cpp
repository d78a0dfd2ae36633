// SPDX-License-Identifier: Apache-2.0
// Source: the rules and the documented examples of AUTOMATIC1111/stable-diffusion-webui 1.10, prompt_parser and extra_networks.
// Items are made for every mark, empty ones too, and joined at the end: which neighbours are joined depends on the empty ones between them.
#include "core/text/prompt_syntax.h"

#include <cmath>
#include <optional>

#include "core/base/format.h"
#include "core/text/characters.h"
#include "core/text/decimal_number.h"

namespace darkroom {
namespace {

constexpr double kStronger = 1.1;
constexpr double kWeaker = 1 / 1.1;
constexpr double kBreakWeight = -1.0;
constexpr std::string_view kBreak = "BREAK";

/// ":", white space, a weight, white space, ")" at the beginning of a text.
struct WeightMark {
  size_t end = 0;  ///< behind the bracket
  std::string_view digits;
};

std::optional<WeightMark> weight_mark(std::string_view text, size_t colon) {
  const size_t begin = skip_spaces(text, colon + 1);
  size_t end = begin;
  if (end < text.size() && (text[end] == '+' || text[end] == '-')) {
    ++end;
  }
  const size_t digits = end;
  while (end < text.size() && (text[end] == '.' || (text[end] >= '0' && text[end] <= '9'))) {
    ++end;
  }
  const size_t close = skip_spaces(text, end);
  if (end == digits || close >= text.size() || text[close] != ')') {
    return std::nullopt;
  }
  return WeightMark{close + 1, text.substr(begin, end - begin)};
}

/// The items of a text while it is read.
class Items {
 public:
  explicit Items(const SourcedText& source) : source_(source) {}

  void add(size_t begin, size_t end, double weight = 1.0) {
    texts_.push_back(source_.slice(begin, end));
    weights_.push_back(weight);
  }

  /// Text without marks, cut at every BREAK.
  void add_words(size_t begin, size_t end) {
    const std::string_view words = std::string_view(source_.text()).substr(begin, end - begin);
    size_t part = 0;
    for (size_t at = words.find(kBreak); at != std::string_view::npos; at = words.find(kBreak, at)) {
      const size_t behind = at + kBreak.size();
      if (word_character_before(words, at) || word_character_at(words, behind)) {
        at = behind;
        continue;
      }
      size_t left = at;
      while (const size_t bytes = left > part ? space_before(words, left) : 0) {
        left -= bytes;
      }
      add(begin + part, begin + left);
      add(begin + at, begin + behind, kBreakWeight);
      part = at = skip_spaces(words, behind);
    }
    add(begin + part, end);
  }

  void open(std::vector<size_t>& brackets) const { brackets.push_back(texts_.size()); }

  void close(std::vector<size_t>& brackets, double factor) {
    multiply_from(brackets.back(), factor);
    brackets.pop_back();
  }

  void multiply_from(size_t first, double factor) {
    for (size_t i = first; i < weights_.size(); ++i) {
      weights_[i] *= factor;
    }
  }

  std::vector<WeightedText> joined() {
    std::vector<WeightedText> result;
    for (size_t i = 0; i < texts_.size(); ++i) {
      if (!result.empty() && result.back().weight == weights_[i]) {
        result.back().text.append(texts_[i]);
      } else {
        result.push_back({std::move(texts_[i]), weights_[i]});
      }
    }
    if (result.empty()) {
      result.emplace_back();
    }
    return result;
  }

 private:
  const SourcedText& source_;
  std::vector<SourcedText> texts_;
  std::vector<double> weights_;  ///< apart, because every bracket multiplies all within it
};

size_t word_end(std::string_view text, size_t i) {
  while (word_character_at(text, i)) {
    decode_utf8(text, i);
  }
  return i;
}

/// Reads "name:0.8", "name:te=0.5:unet=0.7" into the tag.
void read_arguments(std::string_view arguments, ExtraNetworkTag& tag) {
  size_t positional = 0;
  std::optional<double> text, unet, named_text, named_unet;
  const auto weight = [&](std::string_view written) {
    std::string_view digits = written.substr(skip_spaces(written, 0));
    while (const size_t bytes = space_before(digits, digits.size())) {
      digits.remove_suffix(bytes);
    }
    const std::optional<double> value = read_decimal(digits);
    if (!value || !std::isfinite(*value)) {
      tag.problem = format("\"{}\" in <{}:{}> is not a number.", written, tag.kind, arguments);
    }
    return value && std::isfinite(*value) ? *value : 1.0;
  };
  for (size_t begin = 0; begin <= arguments.size();) {
    const size_t end = std::min(arguments.find(':', begin), arguments.size());
    const std::string_view argument = arguments.substr(begin, end - begin);
    const size_t equals = argument.find('=');
    if (equals != std::string_view::npos && argument.find('=', equals + 1) == std::string_view::npos) {
      const std::string_view key = argument.substr(0, equals);
      if (key == "te") {
        named_text = weight(argument.substr(equals + 1));
      } else if (key == "unet") {
        named_unet = weight(argument.substr(equals + 1));
      }
    } else if (positional++ == 0) {
      tag.name = argument;
    } else if (positional == 2) {
      text = weight(argument);
    } else if (positional == 3) {
      unet = weight(argument);
    }
    begin = end + 1;
  }
  tag.text_weight = named_text.value_or(text.value_or(1.0));
  tag.unet_weight = named_unet.value_or(unet.value_or(tag.text_weight));
  if (tag.name.empty()) {
    tag.problem = format("<{}:{}> has no name.", tag.kind, arguments);
  }
}

}  // namespace

std::string_view prompt_syntax_name(PromptSyntax syntax) { return syntax == PromptSyntax::plain ? "plain" : "weighted"; }

PromptSyntax prompt_syntax_from_name(std::string_view name) {
  for (const PromptSyntax syntax : {PromptSyntax::weighted, PromptSyntax::plain}) {
    if (name == prompt_syntax_name(syntax)) {
      return syntax;
    }
  }
  fail(ErrorCode::usage, "Prompt syntax must be weighted or plain, got \"{}\".", name);
}

std::vector<WeightedText> parse_weights(const SourcedText& source) {
  const std::string_view text = source.text();
  Items items(source);
  std::vector<size_t> round, square;  // the first item within each open bracket
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\\') {
      const bool literal = i + 1 < text.size() && std::string_view("()[]\\").find(text[i + 1]) != std::string_view::npos;
      items.add(i + 1, i + 1 + (literal ? 1 : 0));
      i += literal ? 2 : 1;
    } else if (c == '(' || c == '[') {
      items.open(c == '(' ? round : square);
      ++i;
    } else if (c == ':') {
      const std::optional<WeightMark> mark = weight_mark(text, i);
      const std::optional<double> weight = mark && !round.empty() ? read_decimal(mark->digits) : std::nullopt;
      if (weight) {
        items.close(round, *weight);
        i = mark->end;
      } else {
        items.add(i, i + 1);
        ++i;
      }
    } else if (c == ')' || c == ']') {
      std::vector<size_t>& brackets = c == ')' ? round : square;
      if (brackets.empty()) {
        items.add(i, i + 1);
      } else {
        items.close(brackets, c == ')' ? kStronger : kWeaker);
      }
      ++i;
    } else {
      const size_t end = std::min(text.find_first_of("\\()[]:", i), text.size());
      items.add_words(i, end);
      i = end;
    }
  }
  for (const size_t first : round) {
    items.multiply_from(first, kStronger);
  }
  for (const size_t first : square) {
    items.multiply_from(first, kWeaker);
  }
  return items.joined();
}

std::vector<WeightedText> parse_weights(std::string_view text) { return parse_weights(SourcedText(text)); }

std::vector<WeightedText> parse_weights(const SourcedText& text, PromptSyntax syntax) {
  return syntax == PromptSyntax::plain ? std::vector<WeightedText>{{text, 1.0}} : parse_weights(text);
}

TaglessPrompt take_extra_networks(std::string_view prompt) {
  const SourcedText whole(prompt);
  TaglessPrompt result;
  size_t kept = 0;
  for (size_t open = prompt.find('<'); open != std::string_view::npos; open = prompt.find('<', open)) {
    const size_t colon = word_end(prompt, open + 1);
    if (colon == open + 1 || colon >= prompt.size() || prompt[colon] != ':') {
      ++open;
      continue;
    }
    const size_t close = prompt.find('>', colon + 1);
    if (close == std::string_view::npos) {
      break;
    }
    if (close == colon + 1) {
      ++open;
      continue;
    }
    ExtraNetworkTag& tag = result.tags.emplace_back();
    tag.kind = prompt.substr(open + 1, colon - open - 1);
    tag.source = {open, close + 1};
    read_arguments(prompt.substr(colon + 1, close - colon - 1), tag);
    result.text.append(whole, kept, open);
    kept = open = close + 1;
  }
  result.text.append(whole, kept, prompt.size());
  return result;
}

}  // namespace darkroom
