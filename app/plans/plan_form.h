// SPDX-License-Identifier: GPL-3.0-or-later
// Which value of a plan stands where on the page, as what control, and where it lies in the JSON.
#pragma once

#include "app/plans/plan_document.h"
#include "app/plans/plan_items.h"

namespace darkroom::app {

/// What the notes beside a phase's fields need to know; 0: not known.
struct PhaseLength {
  double epochSteps = 0;  ///< optimiser steps of one epoch
  double devices = 1;
};

/// The phase's settings in the left column: the learning rate and the batch.
QList<PlanSetting> scheduleSettings(const PlanDocument& document, int phase, const PhaseLength& length);
/// In the right column: guidance, loss, memory and safety; every phase value of the table that stands nowhere else.
QList<PlanSetting> lossSettings(const PlanDocument& document, int phase, const PhaseLength& length);
/// All others: the plan's own values, which its phases may override.
QList<PlanSetting> planSettings(const PlanDocument& document);

/// Where a value lies: "/phases/2/peak_lr", "/model/init/seed". For what a phase can override, the phase's own place; phase < 0: the
/// plan's.
QString settingPointer(const QString& key, int phase);

/// A new value from a control into the document; a number is what the control shows (so 15 of "%" is 0.15). What overrides the plan's value
/// becomes the phase's own.
void putSetting(PlanDocument& document, const PlanSetting& setting, int phase, const QVariant& shown);

}  // namespace darkroom::app
