// SPDX-License-Identifier: Apache-2.0
// What the UNet is told at each step. Shapes: L tokens, D width of the text states.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/plan/parameter_spec.h"
#include "core/sample/prompt_encoder.h"
#include "core/text/prompt_schedule.h"

namespace darkroom {

struct ConditioningRequest {
  std::string prompt;
  std::string negative;
  double cfg_scale = default_real("generate.cfg_scale");  ///< at 1, one text of weight 1 in each step needs no negative prompt: see below
  PromptSyntax syntax = PromptSyntax::weighted;
  Emphasis emphasis = Emphasis::original;  ///< no part in plain syntax
  int clip_skip = 1;
  SchedulePass pass;
  ChunkOptions chunks;
};

/// A text beside its share in the guidance.
struct WeightedStates {
  double weight = 1.0;
  EncodedText text;
};

/// eps = u + sum of weight_i * cfg_scale * (c_i - u): u from `negative`, c_i from `positive`. All have the same number of tokens.
struct StepConditioning {
  std::vector<WeightedStates> positive;  ///< one for each part between ANDs, at least one
  EncodedText negative;                  ///< without states where there is no negative prompt
};

/// What became of one of the two prompts.
struct PromptReport {
  ChunkedPrompt longest;              ///< of its texts: tokens, room, what was moved and what was cut
  std::set<int> embeddings;           ///< that one of its texts names, by their places in PromptEncoder::embeddings()
  std::string cut;                    ///< the text of longest.cut_source
  std::vector<ExtraNetworkTag> tags;  ///< taken out of the text
};

/// The conditioning of a whole pass.
class Conditioning {
 public:
  /// For the model call `step`, from 0; steps beyond the last are as the last.
  const StepConditioning& at(int64_t step) const { return distinct_[index_at(step)]; }

  /// Equal for steps that have the same conditioning: what was prepared for one of them serves the others.
  size_t index_at(int64_t step) const;
  size_t distinct() const { return distinct_.size(); }
  /// 77 for each chunk; the same for every text of the pass.
  int64_t tokens() const;

  const PromptReport& positive() const { return positive_; }
  const PromptReport& negative() const { return negative_; }

 private:
  friend Conditioning make_conditioning(PromptEncoder& encoder, const ConditioningRequest& request);
  std::vector<StepConditioning> distinct_;
  std::vector<size_t> at_step_;
  PromptReport positive_, negative_;
};

/// Encodes both prompts, each text once, and pads all to the same number of chunks with the empty prompt. Where guidance leaves the
/// negative prompt no share (u + 1 (c - u) = c), it is not encoded, does not count for the length, and its report is empty. throws  what
/// PromptEncoder::encode throws; Error{bad_input} for an AND part whose weight is not finite; std::invalid_argument for a pass
///         without steps
Conditioning make_conditioning(PromptEncoder& encoder, const ConditioningRequest& request);

}  // namespace darkroom
