// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_pick.h"

#include <algorithm>
#include <cmath>

namespace darkroom::app {
namespace {

constexpr int kEntries = 5;

}  // namespace

RunPick::RunPick(QObject* parent)
    : QObject(parent), m_journal(new JournalModel(this)), m_samples(new SamplePictures(this)), m_batch(new TrainedBatch(this)) {}

QList<JournalItem> journalAround(const QList<JournalItem>& journal, double step, int count) {
  QList<JournalItem> near;
  for (const JournalItem& item : journal) {
    if (item.step >= 0) {
      near << item;
    }
  }
  std::stable_sort(near.begin(), near.end(),
                   [step](const JournalItem& a, const JournalItem& b) { return std::abs(a.step - step) < std::abs(b.step - step); });
  near = near.mid(0, count);
  std::stable_sort(near.begin(), near.end(), [](const JournalItem& a, const JournalItem& b) { return a.step < b.step; });
  return near;
}

void RunPick::show(const RunPoint& point, const QList<JournalItem>& journal, const QList<SampleGridModel::Step>& samples) {
  m_point = point;
  m_journal->setRows(journalAround(journal, point.step, kEntries));
  m_sampleStep = -1;
  QList<SampleItem> pictures;
  for (const SampleGridModel::Step& made : samples) {
    if (made.step <= point.step || m_sampleStep < 0) {
      m_sampleStep = made.step;
      pictures = made.samples;
    }
  }
  m_samples->setRows(pictures);
  emit changed();
}

void RunPick::close() {
  m_point = RunPoint();
  m_journal->setRows({});
  m_samples->setRows({});
  m_batch->close();
  m_sampleStep = -1;
  emit changed();
}

}  // namespace darkroom::app
