// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/stage_pace.h"

#include <QCoreApplication>
#include <algorithm>

#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

QString paceText(const char* text) { return QCoreApplication::translate("StagePace", text); }

}  // namespace

void StagePace::start() {
  m_since.start();
  m_firstDone = -1;
}

void StagePace::put(StageItem& item, double done, double total, const QString& unit, double secondsLeft) {
  m_firstDone = m_firstDone < 0 ? done : m_firstDone;
  const double rate = seconds() > 1 ? (done - m_firstDone) / seconds() : 0;
  const bool bytes = unit == "bytes";
  item.progress = total > 0 ? std::clamp(done / total, 0.0, 1.0) : -1;
  item.percentText = total > 0 ? Format::percent(item.progress, 1) : QString();
  item.line = Format::progress(done, total, unit);
  QStringList parts;
  if (rate > 0) {
    parts << (bytes ? paceText("%1/s").arg(Format::bytes(rate)) : paceText("%1 %2/s").arg(Format::number(rate, rate < 10 ? 1 : 0), unit));
  }
  if (secondsLeft >= 0) {
    parts << paceText("%1 left").arg(Format::duration(secondsLeft));
  }
  item.detail = parts.join(QStringLiteral(" · "));
}

}  // namespace darkroom::app
