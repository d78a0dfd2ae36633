// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/run_view_model.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QPointer>
#include <QThreadPool>

#include "app/engine_host/run_follower.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/run_journal_text.h"
#include "app/viewmodels/run_list_model.h"
#include "app/viewmodels/run_plan_text.h"
#include "core/run/run_control.h"

namespace darkroom::app {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double now() { return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000.0; }

QString originOf(const RunHead& head) {
  if (head.info.parent) {
    const auto step = RunDirectory::step_of_name(head.info.parent->checkpoint);
    return RunViewModel::tr("branch of %1 at step %2")
        .arg(QString::fromStdString(head.parent_name), Format::count(static_cast<double>(step.value_or(0))));
  }
  return head.plan && head.plan->name != head.info.name ? QString::fromStdString(head.plan->name) : QString();
}

}  // namespace

RunViewModel::RunViewModel(QObject* parent)
    : QObject(parent),
      m_marks(new PlotMarks(this)),
      m_phases(new PhaseModel(this)),
      m_samples(new SampleGridModel(this)),
      m_journal(new JournalModel(this)),
      m_alarms(new JournalModel(this)),
      m_plan(new PlanLineModel(this)),
      m_devices(new DeviceModel(this)) {
  m_curves.setSmoothing(m_smoothing);
  m_pull.setInterval(100);
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
  m_stopAsked = m_headTaken = false;
  m_failureText.clear();
  m_failureDetail.clear();
  m_place = RunPlace();
  m_clipNorm = kNan;
  m_lastSaveTime = 0;
  m_saves.clear();
  m_restarts.clear();
  m_phases->setRows({});
  m_journal->setRows({});
  m_alarms->setRows({});
  m_plan->setRows({});
  m_devices->setRows({});
  m_samples->setSteps({});
  // Rows leave in place, so that plots keep their series objects.
  m_curves.clear();
  m_curves.announce();
  m_marks->set({}, {});
}

void RunViewModel::takeBatch() {
  const RunBatch batch = m_follower->take();
  const bool rows = batch.restarted || !batch.rows.empty();
  if (rows) {
    takeRows(batch.rows, batch.restarted);
  }
  if (batch.head) {
    takeHead(*batch.head);
  }
  const QString error = QString::fromStdString(batch.error);
  const bool loading = m_loading && error.isEmpty() && !(batch.caught_up && m_headTaken);
  if (error != m_errorText || loading != m_loading || batch.head) {
    m_errorText = error;
    m_loading = loading;
    emit headChanged();
  }
  if (rows || batch.head) {
    showPlace();
    emit progressChanged();
  }
}

void RunViewModel::takeRows(const std::vector<StepReport>& rows, bool restarted) {
  if (restarted) {
    m_curves.clear();
  }
  m_curves.append(rows);
  if (!rows.empty()) {
    const StepReport& last = rows.back();
    m_place.step = static_cast<double>(last.step);
    m_place.stepCount = last.total_steps > 0 ? static_cast<double>(last.total_steps) : m_place.stepCount;
    m_place.epoch = last.epoch;
    m_place.phase = static_cast<int>(last.phase) + 1;
    m_place.secondsPerStep = m_curves.secondsPerStep();
  }
  m_curves.announce();
}

void RunViewModel::takeHead(const RunHead& head) {
  m_headTaken = true;
  m_name = QString::fromStdString(head.info.name);
  m_origin = originOf(head);
  m_place.stepCount = head.status.total_steps > 0 ? static_cast<double>(head.status.total_steps) : m_place.stepCount;
  m_place.phases.clear();
  m_clipNorm = kNan;
  if (head.plan) {
    for (const PhasePlan& phase : head.plan->phases) {
      m_place.phases.append({QString::fromStdString(phase.name), static_cast<double>(phase.epochs)});
    }
    m_clipNorm = head.plan->clip_norm > 0 ? head.plan->clip_norm : kNan;
    m_plan->setRows(planLines(*head.plan, std::max(0, m_place.phase - 1)));
  }
  takeJournal(head);
  m_saves.clear();
  for (const int64_t step : head.checkpoints) {
    m_saves.append(static_cast<double>(step));
  }
  m_samples->setSteps(sampleSteps(head.samples, head.plan));
  QList<DeviceItem> devices;
  for (const DeviceLine& line : head.devices) {
    devices.append(deviceItem(line));
  }
  m_devices->setRows(devices);
}

void RunViewModel::takeJournal(const RunHead& head) {
  const JournalDigest digest = digestOf(head.journal, now());
  m_journal->setRows(digest.items);
  m_alarms->setRows(digest.alarms);
  m_restarts = digest.restarts;
  m_lastSaveTime = digest.lastSave;
  const RunState::Kind state = runStateOf(head.status);
  const bool lives = state == RunState::Training || state == RunState::Preparing;
  m_stopAsked = m_stopAsked && lives;
  m_state = lives && (digest.stopAsked || m_stopAsked) ? RunState::Stopping : state;
  const bool failed = state == RunState::Failed;
  m_failureText = failed ? QString::fromStdString(head.status.reason) : QString();
  m_failureDetail = failed ? QString::fromStdString(head.log) : QString();
}

void RunViewModel::showPlace() {
  m_phases->setRows(m_place.items(runs()));
  m_marks->set(m_curves.size() > 0 ? m_curves.phaseBands(m_place.phaseNames()) : QList<PhaseBand>(), m_curves.restartMarks(m_restarts));
}

// ---- what the page asks

QString RunViewModel::stateText() const { return runStateText(m_state); }

double RunViewModel::lastSaveSecondsAgo() const { return m_lastSaveTime > 0 ? std::max(0.0, now() - m_lastSaveTime) : kNan; }

void RunViewModel::setAxis(SeriesAxis::Kind axis) {
  if (axis != m_axis) {
    m_axis = axis;
    emit axisChanged();
  }
}

void RunViewModel::setSmoothing(double weight) {
  weight = std::clamp(weight, 0.0, 0.999);
  if (weight != m_smoothing) {
    m_smoothing = weight;
    m_curves.setSmoothing(weight);
    emit smoothingChanged();
    emit progressChanged();
  }
}

RunPoint RunViewModel::pointAt(double x) const {
  RunPoint point = m_curves.at(m_axis, x);
  if (point.valid) {
    for (const double save : m_saves) {
      if (point.nearestSave < 0 || std::abs(save - point.step) < std::abs(point.nearestSave - point.step)) {
        point.nearestSave = save;
      }
    }
  }
  return point;
}

void RunViewModel::stop() {
  if (!canStop()) {
    return;
  }
  m_stopAsked = true;
  m_state = RunState::Stopping;
  emit headChanged();
  QThreadPool::globalInstance()->start([self = QPointer<RunViewModel>(this), path = m_path.toStdString()] {
    QString reason;
    try {
      send_request(RunDirectory::open(path), RunRequestKind::stop,
                   "darkroom (pid " + std::to_string(QCoreApplication::applicationPid()) + ")");
    } catch (const std::exception& error) {
      reason = QString::fromUtf8(error.what());
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, reason] {
      if (!self) {
        return;
      }
      if (!reason.isEmpty()) {
        self->m_stopAsked = false;
        emit self->failed(reason);
      }
      if (self->m_follower) {
        self->m_follower->wake();
      }
    });
  });
}

void RunViewModel::resume() {
  if (canResume()) {
    emit resumeRequested(m_path);
  }
}

}  // namespace darkroom::app
