// SPDX-License-Identifier: GPL-3.0-or-later
// What stages/<stage>.json says of a finished stage: what it was made from, and what came of it.
#pragma once

#include <QString>

#include "app/datasets/stage_commands.h"
#include "core/base/json.h"

namespace darkroom::app {

/// Of a stage, or of what stands beside them ("audit"). Empty where it was never finished.
Json readNote(const SourceRecord& source, const char* key);
Json readStageNote(const SourceRecord& source, Stage stage);
/// throws  Error{io}
void writeNote(const SourceRecord& source, const char* key, const QString& signature, double seconds, const Json& done);
void writeStageNote(const SourceRecord& source, Stage stage, const QString& signature, double seconds, const Json& done);

/// Of the command, the rules and the stage before it as they are now: a note with another one is out of date.
QString stageSignature(const SourceRecord& source, Stage stage);
bool isCurrent(const SourceRecord& source, Stage stage);

/// The first of these members that is a number; NaN where none is.
double numberOf(const Json& json, std::initializer_list<const char*> keys);

/// What a finished stage made, in words: "412,806 of 1,315,411".
QString stageResult(Stage stage, const Json& done);

}  // namespace darkroom::app
