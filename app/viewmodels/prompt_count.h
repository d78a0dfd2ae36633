// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace darkroom::app {

/// How much room a prompt takes in the text encoder's windows.
struct PromptCount {
  int tokens = 0;   ///< without starts and ends; of the longest of its texts where the prompt changes from step to step
  int room = 75;    ///< a multiple of 75: what the chunks that it takes have room for
  int markAt = -1;  ///< character where the second chunk begins; -1 when one is enough
};

/// By CLIP's vocabulary, which the first call reads from a file, and the weighted syntax.
/// throws  Error{not_found | io | bad_input} when it cannot be read
PromptCount countPrompt(const QString& text);

}  // namespace darkroom::app
