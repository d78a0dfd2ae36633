// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace darkroom::app {

/// A prompt after a change, and the words that were meant.
struct WeightedPrompt {
  QString text;
  int from;
  int to;
};

/// Adds `by` to the weight of [from, to): "fog" becomes "(fog:1.1)", "(fog:1.1)" becomes "(fog:1.2)", and a weight of 1 takes its brackets
/// off. An empty selection means the word at `from`. Weights stay between 0.1 and 2.
WeightedPrompt changeWeightOf(const QString& text, int from, int to, double by);

}  // namespace darkroom::app
