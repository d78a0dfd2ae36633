// SPDX-License-Identifier: GPL-3.0-or-later
// What darkroom-engine does, acted: the words of a prompt are the script.
//   "slow"     a step takes 40 ms instead of 2
//   "refuse"   the request fails with a sentence
//   "die"      the process ends by itself after the third step, with a last word on stderr
//   "hang"     nothing more is answered
#pragma once

#include <string>
#include <vector>

namespace darkroom::fake {

/// `serve --stdio`. Returns the exit code.
int serve();

/// `train --plan FILE --run DIR`: a run directory that grows by a row each 5 ms, saves and samples, and answers every request.
int train(const std::vector<std::string>& arguments);

/// `run batch DIR --step N [--pictures OUT] --json`: three samples; the step 13 cannot be told.
int show_batch(const std::vector<std::string>& arguments);

/// `data build TARS… --model M --out DIR --json`: progress, then a dataset.json.
int build_data(const std::vector<std::string>& arguments);

/// The value behind an option; empty when it is not there.
std::string option(const std::vector<std::string>& arguments, const std::string& name);

}  // namespace darkroom::fake
