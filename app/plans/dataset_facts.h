// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>

namespace darkroom::app {

/// What the plan's page knows of dataset folders: read once each, off the window's thread.
class DatasetFacts : public QObject {
  Q_OBJECT

 public:
  struct Facts {
    bool known = false;  ///< it has been looked at
    double rows = 0;     ///< captions of the training split
    double latents = 0;  ///< of all splits
    double all = 0;      ///< captions of all splits
    QString problem;     ///< why it cannot be used, a sentence; or empty
  };

  using QObject::QObject;

  /// What is known now; a folder that nobody asked for before is read, and `changed` says when it was.
  Facts of(const QString& folder);
  /// Forgets all, so that folders that came since are seen.
  void refresh();
  /// Nothing is being read.
  bool settled() const { return m_reading == 0; }

 signals:
  void changed();

 private:
  void read(const QString& folder);

  QHash<QString, Facts> m_facts;
  int m_reading = 0;
  int m_round = 0;  ///< answers of an earlier one are not taken
};

}  // namespace darkroom::app
