// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/dataset_facts.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include "core/dataset/dataset_card.h"

namespace darkroom::app {

DatasetFacts::Facts DatasetFacts::of(const QString& folder) {
  const auto found = m_facts.constFind(folder);
  if (found != m_facts.constEnd()) {
    return *found;
  }
  m_facts.insert(folder, {});
  read(folder);
  return {};
}

void DatasetFacts::refresh() {
  ++m_round;
  m_facts.clear();
  emit changed();
}

void DatasetFacts::read(const QString& folder) {
  ++m_reading;
  QThreadPool::globalInstance()->start([self = QPointer<DatasetFacts>(this), folder, round = m_round] {
    Facts facts{.known = true};
    try {
      const DatasetCard card = read_dataset_card(folder.toStdString());
      for (const auto& [split, rows] : card.splits) {
        facts.all += static_cast<double>(rows);
        if (split == "train") {
          facts.rows = static_cast<double>(rows);
        }
      }
      facts.latents = static_cast<double>(card.latents);
    } catch (const std::exception& error) {
      facts.problem = QString::fromUtf8(error.what());
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, folder, facts, round] {
      if (self) {
        --self->m_reading;
        if (round == self->m_round) {
          self->m_facts[folder] = facts;
          emit self->changed();
        }
      }
    });
  });
}

}  // namespace darkroom::app
