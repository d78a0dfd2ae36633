// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/models_view_model.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QThreadPool>
#include <filesystem>

#include "app/engine_host/engine_task.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/model_catalog.h"

namespace darkroom::app {
namespace {
namespace fs = std::filesystem;

const QString kBin = QStringLiteral(".bin");

QString textOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

/// "1.2 of 4.0 GB, 3 min left"
QString progressText(double done, double total, const QString& unit, double secondsLeft) {
  const QString text = Format::namedProgress(done, total, unit);
  return secondsLeft >= 0 ? QCoreApplication::translate("ModelsViewModel", "%1, %2 left").arg(text, Format::duration(secondsLeft)) : text;
}

/// Copies a file or folder under another name first, so that a copy that was broken off is never taken for a model. Empty, or what went
/// wrong.
QString copyWhole(const QString& source, const QString& target) {
  const fs::path part = (target + QStringLiteral(".part")).toStdString();
  std::error_code failed;
  fs::remove_all(part, failed);
  fs::create_directories(part.parent_path(), failed);
  fs::copy(source.toStdString(), part, fs::copy_options::recursive, failed);
  if (!failed) {
    fs::rename(part, target.toStdString(), failed);
  }
  if (!failed) {
    return {};
  }
  const QString reason = QString::fromStdString(failed.message());
  std::error_code ignored;
  fs::remove_all(part, ignored);
  return QCoreApplication::translate("ModelsViewModel", "%1 could not be copied to %2: %3").arg(source, target, reason);
}

}  // namespace

ModelsViewModel::ModelsViewModel(const EngineCommand& command, const QString& models, QObject* parent)
    : QObject(parent),
      m_command(command),
      m_folder(models),
      m_list(new ModelListModel(this)),
      m_facts(new ModelFactModel(this)),
      m_tasks(new ModelTaskModel(this)) {}

ModelsViewModel::~ModelsViewModel() {
  std::error_code ignored;
  fs::remove_all((m_folder + '/' + kBin).toStdString(), ignored);
}

void ModelsViewModel::setModels(const QList<ModelItem>& models) {
  m_list->setRows(models);
  const bool gone = std::none_of(models.begin(), models.end(), [this](const ModelItem& item) { return item.path == m_selected; });
  if (gone) {
    setSelected(models.isEmpty() ? QString() : models.first().path);
  } else {
    emit selectedChanged();
  }
}

QString ModelsViewModel::selectedName() const {
  const QList<ModelItem>& rows = m_list->rows();
  const auto found = std::find_if(rows.begin(), rows.end(), [this](const ModelItem& item) { return item.path == m_selected; });
  return found == rows.end() ? QString() : found->name;
}

bool ModelsViewModel::canDelete() const { return !m_selected.isEmpty() && QFileInfo(m_selected).path() == QDir(m_folder).path(); }

void ModelsViewModel::setSelected(const QString& path) {
  if (path == m_selected) {
    return;
  }
  m_selected = path;
  emit selectedChanged();
  inspect(false);
}

void ModelsViewModel::inspect(bool withHashes) {
  delete m_inspection;
  m_problem.clear();
  if (!withHashes) {
    m_facts->setRows({});
  }
  if (m_selected.isEmpty()) {
    emit factsChanged();
    return;
  }
  QStringList arguments{"inspect", m_selected};
  if (withHashes) {
    arguments << "--hash";
  }
  m_inspection = new EngineTask(m_command, arguments, this);
  connect(m_inspection, &EngineTask::finished, this, [this](const Json& done) {
    m_inspection->deleteLater();
    m_inspection.clear();
    showFacts(done);
  });
  connect(m_inspection, &EngineTask::failed, this, [this](const QString& reason) {
    m_inspection->deleteLater();
    m_inspection.clear();
    m_problem = reason;
    emit factsChanged();
  });
  emit factsChanged();
}

void ModelsViewModel::showFacts(const Json& inspection) {
  QList<ModelFact> facts;
  const auto add = [&facts](const QString& label, const QString& value, bool mono = false) {
    if (!value.isEmpty()) {
      facts.append({label, value, mono});
    }
  };
  add(tr("Path"), m_selected, true);
  const Json model = inspection.value("model", Json::object());
  m_problem = textOf(model, "problem");
  const QString layout = textOf(model, "layout");
  add(tr("Form"), layout);
  QString prediction = textOf(model, "prediction");
  if (model.contains("zero_terminal_snr") && model["zero_terminal_snr"] == true) {
    prediction = tr("%1, zero terminal SNR").arg(prediction);
  }
  add(tr("Predicts"), prediction);
  for (const Json& part : model.value("parts", Json::array())) {
    const QString name = textOf(part, "part");
    const double parameters = part.contains("parameters") && part["parameters"].is_number() ? part["parameters"].get<double>() : 0;
    const QString inner = textOf(part, "layout");
    add(name == "unet"  ? tr("UNet")
        : name == "vae" ? tr("VAE")
                        : tr("Text encoder"),
        inner.isEmpty() ? tr("%1 parameters").arg(Format::count(parameters))
                        : tr("%1 parameters, layout %2").arg(Format::count(parameters), inner));
  }
  for (const Json& file : inspection.value("files", Json::array())) {
    add(tr("Model hash"), textOf(file, "model_hash"), true);
    add(tr("SHA-256"), textOf(file, "sha256"), true);
  }
  m_facts->setRows(facts);
  emit factsChanged();
}

void ModelsViewModel::hash() {
  if (!m_selected.isEmpty() && !loadingFacts()) {
    inspect(true);
  }
}

int ModelsViewModel::addTask(const QString& title) {
  ModelTask task;
  task.id = ++m_lastTask;
  task.title = title;
  m_tasks->insert(0, task);
  return task.id;
}

void ModelsViewModel::updateTask(int id, const std::function<void(ModelTask&)>& change) {
  for (int row = 0; row < m_tasks->rowCount(); ++row) {
    if (m_tasks->at(row).id == id) {
      ModelTask task = m_tasks->at(row);
      change(task);
      m_tasks->set(row, task);
      return;
    }
  }
}

void ModelsViewModel::endTask(int id, const QString& state, const QString& text, const QString& detail) {
  updateTask(id, [&](ModelTask& task) {
    task.state = state;
    task.text = text;
    task.detail = detail;
    task.progress = state == "done" ? 1 : task.progress;
  });
  if (const QPointer<EngineTask> engine = m_running.take(id)) {
    engine->deleteLater();
  }
}

int ModelsViewModel::follow(EngineTask* engine, const QString& title) {
  const int id = addTask(title);
  m_running.insert(id, engine);
  connect(engine, &EngineTask::progressed, this,
          [this, id](const QString&, double done, double total, const QString& unit, double secondsLeft) {
            updateTask(id, [&](ModelTask& task) {
              task.text = progressText(done, total, unit, secondsLeft);
              task.progress = total > 0 ? done / total : -1;
            });
          });
  connect(engine, &EngineTask::failed, this, [this, id](const QString& reason, const QString& log) { endTask(id, "failed", reason, log); });
  connect(engine, &EngineTask::stopped, this, [this, id] { endTask(id, "stopped", tr("Stopped. What came so far is kept.")); });
  return id;
}

QString ModelsViewModel::freePath(const QString& name) const {
  const QFileInfo wanted(m_folder + '/' + name);
  QString path = wanted.filePath();
  for (int number = 2; QFileInfo::exists(path); ++number) {
    const QString suffix = wanted.suffix().isEmpty() ? QString() : '.' + wanted.suffix();
    path = QStringLiteral("%1/%2 (%3)%4").arg(wanted.path(), wanted.completeBaseName()).arg(number).arg(suffix);
  }
  return path;
}

void ModelsViewModel::importFiles(const QList<QUrl>& urls) {
  if (!m_command.local()) {
    emit failed(tr("The engine runs on %1. Copy models into the workspace there.").arg(m_command.host));
    return;
  }
  for (const QUrl& url : urls) {
    if (url.isLocalFile()) {
      importOne(QDir::cleanPath(url.toLocalFile()));
    } else {
      emit failed(tr("%1 is not a file of this computer; models of the web come by their name on the hub.").arg(url.toString()));
    }
  }
}

void ModelsViewModel::importOne(const QString& source) {
  auto* engine = new EngineTask(m_command, {"inspect", source}, this);
  const int id = follow(engine, tr("Importing %1").arg(QFileInfo(source).fileName()));
  connect(engine, &EngineTask::finished, this, [this, id, source](const Json& done) {
    const QString problem = textOf(done.value("model", Json::object()), "problem");
    if (!problem.isEmpty()) {
      importAsLora(source, id, problem);
      return;
    }
    m_running.take(id)->deleteLater();
    copy(source, id, {});
  });
}

/// A file that is no model may be a LoRA: those lie in models/lora, where the Generate page offers them.
void ModelsViewModel::importAsLora(const QString& source, int task, const QString& problem) {
  QThreadPool::globalInstance()->start([self = QPointer<ModelsViewModel>(this), source, task, problem] {
    const bool lora = isLoraFile(source.toStdString());
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, source, task, problem, lora] {
      if (!self || !self->m_running.contains(task)) {
        return;
      }
      if (!lora) {
        self->endTask(task, "failed", problem);
        return;
      }
      self->m_running.take(task)->deleteLater();
      self->copy(source, task, QStringLiteral("lora/"));
    });
  });
}

void ModelsViewModel::copy(const QString& source, int task, const QString& folder) {
  const QString target = freePath(folder + QFileInfo(source).fileName());
  updateTask(task, [](ModelTask& row) {
    row.state = QStringLiteral("copying");
    row.text = tr("Copying into the workspace");
  });
  QThreadPool::globalInstance()->start([self = QPointer<ModelsViewModel>(this), source, target, task] {
    const QString problem = copyWhole(source, target);
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, problem, target, task] {
      if (self) {
        self->endTask(task, problem.isEmpty() ? "done" : "failed", problem.isEmpty() ? target : problem);
        emit self->modelsChanged();
      }
    });
  });
}

void ModelsViewModel::download(const QString& repository, const QString& revision, const QString& files) {
  const QString name = repository.trimmed();
  if (name.isEmpty()) {
    return;
  }
  const QString out = m_folder + '/' + name.section('/', -1);
  QStringList arguments{"hub", "get", name, "--out", out};
  if (!revision.trimmed().isEmpty()) {
    arguments << "--revision" << revision.trimmed();
  }
  for (const QString& pattern : files.split(' ', Qt::SkipEmptyParts)) {
    arguments << "--file" << pattern;
  }
  auto* engine = new EngineTask(m_command, arguments, this);
  const int id = follow(engine, tr("Downloading %1").arg(name));
  connect(engine, &EngineTask::finished, this, [this, id, out](const Json& done) {
    const QString license = textOf(done, "license");
    endTask(id, "done", license.isEmpty() ? tr("%1. The model card names no licence.").arg(out) : tr("%1. Licence: %2").arg(out, license));
    emit modelsChanged();
  });
}

void ModelsViewModel::convert(const QString& form, const QString& dtype, const QString& weights) {
  if (m_selected.isEmpty()) {
    return;
  }
  const QString suffix = form == "single-file" ? ".safetensors" : form == "source-run" ? ".pt" : QString();
  const QString name =
      (m_selected == "pocket" ? m_selected : QFileInfo(m_selected).completeBaseName()) + (dtype == "stored" ? "" : '-' + dtype);
  const QString out = freePath(name + suffix);
  QDir().mkpath(m_folder);
  auto* engine = new EngineTask(m_command, {"convert", m_selected, out, "--to", form, "--dtype", dtype, "--weights", weights}, this);
  const int id = follow(engine, tr("Converting %1").arg(selectedName()));
  connect(engine, &EngineTask::finished, this, [this, id, out](const Json&) {
    endTask(id, "done", out);
    emit modelsChanged();
  });
}

void ModelsViewModel::deleteSelected() {
  if (!canDelete()) {
    return;
  }
  const QFileInfo file(m_selected);
  const QString bin = QStringLiteral("%1/%2/%3").arg(m_folder, kBin).arg(m_deleted.size());
  if (!QDir().mkpath(bin) || !QDir().rename(m_selected, bin + '/' + file.fileName())) {
    emit failed(tr("%1 could not be moved into the bin of the workspace.").arg(m_selected));
    return;
  }
  m_deleted.append({selectedName(), m_selected, bin + '/' + file.fileName()});
  emit deletedChanged();
  emit modelsChanged();
}

void ModelsViewModel::undoDelete() {
  if (m_deleted.isEmpty()) {
    return;
  }
  const Deleted last = m_deleted.last();
  if (QFileInfo::exists(last.from) || !QDir().rename(last.bin, last.from)) {
    emit failed(tr("%1 could not be put back: something of that name lies there.").arg(last.from));
    return;
  }
  m_deleted.removeLast();
  emit deletedChanged();
  emit modelsChanged();
}

void ModelsViewModel::stopTask(int id) {
  if (const QPointer<EngineTask> engine = m_running.value(id)) {
    updateTask(id, [](ModelTask& task) { task.state = QStringLiteral("stopping"); });
    engine->stop();
  }
}

void ModelsViewModel::dismissTask(int id) {
  for (int row = 0; row < m_tasks->rowCount() && !m_running.contains(id); ++row) {
    if (m_tasks->at(row).id == id) {
      m_tasks->removeRow(row);
      return;
    }
  }
}

}  // namespace darkroom::app
