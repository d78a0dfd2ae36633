// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_view_model.h"

#include <QCoreApplication>

#include "app/engine_host/run_follower.h"
#include "app/runs/branch_plan.h"
#include "app/runs/run_journal_text.h"
#include "app/runs/run_list_model.h"
#include "app/runs/run_overlays.h"
#include "app/runs/run_plan_text.h"
#include "app/runs/run_wish.h"
#include "app/series/nan.h"
#include "app/viewmodels/format.h"
#include "core/base/progress.h"
#include "core/base/wall_clock.h"

namespace darkroom::app {
namespace {

constexpr size_t kRowsATake = 4096;  ///< some 20 ms of work
constexpr int kPull_ms = 100;
constexpr int kBusyPull_ms = 15;  ///< while more rows wait
constexpr double kAlarmsEvery_s = 1;
constexpr double kHour_s = 3600;

}  // namespace

RunViewModel::RunViewModel(QObject* parent)
    : QObject(parent),
      m_marks(new PlotMarks(this)),
      m_plots(new RunPlots(m_curves, m_deviceCurves, this)),
      m_pick(new RunPick(this)),
      m_phases(new PhaseModel(this)),
      m_samples(new SampleGridModel(this)),
      m_journal(new JournalModel(this)),
      m_alarms(new JournalModel(this)),
      m_plan(new PlanLineModel(this)),
      m_devices(new DeviceModel(this)) {
  m_curves.setSmoothing(m_smoothing);
  for (const RunCurves::Metric metric : {RunCurves::Loss, RunCurves::GradientNorm}) {
    connect(m_curves.series(metric), &SeriesStore::resmoothed, m_plots, &RunPlots::refresh);
    connect(m_curves.series(metric), &SeriesStore::resmoothed, this, &RunViewModel::progressChanged);
  }
  m_pull.setInterval(kPull_ms);
  connect(&m_pull, &QTimer::timeout, this, &RunViewModel::takeBatch);
}

RunViewModel::~RunViewModel() = default;

// ---- opening and following

void RunViewModel::openRun(const QString& path, int seriesIndex) {
  if (path == m_path) {
    return;
  }
  m_follower.reset();
  m_pull.stop();
  m_path = path;
  m_seriesIndex = seriesIndex;
  m_loading = !path.isEmpty();
  m_name = path.section('/', -1);
  reset();
  if (!path.isEmpty()) {
    m_follower = std::make_unique<RunFollower>(path.toStdString());
    m_pull.start();
  }
  emit runChanged();
  emit headChanged();
  emit progressChanged();
}

void RunViewModel::reset() {
  m_errorText.clear();
  m_origin.clear();
  m_state = RunState::Preparing;
  m_alarmsShown_s = 0;
  m_headTaken = m_alarmsKnown = m_caughtUp = false;
  m_trainingPlan.reset();
  m_asked.reset();
  m_failureText.clear();
  m_failureDetail.clear();
  m_place = RunPlace();
  m_saves.clear();
  m_phases->setRows({});
  m_journal->setRows({});
  m_alarms->setRows({});
  m_plan->setRows({});
  m_devices->setRows({});
  m_samples->setSteps({});
  // Rows leave in place, so that plots keep their series objects.
  m_curves.clear();
  m_deviceCurves.clear();
  m_trouble.clear();
  m_digest = JournalDigest();
  m_newestDevices.clear();
  m_sampleFiles.clear();
  m_pick->close();
  m_curves.announce();
  m_plots->setClipNorm(kNan);
  m_plots->refresh();
  m_marks->set({}, {});
}

void RunViewModel::takeBatch() {
  const RunBatch batch = m_follower->take(kRowsATake);
  if (batch.head) {
    takeHead(*batch.head);  // first: it names the sources of the rows
  }
  const bool rows = batch.restarted || !batch.rows.empty();
  if (rows) {
    takeRows(batch.rows, batch.restarted);
  }
  m_caughtUp = batch.caught_up;
  takeDevices(batch);
  const QString error = QString::fromStdString(batch.error);
  const bool loading = m_loading && error.isEmpty() && !(batch.caught_up && m_headTaken);
  const bool loaded = m_loading && !loading;
  if (error != m_errorText || loading != m_loading || batch.head) {
    m_errorText = error;
    m_loading = loading;
    emit headChanged();
  }
  if (loaded || monotonic_seconds() - m_alarmsShown_s > kAlarmsEvery_s) {
    showAlarms();
    showSamples();
  }
  if (rows || batch.head) {
    showPlace();
    emit progressChanged();
    emit axisEndChanged();
  }
  m_pull.setInterval(batch.more ? kBusyPull_ms : kPull_ms);
}

void RunViewModel::takeRows(const std::vector<StepReport>& rows, bool restarted) {
  if (restarted) {
    m_curves.clear();
  }
  m_curves.append(rows);
  m_trouble.takeRows(rows, restarted);
  if (!rows.empty()) {
    const StepReport& last = rows.back();
    m_place.step = static_cast<double>(last.step);
    m_place.stepCount = last.total_steps > 0 ? static_cast<double>(last.total_steps) : m_place.stepCount;
    m_place.epoch = last.epoch;
    m_place.phase = static_cast<int>(last.phase) + 1;
    m_place.secondsPerStep = m_curves.secondsPerStep();
  }
  m_curves.announce();
  m_plots->refresh();
}

void RunViewModel::takeHead(const RunHead& head) {
  m_headTaken = true;
  m_name = QString::fromStdString(head.info.name);
  m_origin = originText(head);
  m_place.stepCount = head.status.total_steps > 0 ? static_cast<double>(head.status.total_steps) : m_place.stepCount;
  m_place.phases.clear();
  if (head.plan) {
    if (m_trainingPlan != *head.plan) {
      m_trainingPlan = *head.plan;
      m_curves.setPlan(*head.plan);
    }
    for (const PhasePlan& phase : head.plan->phases) {
      m_place.phases.append({QString::fromStdString(phase.name), static_cast<double>(phase.epochs)});
    }
    m_plots->setClipNorm(head.plan->clip_norm > 0 ? head.plan->clip_norm : kNan);
    m_plan->setRows(planLines(*head.plan, std::max(0, m_place.phase - 1)));
    if (m_overlays != nullptr) {
      m_overlays->setPlan(to_json(*head.plan), std::max(0, m_place.phase - 1));
    }
  }
  m_digest = digestOf(head.journal, wall_seconds());
  m_journal->setRows(m_digest.items);
  m_trouble.takeHead(head, m_digest);
  takeState(head);
  m_saves.clear();
  for (const int64_t step : head.checkpoints) {
    m_saves.append(static_cast<double>(step));
  }
  m_sampleFiles = head.samples;
}

void RunViewModel::takeState(const RunHead& head) {
  const RunState::Kind state = runStateOf(head.status);
  const bool works = state == RunState::Training || state == RunState::Preparing;
  const bool lives = works || state == RunState::Paused;
  if (m_asked == RunRequestKind::resume ? state != RunState::Paused : m_asked == RunRequestKind::stop ? !lives : !works) {
    m_asked.reset();  // answered
  }
  m_state = lives && (m_digest.stopAsked || m_asked == RunRequestKind::stop)     ? RunState::Stopping
            : works && (m_digest.pauseAsked || m_asked == RunRequestKind::pause) ? RunState::Pausing
            : state == RunState::Paused && m_asked == RunRequestKind::resume     ? RunState::Preparing
                                                                                 : state;
  const bool failed = state == RunState::Failed;
  m_failureText = failed ? QString::fromStdString(head.status.reason) : QString();
  m_failureDetail = failed ? QString::fromStdString(head.log) : QString();
}

void RunViewModel::takeDevices(const RunBatch& batch) {
  if (!batch.newest_device.empty()) {
    m_newestDevices = batch.newest_device;
    m_deviceCurves.setNames(m_newestDevices);
  }
  m_trouble.takeDevices(batch);
  const bool more = m_deviceCurves.append(batch.devices, m_curves, m_caughtUp);
  if (!batch.devices.empty() || more) {
    m_deviceCurves.announce();
    m_plots->refresh();
  }
  if (!batch.newest_device.empty() || !batch.rows.empty()) {
    m_devices->setRows(deviceItems(m_newestDevices, m_digest.devices, m_curves));
  }
}

void RunViewModel::showAlarms() {
  m_alarmsShown_s = monotonic_seconds();
  if (!m_headTaken) {
    return;
  }
  const QString before = warning();
  const std::vector<RunAlarm> trouble = m_trouble.at(wall_seconds());
  QList<JournalItem> alarms;
  for (const RunAlarm& alarm : trouble) {
    alarms << alarm.item;
  }
  m_alarms->setRows(alarms);
  if (!m_loading) {
    const AlarmNews::Look look = std::exchange(m_alarmsKnown, true) ? AlarmNews::Look::later : AlarmNews::Look::first;
    for (const JournalItem& alarm : m_news.take(m_path, trouble, look, m_trouble.live())) {
      emit alarmRaised(alarm);
    }
  }
  if (warning() != before) {
    emit warningChanged();
  }
}

void RunViewModel::showSamples() {
  QList<SampleGridModel::Step> steps = sampleSteps(m_sampleFiles, m_trainingPlan);
  addLosses(steps, m_curves, m_trouble.forgotten());
  m_samples->setSteps(steps);
}

void RunViewModel::showPlace() {
  m_phases->setRows(m_place.items(runs()));
  m_marks->set(m_curves.size() > 0 ? m_curves.phaseBands(m_place.phaseNames()) : QList<PhaseBand>(),
               m_curves.restartMarks(m_digest.restarts));
}

// ---- what the page asks

QString RunViewModel::stateText() const { return runStateText(m_state); }

double RunViewModel::lastSaveSecondsAgo() const { return m_digest.lastSave > 0 ? std::max(0.0, wall_seconds() - m_digest.lastSave) : kNan; }

double RunViewModel::axisEnd() const { return std::max(m_curves.end(m_axis), m_overlays != nullptr ? m_overlays->end(m_axis) : 0.0); }

int RunViewModel::recentAlarms() const {
  const QList<JournalItem>& alarms = m_alarms->rows();
  return static_cast<int>(std::count_if(alarms.begin(), alarms.end(), [](const JournalItem& item) { return item.secondsAgo < kHour_s; }));
}

QString RunViewModel::sampleHelp() const {
  return m_trainingPlan && !m_trainingPlan->has_samples()
             ? tr("The plan has no prompts and no validation pictures")
             : tr("Draws the plan's sample pictures and validates after this step; training waits meanwhile");
}

void RunViewModel::setOverlays(RunOverlays* overlays) {
  m_overlays = overlays;
  overlays->setAxis(m_axis);
  overlays->setSmoothing(m_smoothing);
  for (size_t metric = 0; metric < RunCurves::kMetrics; ++metric) {
    m_plots->setOverlay(static_cast<RunCurves::Metric>(metric), overlays->lines(static_cast<RunCurves::Metric>(metric)));
  }
  m_plots->refresh();
  connect(overlays, &RunOverlays::changed, this, [this] {
    m_plots->refresh();
    emit axisEndChanged();
  });
}

void RunViewModel::setAxis(SeriesAxis::Kind axis) {
  if (axis != m_axis) {
    m_axis = axis;
    if (m_overlays != nullptr) {
      m_overlays->setAxis(axis);
    }
    m_pick->close();
    emit axisChanged();
    emit axisEndChanged();
  }
}

void RunViewModel::setSmoothing(double weight) {
  weight = std::clamp(weight, 0.0, 0.999);
  if (weight != m_smoothing) {
    m_smoothing = weight;
    m_curves.setSmoothing(weight);
    if (m_overlays != nullptr) {
      m_overlays->setSmoothing(weight);
    }
    m_plots->refresh();
    emit smoothingChanged();
    emit progressChanged();
  }
}

RunPoint RunViewModel::pointAt(double x) const {
  RunPoint point = m_curves.at(m_axis, x);
  if (point.valid) {
    point.nearestSave = saveNearest(point.step);
  }
  return point;
}

double RunViewModel::saveNearest(double step) const {
  const auto nearest =
      std::min_element(m_saves.begin(), m_saves.end(), [step](double a, double b) { return std::abs(a - step) < std::abs(b - step); });
  return nearest == m_saves.end() ? -1 : *nearest;
}

void RunViewModel::pickAt(double x) {
  const RunPoint point = pointAt(x);
  if (point.valid) {
    m_pick->show(point, m_journal->rows(), m_samples->all());
    m_pick->batch()->load(m_path, static_cast<qint64>(point.step));
  }
}

// ---- what the run is asked

void RunViewModel::ask(RunRequestKind kind) {
  askRun(m_path, kind, this, [this, path = m_path](const QString& problem) {
    if (m_path != path) {
      return;
    }
    if (!problem.isEmpty()) {
      m_asked.reset();
      emit failed(problem);
    }
    m_follower->wake();
  });
}

void RunViewModel::askFor(RunRequestKind kind, RunState::Kind meanwhile) {
  m_asked = kind;
  m_state = meanwhile;
  emit headChanged();
  ask(kind);
}

void RunViewModel::stop() {
  if (canStop()) {
    askFor(RunRequestKind::stop, RunState::Stopping);
  }
}

void RunViewModel::pause() {
  if (canPause()) {
    askFor(RunRequestKind::pause, RunState::Pausing);
  }
}

void RunViewModel::resume() {
  if (m_state == RunState::Paused) {
    askFor(RunRequestKind::resume, RunState::Preparing);
  } else if (canResume()) {
    emit resumeRequested(m_path);
  }
}

void RunViewModel::save() {
  if (canSave()) {
    ask(RunRequestKind::save);
  }
}

void RunViewModel::sample() {
  if (canSample()) {
    ask(RunRequestKind::sample);
  }
}

void RunViewModel::branch(double step) {
  if (!canBranch()) {
    return;
  }
  const double from = step >= 0 ? saveNearest(step) : m_saves.last();
  const RunPoint point = m_curves.at(SeriesAxis::Step, from);
  const std::filesystem::path checkpoint =
      std::filesystem::path(m_path.toStdString()) / "checkpoints" / RunDirectory::step_name(static_cast<int64_t>(from));
  TrainingPlan plan = branchPlan(*m_trainingPlan, checkpoint.string(), m_curves.phaseOf(from), point.epoch);
  plan.name = tr("%1, branch at step %2").arg(m_name, QString::number(static_cast<qint64>(from))).toStdString();
  emit branchRequested(plan);
}

}  // namespace darkroom::app
