// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace darkroom::app {

/// How much of a prompt the model sees.
struct PromptCount {
  static constexpr int kLimit = 75;  ///< tokens in one chunk, without start and end

  int tokens = 0;  ///< without start and end
  int cutAt = -1;  ///< character where the part begins that does not fit; -1 when all fits
};

/// By CLIP's vocabulary, which the first call reads from a file.
/// throws  Error{not_found | io | bad_input} when it cannot be read
PromptCount countPrompt(const QString& text);

}  // namespace darkroom::app
