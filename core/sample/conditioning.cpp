// SPDX-License-Identifier: Apache-2.0
// The texts of one part are encoded together, because the reference's emphasis takes its means over all of them; each of them once, with
// the number of steps of the schedule that have it.
#include "core/sample/conditioning.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/format.h"

namespace darkroom {
namespace {

/// The distinct texts of a part, and which of them a model call uses.
struct PartTexts {
  double weight = 1.0;
  std::vector<PromptText> texts;
  std::vector<size_t> at_step;
};

struct PromptTexts {
  std::vector<PartTexts> parts;
  size_t chunks = 1;
  PromptReport report;
};

PartTexts lay_out(const PromptPart& part, const PromptEncoder& encoder, const ConditioningRequest& request) {
  PartTexts result;
  result.weight = part.weight;
  std::map<std::string_view, size_t> index_of;
  std::vector<size_t> of_entry;
  for (const ScheduledText& scheduled : part.schedule) {
    const auto [found, is_new] = index_of.emplace(scheduled.text.text(), result.texts.size());
    if (is_new) {
      result.texts.push_back(
          {chunk_prompt(parse_weights(scheduled.text, request.syntax), ClipTokenizer::builtin(), encoder.embeddings(), request.chunks), 0});
    }
    ++result.texts[found->second].times;
    of_entry.push_back(found->second);
  }
  for (int step = 0; step < request.pass.steps; ++step) {
    result.at_step.push_back(of_entry[part.at(step)]);
  }
  return result;
}

PromptTexts lay_out(const std::string& prompt, PromptSide side, const PromptEncoder& encoder, const ConditioningRequest& request) {
  PromptTexts result;
  PromptSchedule schedule = schedule_prompt(prompt, request.syntax, side, request.pass);
  const ChunkedPrompt* longest = nullptr;
  for (const PromptPart& part : schedule.parts) {
    if (!std::isfinite(part.weight)) {
      fail(ErrorCode::bad_input, "The weight of \"{}\" is {}; weights must be finite numbers.", part.schedule.front().text.text(),
           part.weight);
    }
    result.parts.push_back(lay_out(part, encoder, request));
  }
  for (const PartTexts& part : result.parts) {
    for (const PromptText& text : part.texts) {
      result.chunks = std::max(result.chunks, text.chunked.chunks.size());
      for (const PromptChunk& chunk : text.chunked.chunks) {
        for (const EmbeddingPlace& place : chunk.embeddings) {
          result.report.embeddings.insert(place.index);
        }
      }
      if (longest == nullptr || text.chunked.tokens + text.chunked.cut_tokens > longest->tokens + longest->cut_tokens) {
        longest = &text.chunked;
      }
    }
  }
  result.report.longest = *longest;
  result.report.cut = prompt.substr(longest->cut_source.begin, longest->cut_source.end - longest->cut_source.begin);
  result.report.tags = std::move(schedule.tags);
  return result;
}

// Whether the negative prompt has a share in some step.
bool is_guided(const PromptTexts& positive, double cfg_scale) {
  return cfg_scale != 1.0 || positive.parts.size() != 1 || positive.parts.front().weight != 1.0;
}

}  // namespace

size_t Conditioning::index_at(int64_t step) const {
  return at_step_[static_cast<size_t>(std::clamp<int64_t>(step, 0, static_cast<int64_t>(at_step_.size()) - 1))];
}

int64_t Conditioning::tokens() const { return distinct_.front().positive.front().text.states_1LD.size(1); }

Conditioning make_conditioning(PromptEncoder& encoder, const ConditioningRequest& request) {
  Conditioning result;
  PromptTexts positive = lay_out(request.prompt, PromptSide::positive, encoder, request);
  const bool guided = is_guided(positive, request.cfg_scale);
  std::vector<PartTexts> parts = std::move(positive.parts);
  size_t chunks = positive.chunks;
  result.positive_ = std::move(positive.report);
  if (guided) {
    PromptTexts negative = lay_out(request.negative, PromptSide::negative, encoder, request);
    parts.push_back(std::move(negative.parts.front()));
    chunks = std::max(chunks, negative.chunks);
    result.negative_ = std::move(negative.report);
  }
  std::vector<std::vector<EncodedText>> encoded;
  encoded.reserve(parts.size());
  for (const PartTexts& part : parts) {
    encoded.push_back(encoder.encode(part.texts, request.emphasis, request.clip_skip, chunks));
  }
  std::map<std::vector<size_t>, size_t> index_of;
  for (size_t step = 0; step < static_cast<size_t>(request.pass.steps); ++step) {
    std::vector<size_t> texts;
    texts.reserve(parts.size());
    for (const PartTexts& part : parts) {
      texts.push_back(part.at_step[step]);
    }
    const auto [found, is_new] = index_of.emplace(std::move(texts), result.distinct_.size());
    result.at_step_.push_back(found->second);
    if (!is_new) {
      continue;
    }
    StepConditioning& conditioning = result.distinct_.emplace_back();
    for (size_t i = 0; i < parts.size(); ++i) {
      const EncodedText& text = encoded[i][found->first[i]];
      if (guided && i + 1 == parts.size()) {
        conditioning.negative = text;
      } else {
        conditioning.positive.push_back({parts[i].weight, text});
      }
    }
  }
  return result;
}

}  // namespace darkroom
