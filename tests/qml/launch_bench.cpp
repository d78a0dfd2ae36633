// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/qml/launch_bench.h"

#include <QDir>
#include <QFile>
#include <QThread>
#include <algorithm>

#include "core/run/run_lock.h"
#include "tests/app/studio_fixture.h"

namespace darkroom::app::fixture {
namespace {

void write(const QString& path, const QByteArray& text) {
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size()) {
    qFatal("%s cannot be written", qPrintable(path));
  }
}

}  // namespace

LaunchBench::LaunchBench() {
  const QDir folder(m_folder.path());
  for (const char* name : {"datasets/demo", "runs"}) {
    folder.mkpath(name);
  }
  write(folder.filePath("datasets/demo/dataset.json"), "");
  const QByteArray script =
      "if [ \"$1\" = train ]; then\n"
      "  echo \"$*\" >> '" +
      folder.filePath("launches").toUtf8() +
      "'\n"
      "  case \"$*\" in *refused*) echo 'cuda:9: there is no such device.' >&2; exit 1;; esac\n"
      "  exec '" +
      fakeEngine().program.toUtf8() +
      "' \"$@\"\n"
      "fi\n"
      "echo '{\"event\":\"done\",\"devices\":[],\"fits\":true,\"phases\":[],\"disk\":{}}'\n";
  write(folder.filePath("engine.sh"), script);
  m_engine = std::make_unique<EngineSupervisor>(EngineCommand{QStringLiteral("/bin/sh"), {folder.filePath("engine.sh")}, {}});
  m_training = std::make_unique<TrainingClient>(m_engine.get());
  m_plans = std::make_unique<PlansViewModel>(m_training.get(), m_folder.path());
  m_plans->refresh();
  m_plans->openPlan(QStringLiteral("template:pocket_demo"));
  m_plans->removeSource(0);
  m_plans->addSource(QUrl::fromLocalFile(folder.filePath("datasets/demo")));
}

// The runs write into the folder for some seconds more.
LaunchBench::~LaunchBench() {
  const QDir runs(m_folder.filePath("runs"));
  const QStringList names = runs.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
  const auto trains = [&runs](const QString& name) { return lock_holder(runs.filePath(name + "/lock").toStdString()).has_value(); };
  for (int i = 0; i < 100 && std::any_of(names.begin(), names.end(), trains); ++i) {
    QThread::msleep(100);
  }
}

QStringList LaunchBench::launches() const {
  QFile file(m_folder.filePath("launches"));
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).split('\n', Qt::SkipEmptyParts) : QStringList();
}

void LaunchBench::forget() { QFile::remove(m_folder.filePath("launches")); }

void LaunchBench::makeRun(const QString& name) { QDir(m_folder.path()).mkpath("runs/" + name); }

}  // namespace darkroom::app::fixture
