// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plans_view_model.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>
#include <cmath>

#include "app/engine_host/training_client.h"
#include "app/plans/plan_form.h"
#include "app/plans/plan_mixture.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/free_name.h"
#include "core/base/error.h"
#include "core/plan/epoch_length.h"

namespace darkroom::app {
namespace {

constexpr int kGesturePauseMs = 800;
constexpr double kNewSourceShare = 0.1;

}  // namespace

PlansViewModel::PlansViewModel(TrainingClient* client, const QString& workspacePath, QObject* parent)
    : QObject(parent),
      m_workspacePath(workspacePath),
      m_store(workspacePath + QStringLiteral("/plans")),
      m_files(new PlanFileModel(this)),
      m_phases(new PhaseRowModel(this)),
      m_schedule(new PlanSettingModel(this)),
      m_loss(new PlanSettingModel(this)),
      m_general(new PlanSettingModel(this)),
      m_sources(new SourceRowModel(this)),
      m_problems(new PlanProblemModel(this)),
      m_differences(new PlanDifferenceModel(this)),
      m_forecast(new PlanForecast(client->command(), this)),
      m_launch(new PlanLaunch(
          client, workspacePath, [this] { return savedFile(); }, this)) {
  m_gesture.setSingleShot(true);
  m_gesture.setInterval(kGesturePauseMs);
  connect(&m_gesture, &QTimer::timeout, this, [this] {
    if (open()) {
      document().endGesture();
    }
  });
  connect(&m_facts, &DatasetFacts::changed, this, &PlansViewModel::showDocument);
  connect(m_forecast, &PlanForecast::changed, this, &PlansViewModel::showDocument);
  connect(m_launch, &PlanLaunch::devicesChanged, this, &PlansViewModel::showDocument);
  connect(m_launch, &PlanLaunch::failed, this, &PlansViewModel::failed);
}

PlansViewModel::~PlansViewModel() {
  for (auto& [key, document] : m_documents) {
    if (document.edited() && document.canUndo()) {
      try {
        m_store.saveAs(document, tr("%1 (unsaved)").arg(QString::fromStdString(document.plan().name)));
      } catch (const std::exception&) {
        continue;  // the disk is gone; the plans that were saved are as they were
      }
    }
  }
}

// --- plans and templates ----------------------------------------------------------------------------------------------------------------

void PlansViewModel::listFiles() {
  QList<PlanFileItem> rows = m_store.plans();
  try {
    rows << PlanFiles::templates();
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
  m_files->setRows(rows);
}

void PlansViewModel::refresh() {
  m_datasets.clear();
  const QDir datasets(m_workspacePath + QStringLiteral("/datasets"));
  for (const QString& name : datasets.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
    if (QFileInfo::exists(datasets.filePath(name) + QStringLiteral("/dataset.json"))) {
      m_datasets << name;
    }
  }
  const QString mixtures = QStringLiteral("mixtures/");  // as the Datasets page writes them
  for (const QString& file : QDir(datasets.filePath(mixtures)).entryList({"*.json"}, QDir::Files, QDir::Name)) {
    m_datasets << mixtures + file;
  }
  m_launch->chooseDevices();
  listFiles();
  m_facts.refresh();
  if (!open() && m_files->rowCount() > 0) {
    openPlan(m_files->at(0).key);
  }
}

void PlansViewModel::openPlan(const QString& key) {
  try {
    if (!m_documents.contains(key)) {
      m_documents.emplace(key, m_store.read(key));
    }
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
    return;
  }
  m_current = key;
  m_phase = 0;
  m_locked.clear();
  m_comparedWith.clear();
  m_differences->setRows({});
  showDocument();
}

void PlansViewModel::openDraft(const TrainingPlan& plan) {
  const QString key = QStringLiteral("draft:%1").arg(QString::fromStdString(plan.name));
  PlanDocument document;
  document.open(plan, {});
  m_documents.insert_or_assign(key, std::move(document));
  openPlan(key);
}

void PlansViewModel::save() {
  if (!open()) {
    return;
  }
  QString file;
  try {
    file = m_store.save(document());
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
    return;
  }
  if (file != m_current) {  // a template has become a plan of its own
    auto moved = m_documents.extract(m_current);
    moved.key() = file;
    m_documents.insert(std::move(moved));
    m_current = file;
  }
  listFiles();
  showDocument();
}

QString PlansViewModel::savedFile() {
  save();
  return open() && !document().edited() ? document().file() : QString();  // where it could not be saved, that was said
}

QString PlansViewModel::name() const { return open() ? QString::fromStdString(document().plan().name) : QString(); }

void PlansViewModel::setName(const QString& name) {
  if (open() && name != this->name() && !name.trimmed().isEmpty()) {
    edit([&](PlanDocument& plan) { plan.set(QStringLiteral("/name"), name.trimmed().toStdString()); });
  }
}

QString PlansViewModel::summary() const { return open() ? planCountText(document().plan()) : QString(); }

QString PlansViewModel::rateRange() const { return open() ? rateRangeText(document().plan()) : QString(); }

// --- edits ------------------------------------------------------------------------------------------------------------------------------

template <typename Edit>
void PlansViewModel::edit(Edit&& change) {
  if (!open()) {
    return;
  }
  change(document());
  m_gesture.start();
  showDocument();
}

void PlansViewModel::undo() {
  edit([](PlanDocument& plan) { plan.undo(); });
}

void PlansViewModel::redo() {
  edit([](PlanDocument& plan) { plan.redo(); });
}

void PlansViewModel::put(const QString& key, const QVariant& shown, bool general) {
  const QList<PlanSetting> rows = m_schedule->rows() + m_loss->rows();
  const QList<PlanSetting>& among = general ? m_general->rows() : rows;
  const auto found = std::find_if(among.begin(), among.end(), [&](const PlanSetting& row) { return row.key == key; });
  if (found != among.end()) {
    // A copy: the edit replaces the rows.
    edit([this, general, &shown, setting = *found](PlanDocument& plan) { putSetting(plan, setting, general ? -1 : m_phase, shown); });
  }
}

void PlansViewModel::inherit(const QString& key) {
  edit([&](PlanDocument& plan) { plan.unset(settingPointer(key, m_phase)); });
}

void PlansViewModel::setPhase(int phase) {
  if (open() && phase != m_phase && phase >= 0 && phase < document().phaseCount()) {
    m_phase = phase;
    m_locked.clear();
    document().endGesture();
    showDocument();
  }
}

QString PlansViewModel::phaseName() const { return open() && m_phase < m_phases->rowCount() ? m_phases->at(m_phase).name : QString(); }

void PlansViewModel::setPhaseName(const QString& name) {
  if (open() && name.trimmed() != phaseName() && !name.trimmed().isEmpty()) {
    edit([&](PlanDocument& plan) { plan.set(QStringLiteral("/phases/%1/name").arg(m_phase), name.trimmed().toStdString()); });
  }
}

void PlansViewModel::duplicatePhase() {
  edit([this](PlanDocument& plan) { m_phase = plan.duplicatePhase(m_phase); });
}

void PlansViewModel::removePhase() {
  edit([this](PlanDocument& plan) {
    if (plan.removePhase(m_phase)) {
      m_phase = std::max(0, m_phase - 1);
    }
  });
}

void PlansViewModel::movePhase(int by) {
  const int to = m_phase + by;
  if (open() && to >= 0 && to < document().phaseCount() && by != 0) {
    edit([&](PlanDocument& plan) { plan.movePhase(m_phase, to); });
    setPhase(to);
  }
}

void PlansViewModel::addSource(const QUrl& folder) {
  if (!folder.isLocalFile()) {
    emit failed(tr("%1 is not a folder of this computer.").arg(folder.toString()));
    return;
  }
  edit([&](PlanDocument& plan) { plan.addSource(m_phase, QDir::cleanPath(folder.toLocalFile()), kNewSourceShare); });
}

void PlansViewModel::addWorkspaceSource(const QString& name) {
  const std::string path = datasetPath(name).toStdString();
  if (!is_mixture_file(path)) {
    addSource(QUrl::fromLocalFile(datasetPath(name)));
    return;
  }
  try {
    const MixtureFile mixture = read_mixture_file(path);
    m_locked.clear();
    edit([&](PlanDocument& plan) { plan.useMixture(m_phase, mixture); });
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void PlansViewModel::removeSource(int row) {
  m_locked.clear();
  edit([&](PlanDocument& plan) { plan.removeSource(m_phase, row); });
}

void PlansViewModel::setShare(int row, double percent) {
  edit([&](PlanDocument& plan) { plan.setShare(m_phase, row, percent / 100, m_locked); });
}

void PlansViewModel::setLocked(int row, bool locked) {
  m_locked.removeAll(row);
  if (locked) {
    m_locked << row;
  }
  showDocument();
}

void PlansViewModel::compareWith(const QString& key) {
  m_comparedWith.clear();
  m_differences->setRows({});
  if (!key.isEmpty() && open()) {
    try {
      // Beside itself: what has changed since it was opened or saved.
      const PlanDocument other = key != m_current && m_documents.contains(key) ? m_documents.at(key) : m_store.read(key);
      m_differences->setRows(app::differences(document().json(), other.json()));
      m_comparedWith = QString::fromStdString(other.plan().name);
    } catch (const Error& error) {
      emit failed(QString::fromUtf8(error.what()));
    }
  }
  emit documentChanged();
}

// --- what is shown ----------------------------------------------------------------------------------------------------------------------

double PlansViewModel::globalBatch(int phase) const {
  const TrainingPlan& plan = document().plan();
  const BatchPlan& batch = plan.batch_of(plan.phases.at(static_cast<size_t>(phase)));
  return static_cast<double>(batch.per_device * batch.accumulation) *
         static_cast<double>(std::max<qsizetype>(m_launch->deviceList().size(), 1));
}

PhaseTimes PlansViewModel::times() {
  PhaseTimes times;
  const TrainingPlan& plan = document().plan();
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    const double rows = rowsOf(plan.phases[i], m_facts);
    const auto batch = static_cast<int64_t>(globalBatch(static_cast<int>(i)));
    times.epochSteps << (rows > 0 && batch > 0 ? static_cast<double>(epoch_batches(static_cast<uint64_t>(rows), batch)) : 0);
  }
  times.seconds = m_forecast->phaseSeconds();
  return times;
}

void PlansViewModel::showDocument() {
  if (!open()) {
    emit documentChanged();
    return;
  }
  const PlanDocument& plan = document();
  if (plan.phaseCount() == 0) {
    m_phases->setRows({});
    m_schedule->setRows({});
    m_loss->setRows({});
  } else {
    m_phase = std::clamp(m_phase, 0, plan.phaseCount() - 1);
    const PhaseTimes length = times();
    m_phases->setRows(phaseRows(plan.plan(), length, plan.problems()));
    const PhaseLength here{.epochSteps = length.epochSteps[m_phase], .devices = static_cast<double>(m_launch->deviceList().size())};
    m_schedule->setRows(scheduleSettings(plan, m_phase, here));
    m_loss->setRows(lossSettings(plan, m_phase, here));
  }
  m_general->setRows(planSettings(plan));
  showSources();
  m_problems->setRows(problemRows(plan.plan(), plan.problems(), plan_notes(plan.plan())));
  m_forecast->show(plan.sound() ? plan.json() : Json(), m_launch->deviceList());
  m_launch->show({plan.plan(), plan.problems().empty() && m_forecast->fits(), m_forecast->diskText()});
  emit documentChanged();
}

void PlansViewModel::showSources() {
  m_sourcesText.clear();
  m_otherDatasets.clear();
  QList<SourceRow> rows;
  const TrainingPlan& plan = document().plan();
  if (m_phase < static_cast<int>(plan.phases.size())) {
    const PhasePlan& phase = plan.phases[static_cast<size_t>(m_phase)];
    rows = mixtureRows(plan, phase, m_facts, m_locked);
    double all = 0;
    m_otherDatasets = m_datasets;
    for (const SourcePlan& source : phase.sources) {
      all += rowsOf(source, m_facts);
      if (QString::fromStdString(source.dataset) == datasetPath(datasetName(source.dataset))) {
        m_otherDatasets.removeAll(datasetName(source.dataset));
      }
    }
    m_sourcesText = all > 0 ? tr("%1 latents").arg(Format::count(all)) : QString();
  }
  m_sources->setRows(rows);
}

QString PlansViewModel::phaseDetail() const {
  if (!open() || m_phase >= m_phases->rowCount()) {
    return {};
  }
  QStringList parts{m_phases->at(m_phase).epochsText};
  for (const PlanSetting& row : m_schedule->rows()) {
    if (row.key == "phase.epochs" && !row.note.isEmpty()) {
      parts << tr("%1 of the optimiser").arg(row.note);
    }
  }
  const QList<double> seconds = m_forecast->phaseSeconds();
  if (m_phase < seconds.size() && std::isfinite(seconds[m_phase])) {
    parts << tr("about %1").arg(Format::duration(seconds[m_phase]));
  }
  return parts.join(QStringLiteral(", "));
}

QString PlansViewModel::problemsText() const {
  int stops = 0;
  int notes = 0;
  for (const PlanProblem& problem : m_problems->rows()) {
    ++(problem.stops ? stops : notes);
  }
  if (stops > 0) {
    return tr("%n to mend before the launch", nullptr, stops);
  }
  return notes > 0 ? tr("%n warning(s), nothing stops the launch", nullptr, notes) : tr("none");
}

bool PlansViewModel::settled() const { return m_facts.settled() && m_forecast->settled(); }

}  // namespace darkroom::app
