// SPDX-License-Identifier: Apache-2.0
// The grammar of prompts: what is a weight, an end of a chunk, a model to be added. Which text counts at which step: prompt_schedule.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/text/sourced_text.h"

namespace darkroom {

/// How the characters of a prompt are read.
enum class PromptSyntax {
  weighted,  ///< A1111's: brackets, schedules, AND, BREAK and <lora:…> mean something
  plain,     ///< every character is text
};

/// "weighted", "plain".
std::string_view prompt_syntax_name(PromptSyntax syntax);
/// throws  Error{usage} naming the spellings that there are
PromptSyntax prompt_syntax_from_name(std::string_view name);

/// Text with one weight.
struct WeightedText {
  SourcedText text;
  double weight = 1.0;

  /// The word BREAK: here a chunk ends. (As in the reference, the word is recognised by its weight of -1, so a bracket around it that
  /// changes the weight makes it a word like others.)
  bool ends_chunk() const { return weight == -1.0 && text.text() == "BREAK"; }
};

/// Takes the brackets out of a text of which the schedule has been resolved.
///
/// (x) times 1.1 · [x] divided by 1.1 · (x:w) times w, w of digits and dots with an optional sign · nesting multiplies · a backslash
/// before one of ()[]\ makes it text, another backslash is dropped · brackets that are not closed end with the text, closing ones without
/// an opening are text · BREAK as a word of its own, with the white space around it, becomes an item. Never empty: nothing gives one empty
/// item. Neighbours of equal weight are one item. Weights are products in double precision in the reference's order, so equal bit for bit.
/// Unlike the reference, which fails there, "(x:1.2.3)" is text in a bracket.
/// source  parse_prompt_attention of AUTOMATIC1111/stable-diffusion-webui 1.10
std::vector<WeightedText> parse_weights(const SourcedText& source);
std::vector<WeightedText> parse_weights(std::string_view text);
/// With plain syntax: one item with weight 1.
std::vector<WeightedText> parse_weights(const SourcedText& text, PromptSyntax syntax);

/// <lora:name:weight> and its like.
struct ExtraNetworkTag {
  std::string kind;  ///< "lora", "lyco", "hypernet", …, as written
  std::string name;
  double text_weight = 1.0;  ///< for the text encoder: the second argument, or te=…
  double unet_weight = 1.0;  ///< the third argument, or unet=…; else as the text encoder's
  ByteRange source;          ///< from < to behind >
  std::string problem;       ///< empty, or what is wrong with an argument, as a sentence; its weight is then 1
};

/// A prompt without its tags, and those.
struct TaglessPrompt {
  SourcedText text;
  std::vector<ExtraNetworkTag> tags;  ///< in the order of the text; the same name may come twice
};

/// Takes every <word:arguments> out of a prompt (A1111's rule: the word of letters, digits and _, no > within).
TaglessPrompt take_extra_networks(std::string_view prompt);

}  // namespace darkroom
