// SPDX-License-Identifier: GPL-3.0-or-later
// A curve of a weight that is no longer asked for is shown when it is nearer to it in time than what is shown: while a slider is dragged
// over lines that take a tenth of a second, they would else stand still until the hand does.
#include "app/series/smooth_line.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThread>
#include <algorithm>

namespace darkroom::app {

SmoothLine::SmoothLine(const GrowingRows& rows, double weight, QObject* parent)
    : QObject(parent), m_rows(rows), m_weight(weight), m_shown(std::make_shared<SmoothCurve>(weight)) {}

QThreadPool& SmoothLine::workers() {
  static QThreadPool pool;
  [[maybe_unused]] static const bool begun = [] {
    pool.setMaxThreadCount(std::max(1, QThread::idealThreadCount() - 1));
    qAddPostRoutine([] { pool.waitForDone(); });  // they speak to the application
    return true;
  }();
  return pool;
}

void SmoothLine::setWeight(double weight) {
  m_weight = weight;
  // What lacks rows was not looked at: nobody sees it go.
  if (weight != m_shown->weight() && (m_rows.size() < kManyRows || m_shown->size() < m_rows.size())) {
    m_shown = std::make_shared<SmoothCurve>(weight);
  }
}

const SmoothCurve& SmoothLine::curve() {
  m_shown->follow(m_rows.values());
  if (m_shown->weight() != m_weight && !m_working) {
    startWorker();
  }
  return *m_shown;
}

void SmoothLine::rowCame() {
  if (m_shown->size() + 1 == m_rows.size()) {
    m_shown->follow(m_rows.values());
  }
}

void SmoothLine::rowsLeft() {
  ++m_round;
  m_shown = std::make_shared<SmoothCurve>(m_weight);
}

void SmoothLine::startWorker() {
  m_working = true;
  workers().start([self = QPointer<SmoothLine>(this), rows = m_rows.soFar(), weight = m_weight, round = m_round] {
    const auto curve = std::make_shared<SmoothCurve>(weight);
    curve->follow(rows.rows());
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, curve, round] {
      if (self) {
        self->takeOver(curve, round);
      }
    });
  });
}

void SmoothLine::takeOver(const std::shared_ptr<SmoothCurve>& curve, int round) {
  m_working = false;
  if (m_shown->weight() == m_weight) {
    return;  // rows left, or the weight went back to where it was
  }
  if (round != m_round) {
    startWorker();
    return;
  }
  m_shown = curve;
  m_shown->follow(m_rows.values());
  emit replaced();
}

}  // namespace darkroom::app
