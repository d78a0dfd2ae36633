// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/studio_services.h"

#include <QCoreApplication>
#include <QPointer>
#include <QSet>
#include <QThreadPool>
#include <cmath>

#include "app/datasets/datasets_view_model.h"
#include "app/engine_host/engine_supervisor.h"
#include "app/engine_host/sampling_client.h"
#include "app/engine_host/training_client.h"
#include "app/plans/plans_view_model.h"
#include "app/runs/runs_view_model.h"
#include "app/viewmodels/compare_view_model.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/gallery_model.h"
#include "app/viewmodels/generate_view_model.h"
#include "app/viewmodels/image_store.h"
#include "app/viewmodels/model_catalog.h"
#include "app/viewmodels/models_view_model.h"
#include "app/viewmodels/preview_store.h"
#include "app/viewmodels/shell_view_model.h"

namespace darkroom::app {
namespace {

std::filesystem::path workspaceFolder(const StudioOptions& options, const QSettings& settings) {
  if (!options.workspace.isEmpty()) {
    return std::filesystem::absolute(options.workspace.toStdString());
  }
  const std::filesystem::path last = settings.value("workspace").toString().toStdString();
  return !last.empty() && std::filesystem::exists(last / "workspace.json") ? last : Workspace::default_folder();
}

}  // namespace

StudioServices::StudioServices(const StudioOptions& options) {
  // Captures and the safe mode neither read nor leave settings.
  if (options.safeMode || !options.captureFolder.isEmpty()) {
    m_temporary = std::make_unique<QTemporaryDir>();
    m_settings = std::make_unique<QSettings>(m_temporary->filePath("studio.ini"), QSettings::IniFormat);
  } else {
    m_settings = std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, "darkroom", "studio");
  }
  m_workspace = std::make_unique<Workspace>(workspaceFolder(options, *m_settings));
  const QString folder = QString::fromStdString(m_workspace->folder().string());
  m_settings->setValue("workspace", folder);
  m_previews = std::make_unique<PreviewStore>();
  m_images = std::make_unique<ImageStore>(*m_workspace);
  m_engine = new EngineSupervisor(engineCommand(options.engine), this);
  m_sampling = new SamplingClient(m_engine, this);
  m_training = new TrainingClient(m_engine, this);
  m_shell = new ShellViewModel(m_engine, this);
  m_gallery = new GalleryModel(m_images.get(), this);
  m_generate = new GenerateViewModel(m_sampling, m_images.get(), m_gallery, m_previews.get(), m_settings.get(), this);
  m_datasets = new DatasetsViewModel(m_engine->command(), folder, this);
  m_plans = new PlansViewModel(m_training, folder, this);
  m_runs = new RunsViewModel(m_training, folder, this);
  m_models = new ModelsViewModel(m_engine->command(), QString::fromStdString(m_workspace->models().string()), this);

  m_shell->setWorkspace(QString::fromStdString(m_workspace->name()), folder);
  m_shell->setCapturing(!options.captureFolder.isEmpty());
  m_shell->setPage(options.page.isEmpty() ? m_settings->value("page", "generate").toString() : options.page);
  const QString theme = options.theme.isEmpty() ? m_settings->value("theme", "dark").toString() : options.theme;
  m_shell->setThemeMode(theme == "light" ? ShellViewModel::Light : theme == "system" ? ShellViewModel::System : ShellViewModel::Dark);
  m_shell->setReduceMotion(m_shell->capturing() || m_settings->value("reduceMotion", false).toBool());
  wireShell();
  wireActivities();
  wireRuns();
  wireDatasets();
}

StudioServices::~StudioServices() {
  // The view models hold on to the store and the settings, which are members and would go first.
  delete std::exchange(m_models, nullptr);
  delete std::exchange(m_datasets, nullptr);
  delete std::exchange(m_plans, nullptr);
  delete std::exchange(m_runs, nullptr);
  delete std::exchange(m_generate, nullptr);
  delete std::exchange(m_gallery, nullptr);
  m_engine->stop();
}

void StudioServices::start() {
  m_engine->start();
  m_started = true;
  openDatasets();
  m_plans->refresh();
  findModels();
}

bool StudioServices::settled() const {
  const EngineSupervisor::State engine = m_engine->state();
  return (engine == EngineSupervisor::State::ready || engine == EngineSupervisor::State::failed) && m_modelsFound &&
         !m_models->loadingFacts() && m_gallery->state() != GalleryModel::Loading && m_runs->list()->state() != RunListModel::Loading &&
         !m_runs->run()->loading() && m_plans->settled() && m_datasets->settled();
}

void StudioServices::wireShell() {
  const auto keep = [this] {
    const char* themes[] = {"dark", "light", "system"};
    m_settings->setValue("theme", QString::fromLatin1(themes[m_shell->themeMode()]));
    m_settings->setValue("page", m_shell->page());
    m_settings->setValue("reduceMotion", m_shell->reduceMotion());
  };
  connect(m_shell, &ShellViewModel::pageChanged, this, keep);
  connect(m_shell, &ShellViewModel::themeChanged, this, keep);
  connect(m_images.get(), &ImageStore::failed, this, [this](const QString& text) { m_shell->notify({"error", text, {}, {}, {}, {}}); });
  connect(m_shell, &ShellViewModel::actionTriggered, this, [this](const QString& id) {
    if (id == "generate.start") {
      m_generate->generate();
    } else if (id == "generate.cancel") {
      m_generate->leave();
    } else if (id == "compare.wipe" || id == "compare.side") {
      m_generate->compare()->toggle(id == "compare.wipe" ? CompareViewModel::Wipe : CompareViewModel::SideBySide,
                                    m_generate->canvasImageId());
    } else if (id == "mask.paint") {
      m_generate->start()->setPainting(!m_generate->start()->painting());
    } else if (id == "grid.open") {
      m_generate->grid()->setOpen(!m_generate->grid()->open());
    } else if (id == "seed.roll") {
      m_generate->rollSeed();
    } else if (id == "datasets.demo") {
      m_shell->setPage("datasets");
      m_datasets->addDemo();
    } else if (id == "plan.save") {
      m_plans->save();
    } else if (id == "run.startDemo") {
      m_runs->startDemo();
    } else if (id == "run.stop") {
      m_runs->run()->stop();
    } else if (id == "run.pause") {
      m_runs->run()->pause();
    } else if (id == "run.resume") {
      m_runs->run()->resume();
    } else if (id == "run.save") {
      m_runs->run()->save();
    } else if (id == "run.sample") {
      m_runs->run()->sample();
    } else if (id == "run.branch") {
      m_runs->run()->branch(m_runs->run()->pick()->active() ? m_runs->run()->pick()->point().step : -1);
    } else if (id.startsWith("run.open:")) {
      m_runs->setSelected(id.mid(9));
    } else if (id.startsWith("image.open:")) {
      m_generate->showImage(id.mid(11).toLongLong());
    }
  });
  connect(m_gallery, &GalleryModel::reloaded, this, [this] {
    QList<ActionItem> actions;
    for (const GalleryImage& image : m_gallery->rows().mid(0, 200)) {
      actions.append({QStringLiteral("image.open:%1").arg(image.imageId),
                      tr("Images"),
                      image.prompt.simplified().left(120),
                      image.day + ' ' + image.time,
                      "image",
                      {},
                      {}});
    }
    m_shell->setActions(tr("Images"), actions);
  });
}

void StudioServices::wireActivities() {
  connect(m_generate, &GenerateViewModel::progressChanged, this, &StudioServices::showGenerateActivity);
  connect(m_generate, &GenerateViewModel::errorChanged, this, [this] {
    if (!m_generate->errorText().isEmpty() && m_shell->page() != "generate") {
      m_shell->notify({"error", m_generate->errorText(), m_generate->errorDetail(), {}, "page.generate", tr("Show")});
    }
  });
  connect(m_runs, &RunsViewModel::demoChanged, this, [this] {
    const bool works = m_runs->demoState() == RunsViewModel::DemoBuildingData || m_runs->demoState() == RunsViewModel::DemoStarting;
    if (works) {
      m_shell->showActivity({"demo", "runs", tr("Demo"), m_runs->demoText(), m_runs->demoProgress(), {}, false, "runs"});
      return;
    }
    m_shell->endActivity("demo");
    if (m_runs->demoState() == RunsViewModel::DemoFailed) {
      m_shell->notify({"error", m_runs->demoText(), m_runs->demoDetail(), {}, "run.startDemo", tr("Try again")});
    }
  });
  connect(m_shell, &ShellViewModel::activityCancelled, this, [this](const QString& key) {
    if (key == "generate") {
      m_generate->cancel();
    }
  });
}

void StudioServices::showGenerateActivity() {
  if (!m_generate->busy()) {
    m_shell->endActivity("generate");
    return;
  }
  const double left = m_generate->secondsLeftAll();
  const bool samples = m_generate->stage() == GenerateViewModel::Sampling || m_generate->stage() == GenerateViewModel::Decoding;
  m_shell->showActivity({"generate", "generate", tr("Generating"),
                         samples ? tr("%1 of %2").arg(m_generate->imageNumber()).arg(m_generate->imageCount()) : m_generate->stageText(),
                         samples ? m_generate->progress() : -1, std::isfinite(left) ? tr("%1 left").arg(Format::duration(left)) : QString(),
                         true, "generate"});
}

void StudioServices::wireRuns() {
  connect(m_plans, &PlansViewModel::failed, this, [this](const QString& text) { m_shell->notify({"error", text, {}, {}, {}, {}}); });
  connect(m_plans->launch(), &PlanLaunch::started, this, [this](const QString& run) { m_runs->openWhenThere(run); });
  connect(m_runs, &RunsViewModel::failed, this, [this](const QString& text) { m_shell->notify({"error", text, {}, {}, {}, {}}); });
  connect(m_runs, &RunsViewModel::planRequested, this, [this] { m_shell->setPage("plans"); });
  connect(m_runs, &RunsViewModel::branchRequested, this, [this](const TrainingPlan& plan) {
    m_plans->openDraft(plan);
    m_shell->setPage("plans");
  });
  connect(m_runs, &RunsViewModel::alarmRaised, this, [this](const QString& path, const QString& name, const JournalItem& alarm) {
    m_shell->notify({alarm.kind, tr("%1: %2").arg(name, alarm.text), alarm.done, {}, "run.open:" + path, tr("Show")});
  });
  connect(m_runs, &RunsViewModel::warningsChanged, this, &StudioServices::followRuns);
  connect(m_runs, &RunsViewModel::runStarted, this, [this] { m_generate->setFirstStepDone(2); });
  connect(m_runs->list(), &RunListModel::runsChanged, this, &StudioServices::followRuns);
  connect(m_models, &ModelsViewModel::failed, this, [this](const QString& text) { m_shell->notify({"error", text, {}, {}, {}, {}}); });
  connect(m_models, &ModelsViewModel::modelsChanged, this, &StudioServices::findModels);
}

void StudioServices::openDatasets() {
  if (m_started && !m_datasetsOpened && m_shell->page() == "datasets") {
    m_datasetsOpened = true;
    m_datasets->refresh();
  }
}

void StudioServices::wireDatasets() {
  connect(m_shell, &ShellViewModel::pageChanged, this, &StudioServices::openDatasets);
  connect(m_datasets, &DatasetsViewModel::failed, this, [this](const QString& text) { m_shell->notify({"error", text, {}, {}, {}, {}}); });
  connect(m_datasets->pipeline(), &DatasetPipeline::changed, this, [this] {
    const DatasetPipeline& pipeline = *m_datasets->pipeline();
    if (!pipeline.active()) {
      m_shell->endActivity("pipeline");
      return;
    }
    const StageItem stage = pipeline.activity();
    m_shell->showActivity({"pipeline", "datasets", stage.title, stage.line, stage.progress, stage.detail, true, "datasets"});
  });
  for (SideStage* stage : std::initializer_list<SideStage*>{m_datasets->audit(), m_datasets->mixtures()}) {
    connect(stage, &SideStage::changed, this, [this, stage] {
      const StageItem row = stage->activity();
      if (!stage->active()) {
        m_shell->endActivity(row.key);
        return;
      }
      m_shell->showActivity({row.key, "datasets", row.title, row.line, row.progress, row.detail, true, "datasets"});
    });
  }
  connect(m_shell, &ShellViewModel::activityCancelled, this, [this](const QString& key) {
    if (key == "pipeline") {
      m_datasets->pipeline()->pause();
    } else if (key == "audit") {
      m_datasets->audit()->pause();
    } else if (key == "mixture") {
      m_datasets->mixtures()->pause();
    }
  });
}

void StudioServices::followRuns() {
  QList<ActionItem> actions;
  QString checkpoints;
  QSet<QString> live;
  for (const RunStatus& status : m_runs->list()->statuses()) {
    const QString path = QString::fromStdString(status.folder);
    const QString name = QString::fromStdString(status.name);
    const RunState::Kind state = runStateOf(status);
    actions.append({"run.open:" + path, tr("Runs"), name, runStateText(state), "runs", {}, {}});
    checkpoints += path + QString::number(status.checkpoint_step) + ';';
    const QString key = "run:" + path;
    if (status.state == darkroom::RunState::running) {
      live.insert(key);
      const double progress = status.total_steps > 0 ? static_cast<double>(status.step) / static_cast<double>(status.total_steps) : -1;
      const double left = status.seconds_left.value_or(std::numeric_limits<double>::quiet_NaN());
      m_shell->showActivity(
          {key, "runs", name, status.images_per_s ? tr("%1 images/s").arg(Format::number(*status.images_per_s, 1)) : tr("starting"),
           progress, std::isfinite(left) ? tr("%1 left").arg(Format::duration(left)) : QString(), false, "runs", m_runs->warningOf(path)});
    }
    // A run that failed while we looked on: said once, wherever the user is.
    const bool known = m_runStates.contains(path);
    if (known && m_runStates[path] != RunState::Failed && state == RunState::Failed) {
      m_shell->notify(
          {"error", tr("The run %1 failed.").arg(name), QString::fromStdString(status.reason), {}, "run.open:" + path, tr("Show")});
    } else if (known && m_runStates[path] != RunState::Done && state == RunState::Done) {
      m_shell->notify({"ok", tr("The run %1 is complete.").arg(name), {}, {}, "run.open:" + path, tr("Show")});
    }
    m_runStates[path] = state;
  }
  QStringList over;
  for (const ActivityItem& activity : m_shell->activities()->rows()) {
    if (activity.key.startsWith("run:") && !live.contains(activity.key)) {
      over << activity.key;
    }
  }
  for (const QString& key : std::as_const(over)) {
    m_shell->endActivity(key);
  }
  m_shell->setActions(tr("Runs"), actions);
  if (checkpoints != m_modelsSeen) {
    m_modelsSeen = checkpoints;
    findModels();
  }
}

void StudioServices::findModels() {
  QThreadPool::globalInstance()->start([self = QPointer<StudioServices>(this), folder = m_workspace->folder()] {
    QList<ModelItem> models;
    QStringList loras;
    try {
      models = darkroom::app::findModels(Workspace(folder));
      loras = darkroom::app::findLoras(Workspace(folder));
    } catch (const std::exception&) {
      models.clear();  // the workspace went away: the list stays as it is
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, models, loras] {
      if (self) {
        self->m_generate->loras()->setFound(loras);
        self->m_modelsFound = true;
        self->m_generate->setModels(models);
        self->m_models->setModels(models);
      }
    });
  });
}

}  // namespace darkroom::app
