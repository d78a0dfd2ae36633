// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/prompt_count.h"

#include <QByteArray>

#include "core/text/clip_tokenizer.h"

namespace darkroom::app {

PromptCount countPrompt(const QString& text) {
  const QByteArray bytes = text.toUtf8();
  const PromptFit fit = ClipTokenizer::builtin().fit(std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
  PromptCount count;
  count.tokens = fit.tokens;
  if (fit.fits_bytes < static_cast<size_t>(bytes.size())) {
    count.cutAt = static_cast<int>(QString::fromUtf8(bytes.left(static_cast<qsizetype>(fit.fits_bytes))).size());
  }
  return count;
}

}  // namespace darkroom::app
