// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/text/prompt_syntax.h"

namespace darkroom {

/// The text that is used up to and with a step.
struct ScheduledText {
  int until_step = 0;
  SourcedText text;  ///< weights not resolved yet: parse_weights
};

/// What stands between two ANDs.
struct PromptPart {
  double weight = 1.0;                  ///< of "… :w" at its end
  std::vector<ScheduledText> schedule;  ///< ascending, at least one; the last one's step is the number of steps

  /// Index of the text for the model call `step`, counted from 0: the first whose until_step is not smaller. (The reference compares its
  /// count from 0 with steps from 1, so with [a:b:3] the text a serves four calls: 0, 1, 2, 3.)
  size_t at(int step) const;
};

struct PromptSchedule {
  std::vector<PromptPart> parts;      ///< at least one
  std::vector<ExtraNetworkTag> tags;  ///< taken out of the text before anything else
};

/// Which half of guidance a prompt is for.
enum class PromptSide {
  positive,  ///< AND splits it; "… :w" at the end of a part is its weight, without an AND too
  negative,  ///< AND is a word
};

/// The steps that `when` of a schedule counts.
struct SchedulePass {
  int steps = 1;  ///< calls of the model in this pass (twice the steps with a sampler of two calls a step)
  std::optional<int>
      first_pass_steps;  ///< set in a hires second pass: absolute steps count on from the first, fractions run from 1.0 to 2.0
};

/// Resolves [from:to:when], [to:when], [from::when], [a|b|c] and AND.
///
/// `when` with a point is a fraction of the steps, otherwise a step; the text changes after it. Schedules and alternations nest; an
/// alternation takes its next text at each step, and empty ones count. A bracket that is none of these stays for parse_weights, as does
/// one that does not close. As in the reference a "|" outside an alternation, or a backslash before nothing, makes the whole part plain of
/// schedules. Linear in the prompt for each change.
/// throws  std::invalid_argument: steps < 1
/// source  get_learned_conditioning_prompt_schedules and get_multicond_prompt_list of AUTOMATIC1111/stable-diffusion-webui 1.10
PromptSchedule schedule_prompt(std::string_view prompt, PromptSyntax syntax, PromptSide side, const SchedulePass& pass);

}  // namespace darkroom
