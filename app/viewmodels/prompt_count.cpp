// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/prompt_count.h"

#include <QByteArray>

#include "core/text/clip_tokenizer.h"
#include "core/text/prompt_chunks.h"

namespace darkroom::app {
namespace {

constexpr int kSteps = 30;  ///< of a schedule; the counter shows its longest text, whatever the step

}  // namespace

PromptCount countPrompt(const QString& text) {
  const QByteArray bytes = text.toUtf8();
  const ChunkedPrompt chunked = count_prompt({bytes.constData(), static_cast<size_t>(bytes.size())}, PromptSyntax::weighted,
                                             PromptSide::positive, kSteps, ClipTokenizer::builtin());
  PromptCount count;
  count.tokens = chunked.tokens;
  count.room = chunked.room();
  if (chunked.chunks.size() > 1 && !chunked.chunks[1].source.empty()) {
    const auto begin = static_cast<qsizetype>(chunked.chunks[1].source.front().begin);
    count.markAt = static_cast<int>(QString::fromUtf8(bytes.left(begin)).size());
  }
  return count;
}

}  // namespace darkroom::app
