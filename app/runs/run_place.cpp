// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_place.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "app/series/nan.h"
#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

QString placeText(const char* text) { return QCoreApplication::translate("RunPlace", text); }

}  // namespace

double RunPlace::epochs() const {
  double sum = 0;
  for (const Phase& planned : phases) {
    sum += planned.epochs;
  }
  return sum;
}

QStringList RunPlace::phaseNames() const {
  QStringList names;
  for (const Phase& planned : phases) {
    names << planned.name;
  }
  return names;
}

double RunPlace::progress() const { return stepCount > 0 ? std::min(1.0, step / stepCount) : 0; }

QString RunPlace::text() const {
  QStringList parts;
  if (phases.size() > 1) {
    parts << placeText("phase %1 of %2").arg(std::max(1, phase)).arg(phases.size());
  }
  if (const double all = epochs(); all > 1) {
    // Epochs are counted as people do: the first one is epoch 1.
    parts << placeText("epoch %1 of %2").arg(Format::count(std::min(all, std::floor(epoch) + 1)), Format::count(all));
  }
  parts << (stepCount > 0 ? placeText("step %1 of %2").arg(Format::count(step), Format::count(stepCount))
                          : placeText("step %1").arg(Format::count(step)));
  return parts.join(QStringLiteral(", "));
}

QList<PhaseItem> RunPlace::items(bool runs) const {
  QList<PhaseItem> items;
  const double all = epochs();
  double before = 0;
  for (const Phase& planned : phases) {
    PhaseItem item;
    item.number = static_cast<int>(items.size()) + 1;
    item.name = planned.name;
    item.share = all > 0 ? planned.epochs / all : 1.0 / static_cast<double>(phases.size());
    item.progress = planned.epochs > 0 ? std::clamp((epoch - before) / planned.epochs, 0.0, 1.0) : 0;
    item.active = runs && item.number == phase;
    before += planned.epochs;
    items.append(item);
  }
  return items;
}

double RunPlace::secondsLeft() const { return stepCount > 0 ? std::max(0.0, stepCount - step) * secondsPerStep : kNan; }

double RunPlace::phaseSecondsLeft() const {
  if (!(epoch > 0) || !(step > 0)) {
    return kNan;
  }
  double end = 0;
  for (int i = 0; i < phase && i < phases.size(); ++i) {
    end += phases[i].epochs;
  }
  return std::max(0.0, end - epoch) * (step / epoch) * secondsPerStep;
}

}  // namespace darkroom::app
