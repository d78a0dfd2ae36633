// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_wish.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

namespace darkroom::app {

void askRun(const QString& run, RunRequestKind kind, QObject* context, const std::function<void(const QString& problem)>& answered) {
  const std::string from = "darkroom (pid " + std::to_string(QCoreApplication::applicationPid()) + ")";
  QThreadPool::globalInstance()->start([there = QPointer<QObject>(context), path = run.toStdString(), kind, from, answered] {
    QString problem;
    try {
      send_request(RunDirectory::open(path), kind, from);
    } catch (const std::exception& error) {
      problem = QString::fromUtf8(error.what());
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [there, answered, problem] {
      if (there) {
        answered(problem);
      }
    });
  });
}

}  // namespace darkroom::app
