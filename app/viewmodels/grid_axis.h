// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

#include "core/plan/generate_options.h"

namespace darkroom::app {

/// How the values of an axis of a grid are given.
enum class GridValues {
  numbers,  ///< "3, 7.5, 12", "10..50:10"
  choices,  ///< words of the parameter table, or models
  words     ///< the first is what is looked for in the prompt, each one in turn stands there
};

/// A setting that a grid can vary.
struct GridAxisKind {
  QString key;  ///< of the parameter table without "generate.", or "replace"
  QString label;
  GridValues values;
};

/// CFG, steps, sampler, seed, prompt part, model, and what else makes sense to lay side by side.
const QList<GridAxisKind>& gridAxisKinds();
const GridAxisKind& gridAxisKind(const QString& key);

/// Values from what was typed: commas between them; "…" holds commas, "" in it is a quote; of numbers FROM..TO and FROM..TO:STEP too.
/// `problem`: a sentence naming the value that the table does not allow; or empty.
struct ParsedGridValues {
  QStringList values;
  QString problem;
};
ParsedGridValues gridValuesFromText(const QString& key, const QString& typed);
/// The inverse, for values that were chosen.
QString gridValuesToText(const QStringList& values);

/// "CFG scale 7.5", "DPM++ 2M", "demo run · step 400": what a header of the sheet says.
QString gridLabel(const QString& key, const QString& value);

/// Puts a value into `options`. Of "replace", `values` are all of the axis.
void applyGridValue(GenerateOptions& options, const QString& key, const QStringList& values, int index);

}  // namespace darkroom::app
