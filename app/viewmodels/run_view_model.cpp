// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/run_view_model.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QPointer>
#include <QThreadPool>
#include <cmath>

#include "app/engine_host/run_follower.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/run_journal_text.h"
#include "app/viewmodels/run_list_model.h"
#include "app/viewmodels/run_plan_text.h"
#include "core/run/run_control.h"

namespace darkroom::app {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int kRecent = 40;  ///< rows that speed and waiting are meant over

double now() { return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000.0; }

double recentMean(const std::vector<float>& values) {
  double sum = 0;
  int count = 0;
  for (size_t i = values.size(); i-- > 0 && count < kRecent && values.size() - i <= 4 * kRecent;) {
    if (std::isfinite(values[i])) {
      sum += values[i];
      ++count;
    }
  }
  return count > 0 ? sum / count : kNan;
}

QString categoryOf(const std::filesystem::path& file) {
  // NN_category.png
  const QString stem = QString::fromStdString(file.stem().string());
  qsizetype start = 0;
  while (start < stem.size() && stem[start].isDigit()) {
    ++start;
  }
  return stem.mid(start < stem.size() && stem[start] == '_' ? start + 1 : start).replace('_', ' ');
}

}  // namespace

RunViewModel::RunViewModel(QObject* parent)
    : QObject(parent),
      m_phases(new PhaseModel(this)),
      m_samples(new SampleGridModel(this)),
      m_journal(new JournalModel(this)),
      m_alarms(new JournalModel(this)),
      m_plan(new PlanLineModel(this)),
      m_devices(new DeviceModel(this)) {
  makeSeries();
  m_pull.setInterval(100);
  connect(&m_pull, &QTimer::timeout, this, &RunViewModel::takeBatch);
}

RunViewModel::~RunViewModel() = default;

void RunViewModel::makeSeries() {
  m_columns = std::make_shared<SeriesColumns>();
  for (std::unique_ptr<SeriesStore>* series : {&m_loss, &m_plainLoss, &m_rate, &m_norm, &m_speed, &m_wait, &m_memory}) {
    *series = std::make_unique<SeriesStore>(m_columns);
    (*series)->setSmoothing(m_smoothing);
  }
  m_marks = std::make_unique<PlotMarks>();
}

QList<SeriesStore*> RunViewModel::allSeries() const {
  return {m_loss.get(), m_plainLoss.get(), m_rate.get(), m_norm.get(), m_speed.get(), m_wait.get(), m_memory.get()};
}

void RunViewModel::openRun(const QString& path, int seriesIndex) {
  if (path == m_path) {
    return;
  }
  m_follower.reset();
  m_pull.stop();
  m_path = path;
  m_seriesIndex = seriesIndex;
  m_loading = !path.isEmpty();
  m_errorText.clear();
  m_name = path.section('/', -1);
  m_origin.clear();
  m_state = RunState::Preparing;
  m_stopAsked = m_headTaken = false;
  m_failureText.clear();
  m_failureDetail.clear();
  m_step = m_stepCount = m_epoch = 0;
  m_phaseNumber = 0;
  m_phaseEpochs.clear();
  m_phaseStarts.clear();
  m_restartSteps.clear();
  m_clipNorm = m_imagesPerSecond = m_dataWaitMs = m_secondsPerStep = kNan;
  m_lastSaveTime = 0;
  m_lastTime = m_hours = 0;
  m_saves.clear();
  m_phases->setRows({});
  m_journal->setRows({});
  m_alarms->setRows({});
  m_plan->setRows({});
  m_devices->setRows({});
  m_samples->setSteps({});
  // Rows leave in place, so that plots keep their series objects.
  m_columns->truncate(0);
  for (SeriesStore* series : allSeries()) {
    series->truncate(0);
    series->announce();
  }
  m_marks->set({}, {});
  if (!path.isEmpty()) {
    m_follower = std::make_unique<RunFollower>(path.toStdString());
    m_pull.start();
  }
  emit runChanged();
  emit headChanged();
  emit progressChanged();
}

void RunViewModel::takeBatch() {
  RunBatch batch = m_follower->take();
  const bool rows = batch.restarted || !batch.rows.empty();
  if (rows) {
    takeRows(batch);
  }
  if (batch.head) {
    takeHead(batch);
  }
  const QString error = QString::fromStdString(batch.error);
  const bool loading = m_loading && !(batch.caught_up && (m_headTaken || !error.isEmpty()));
  if (error != m_errorText || loading != m_loading || batch.head) {
    m_errorText = error;
    m_loading = loading;
    emit headChanged();
  }
  if (rows || batch.head) {
    updateMarks();
    emit progressChanged();
  }
}

void RunViewModel::takeRows(const RunBatch& batch) {
  if (batch.restarted) {
    m_columns->truncate(0);
    for (SeriesStore* series : allSeries()) {
      series->truncate(0);
    }
    m_phaseStarts.clear();
    m_lastTime = m_hours = 0;
  }
  for (const StepReport& row : batch.rows) {
    // A pause is no training: a gap that is much longer than a step counts as one step.
    const double step_s = std::isfinite(row.step_ms) ? row.step_ms / 1000 : 0;
    const double gap_s = m_lastTime > 0 ? row.time - m_lastTime : step_s;
    m_hours += (gap_s < 0 || gap_s > 30 + 10 * step_s ? step_s : gap_s) / 3600;
    m_lastTime = row.time;
    while (m_phaseStarts.size() <= row.phase) {
      m_phaseStarts.append(static_cast<qsizetype>(m_columns->size()));
    }
    m_columns->append(static_cast<double>(row.step), row.epoch, static_cast<double>(row.images), m_hours);
    m_loss->append(static_cast<float>(row.loss));
    m_plainLoss->append(static_cast<float>(row.loss_unweighted));
    m_rate->append(static_cast<float>(row.lr));
    m_norm->append(static_cast<float>(row.grad_norm));
    m_speed->append(static_cast<float>(row.images_per_s));
    m_wait->append(static_cast<float>(row.data_wait_ms));
    m_memory->append(static_cast<float>(row.peak_gib));
  }
  if (!batch.rows.empty()) {
    const StepReport& last = batch.rows.back();
    m_step = static_cast<double>(last.step);
    m_stepCount = last.total_steps > 0 ? static_cast<double>(last.total_steps) : m_stepCount;
    m_epoch = last.epoch;
    m_phaseNumber = static_cast<int>(last.phase) + 1;
    const size_t size = m_columns->size();
    const size_t from = size > kRecent ? size - kRecent : 0;
    const double steps = m_columns->values[SeriesAxis::Step].back() - m_columns->values[SeriesAxis::Step][from];
    const double hours = m_columns->values[SeriesAxis::Time].back() - m_columns->values[SeriesAxis::Time][from];
    m_secondsPerStep = steps > 0 && hours > 0 ? hours * 3600 / steps : std::isfinite(last.step_ms) ? last.step_ms / 1000 : kNan;
  }
  m_imagesPerSecond = recentMean(m_speed->raw());
  m_dataWaitMs = recentMean(m_wait->raw());
  for (SeriesStore* series : allSeries()) {
    series->announce();
  }
}

void RunViewModel::takeHead(const RunBatch& batch) {
  const RunHead& head = *batch.head;
  m_headTaken = true;
  m_name = QString::fromStdString(head.info.name);
  m_stepCount = head.status.total_steps > 0 ? static_cast<double>(head.status.total_steps) : m_stepCount;
  if (head.info.parent) {
    const auto step = RunDirectory::step_of_name(head.info.parent->checkpoint);
    m_origin =
        tr("branch of %1 at step %2").arg(QString::fromStdString(head.parent_name), Format::count(static_cast<double>(step.value_or(0))));
  } else if (head.plan && head.plan->name != head.info.name) {
    m_origin = QString::fromStdString(head.plan->name);
  } else {
    m_origin.clear();
  }
  m_clipNorm = head.plan && head.plan->clip_norm > 0 ? head.plan->clip_norm : kNan;
  m_phaseEpochs.clear();
  m_phaseNames.clear();
  if (head.plan) {
    for (const PhasePlan& phase : head.plan->phases) {
      m_phaseEpochs.append(static_cast<double>(phase.epochs));
      m_phaseNames.append(QString::fromStdString(phase.name));
    }
    m_plan->setRows(planLines(*head.plan, std::max(0, m_phaseNumber - 1)));
  }
  const double time = now();
  QList<JournalItem> journal, alarms;
  m_restartSteps.clear();
  bool asked = false;
  for (auto entry = head.journal.rbegin(); entry != head.journal.rend(); ++entry) {
    const JournalItem item = journalItem(*entry, time);
    journal.append(item);
    if (isAlarm(*entry)) {
      alarms.append(item);
    }
    if (entry->event == JournalEvent::saved && m_lastSaveTime < entry->time) {
      m_lastSaveTime = entry->time;
    }
    if (entry->event == JournalEvent::resumed && item.step >= 0) {
      m_restartSteps.prepend(item.step);
    }
  }
  for (const JournalEntry& entry : head.journal) {
    asked = entry.event == JournalEvent::stop_requested || (asked && entry.event != JournalEvent::launched &&
                                                            entry.event != JournalEvent::resumed && entry.event != JournalEvent::stopped);
  }
  m_journal->setRows(journal);
  m_alarms->setRows(alarms);
  m_saves.clear();
  for (const int64_t step : head.checkpoints) {
    m_saves.append(static_cast<double>(step));
  }
  const RunState::Kind state = runStateOf(head.status);
  const bool runs = state == RunState::Training || state == RunState::Preparing;
  m_stopAsked = m_stopAsked && runs;
  m_state = runs && (asked || m_stopAsked) ? RunState::Stopping : state;
  m_failureText.clear();
  m_failureDetail.clear();
  if (state == RunState::Failed) {
    m_failureText = QString::fromStdString(head.status.reason);
    m_failureDetail = QString::fromStdString(head.log);
  }
  QList<SampleGridModel::Step> steps;
  for (const RunDirectory::StepSamples& samples : head.samples) {
    SampleGridModel::Step step{static_cast<int>(samples.step), {}};
    for (const std::filesystem::path& file : samples.files) {
      SampleItem item;
      item.imageUrl = QUrl::fromLocalFile(QString::fromStdString(file.string()));
      item.category = categoryOf(file);
      const size_t number = static_cast<size_t>(step.samples.size());
      if (head.plan && number < head.plan->validation.prompts.size()) {
        item.prompt = QString::fromStdString(head.plan->validation.prompts[number].text);
      }
      step.samples.append(item);
    }
    steps.append(step);
  }
  m_samples->setSteps(steps);
  QList<DeviceItem> devices;
  for (const DeviceLine& line : head.devices) {
    devices.append(deviceItem(line));
  }
  m_devices->setRows(devices);
}

void RunViewModel::updateMarks() {
  QList<PhaseItem> phases;
  double epochs = 0;
  for (const double count : m_phaseEpochs) {
    epochs += count;
  }
  double before = 0;
  for (qsizetype i = 0; i < m_phaseEpochs.size(); ++i) {
    PhaseItem item;
    item.number = static_cast<int>(i) + 1;
    item.name = m_phaseNames[i];
    item.share = epochs > 0 ? m_phaseEpochs[i] / epochs : 1.0 / static_cast<double>(m_phaseEpochs.size());
    item.progress = m_phaseEpochs[i] > 0 ? std::clamp((m_epoch - before) / m_phaseEpochs[i], 0.0, 1.0) : 0;
    item.active = item.number == m_phaseNumber && (m_state == RunState::Training || m_state == RunState::Stopping);
    before += m_phaseEpochs[i];
    phases.append(item);
  }
  m_phases->setRows(phases);
  QList<PhaseBand> bands;
  for (qsizetype i = 0; i < m_phaseStarts.size() && m_columns->size() > 0; ++i) {
    PhaseBand band;
    band.name = m_phaseNames.value(i);
    for (int axis = 0; axis < 4; ++axis) {
      const std::vector<double>& x = m_columns->values[axis];
      const bool last = i + 1 == m_phaseStarts.size();
      band.from[axis] = i == 0 ? 0 : x[static_cast<size_t>(m_phaseStarts[i])];
      band.to[axis] = last ? kNan : x[static_cast<size_t>(m_phaseStarts[i + 1])];
    }
    bands.append(band);
  }
  QList<RestartMark> restarts;
  for (const double step : std::as_const(m_restartSteps)) {
    const size_t row = m_columns->lower_bound(SeriesAxis::Step, step);
    if (row < m_columns->size()) {
      RestartMark mark;
      for (int axis = 0; axis < 4; ++axis) {
        mark.x[axis] = m_columns->values[axis][row];
      }
      restarts.append(mark);
    }
  }
  m_marks->set(bands, restarts);
}

QString RunViewModel::stateText() const { return runStateText(m_state); }

QString RunViewModel::placeText() const {
  QStringList parts;
  if (phaseCount() > 1) {
    parts << tr("phase %1 of %2").arg(std::max(1, m_phaseNumber)).arg(phaseCount());
  }
  double epochs = 0;
  for (const double count : m_phaseEpochs) {
    epochs += count;
  }
  if (epochs > 1) {
    // Epochs are counted as people do: the first one is epoch 1.
    parts << tr("epoch %1 of %2").arg(Format::count(std::min(epochs, std::floor(m_epoch) + 1)), Format::count(epochs));
  }
  parts << (m_stepCount > 0 ? tr("step %1 of %2").arg(Format::count(m_step), Format::count(m_stepCount))
                            : tr("step %1").arg(Format::count(m_step)));
  return parts.join(QStringLiteral(", "));
}

double RunViewModel::secondsLeft() const {
  const bool runs = m_state == RunState::Training || m_state == RunState::Stopping;
  return runs && m_stepCount > 0 ? std::max(0.0, m_stepCount - m_step) * m_secondsPerStep : kNan;
}

double RunViewModel::phaseSecondsLeft() const {
  double end = 0;
  for (int i = 0; i < m_phaseNumber && i < m_phaseEpochs.size(); ++i) {
    end += m_phaseEpochs[i];
  }
  const bool runs = m_state == RunState::Training || m_state == RunState::Stopping;
  return runs && m_epoch > 0 && m_step > 0 ? std::max(0.0, end - m_epoch) * (m_step / m_epoch) * m_secondsPerStep : kNan;
}

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
    for (SeriesStore* series : allSeries()) {
      series->setSmoothing(weight);
    }
    emit smoothingChanged();
    emit progressChanged();
  }
}

RunPoint RunViewModel::pointAt(double x) const {
  RunPoint point;
  const std::vector<double>& column = m_columns->values[m_axis];
  if (column.empty() || !std::isfinite(x)) {
    return point;
  }
  size_t row = std::min(m_columns->lower_bound(m_axis, x), column.size() - 1);
  if (row > 0 && x - column[row - 1] < column[row] - x) {
    --row;
  }
  point.valid = true;
  point.x = column[row];
  point.step = m_columns->values[SeriesAxis::Step][row];
  point.epoch = m_columns->values[SeriesAxis::Epoch][row];
  point.loss = static_cast<double>(m_loss->smoothed()[row]);
  point.rawLoss = static_cast<double>(m_loss->raw()[row]);
  point.learningRate = static_cast<double>(m_rate->raw()[row]);
  point.gradientNorm = static_cast<double>(m_norm->raw()[row]);
  point.imagesPerSecond = static_cast<double>(m_speed->raw()[row]);
  for (const double save : m_saves) {
    if (point.nearestSave < 0 || std::abs(save - point.step) < std::abs(point.nearestSave - point.step)) {
      point.nearestSave = save;
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
