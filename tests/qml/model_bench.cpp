// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/qml/model_bench.h"

#include <QDir>
#include <QFile>

namespace darkroom::app::fixture {

ModelBench::ModelBench() {
  QDir(m_folder.path()).mkpath(QStringLiteral("in"));
  QDir(m_folder.path()).mkpath(QStringLiteral("models"));
  QFile script(m_folder.filePath(QStringLiteral("engine.sh")));
  if (!script.open(QIODevice::WriteOnly)) {
    qFatal("%s cannot be written", qPrintable(script.fileName()));
  }
  script.write(
      "case \"$*\" in *bad*) echo '{\"event\":\"done\",\"model\":{\"problem\":\"bad.ckpt: holds no UNet\"}}';;\n"
      "*) echo '{\"event\":\"done\",\"model\":{}}';; esac\n");
  script.close();
  m_models = std::make_unique<ModelsViewModel>(EngineCommand{QStringLiteral("/bin/sh"), {script.fileName()}, {}},
                                               m_folder.filePath(QStringLiteral("models")));
}

QUrl ModelBench::file(const QString& name) const {
  QFile file(m_folder.filePath("in/" + name));
  if (!file.open(QIODevice::WriteOnly) || file.write("weights") < 0) {
    qFatal("%s cannot be written", qPrintable(file.fileName()));
  }
  return QUrl::fromLocalFile(file.fileName());
}

bool ModelBench::has(const QString& name) const { return QFile::exists(m_folder.filePath("models/" + name)); }

}  // namespace darkroom::app::fixture
