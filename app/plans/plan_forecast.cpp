// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_forecast.h"

#include <QHash>
#include <algorithm>
#include <cmath>

#include "app/engine_host/engine_task.h"
#include "app/viewmodels/format.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace darkroom::app {
namespace {

constexpr int kWaitMs = 400;

double numberOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

QString textOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

// The colours of the design: one each for what a step always needs, grey for what stands around it.
int seriesOf(const QString& part) {
  static const QHash<QString, int> colors{{"weights", 5}, {"gradients", 0},   {"optimiser", 2},
                                          {"EMA", 3},     {"activations", 1}, {"bf16 copy", 4}};
  return colors.value(part, -1);
}

}  // namespace

PlanForecast::PlanForecast(const EngineCommand& command, QObject* parent)
    : QObject(parent), m_command(command), m_parts(new ForecastPartModel(this)), m_phases(new ForecastPhaseModel(this)) {
  m_wait.setSingleShot(true);
  m_wait.setInterval(kWaitMs);
  connect(&m_wait, &QTimer::timeout, this, [this] { ask(false); });
}

PlanForecast::~PlanForecast() { delete m_task; }

void PlanForecast::show(const Json& plan, const QStringList& devices) {
  if (plan == m_plan && devices == m_devices) {
    return;
  }
  m_plan = plan;
  m_devices = devices;
  m_current = false;
  delete m_task;
  m_measuring = false;
  if (plan.is_null()) {
    m_wait.stop();
    clear();
  } else {
    m_wait.start();
  }
}

void PlanForecast::clear() {
  m_answer = Json();
  m_problem.clear();
  m_seconds.clear();
  m_fits = true;
  m_diskText.clear();
  m_diskDetail.clear();
  m_parts->setRows({});
  m_phases->setRows({});
  emit changed();
}

void PlanForecast::take(const Json& answer, bool measured) {
  m_answer = answer;
  m_current = true;
  m_measured = measured;
  m_problem.clear();
  const Json devices = answer.value("devices", Json::array());
  m_deviceNames.clear();
  m_deviceBytes = 0;
  for (const Json& device : devices) {
    m_deviceNames << textOf(device, "id");
    const double bytes = numberOf(device, "available_bytes");
    m_deviceBytes = std::isfinite(bytes) ? (m_deviceBytes > 0 ? std::min(m_deviceBytes, bytes) : bytes) : m_deviceBytes;
  }
  takePhases(answer.value("phases", Json::array()));
  m_fits = answer.value("fits", true);
  takeDisk(answer.value("disk", Json::object()));
  emit changed();
}

void PlanForecast::takePhases(const Json& phases) {
  QList<ForecastPhase> rows;
  const Json* largest = nullptr;
  m_seconds.clear();
  m_totalSeconds = 0;
  m_peakBytes = 0;
  for (const Json& phase : phases) {
    const double speed = numberOf(phase, "images_per_s");
    const double seconds = numberOf(phase, "seconds");
    rows << ForecastPhase{.name = textOf(phase, "name"),
                          .speedText = std::isfinite(speed) ? Format::figure(speed) : QStringLiteral("–"),
                          .timeText = std::isfinite(seconds) ? Format::duration(seconds) : QStringLiteral("–")};
    m_seconds << seconds;
    m_totalSeconds += seconds;  // not known as a whole when one is not
    if (largest == nullptr || numberOf(phase, "device_bytes") > m_peakBytes) {
      largest = &phase;
      m_peakBytes = numberOf(phase, "device_bytes");
    }
    for (const Json& problem : phase.value("problems", Json::array())) {
      m_problem = m_problem.isEmpty() && problem.is_string() ? QString::fromStdString(problem.get<std::string>()) : m_problem;
    }
  }
  QList<ForecastPart> parts;
  if (largest != nullptr) {
    for (const Json& part : largest->value("device_parts", Json::array())) {
      const double bytes = numberOf(part, "bytes");
      QString name = textOf(part, "name");
      name = name.left(1).toUpper() + name.mid(1);
      parts << ForecastPart{.name = name, .text = Format::bytes(bytes), .bytes = bytes, .series = seriesOf(textOf(part, "name"))};
    }
  }
  m_parts->setRows(parts);
  m_phases->setRows(rows);
}

void PlanForecast::takeDisk(const Json& disk) {
  const double bytes = numberOf(disk, "total_bytes");
  m_diskText = std::isfinite(bytes) ? Format::bytes(bytes) : QString();
  const double each = numberOf(disk, "checkpoint_bytes");
  const double count = numberOf(disk, "checkpoints");
  m_diskDetail = std::isfinite(each) && std::isfinite(count)
                     ? tr("up to %1 checkpoints of %2").arg(Format::count(count), Format::bytes(each))
                     : QString();
}

void PlanForecast::measure() {
  if (!m_plan.is_null() && !m_measuring) {
    m_wait.stop();
    delete m_task;
    ask(true);
  }
}

void PlanForecast::stopMeasuring() {
  if (m_measuring && m_task) {
    m_task->stop();
  }
}

void PlanForecast::ask(bool probe) {
  const QString file = m_folder.filePath("plan.json");
  try {
    write_file_atomically(file.toStdString(), m_plan.dump());
  } catch (const Error& error) {
    m_problem = QString::fromUtf8(error.what());
    emit changed();
    return;
  }
  QStringList arguments{"plan", "forecast", file, "--devices", m_devices.join(',')};
  if (probe) {
    arguments << "--probe";
  }
  m_measuring = probe;
  m_progress.clear();
  m_task = new EngineTask(m_command, arguments, this);
  const auto end = [this] {
    m_measuring = false;
    m_task->deleteLater();
    m_task.clear();
  };
  connect(m_task, &EngineTask::progressed, this, [this](const QString&, double, double, const QString&, double secondsLeft) {
    m_progress = secondsLeft >= 0 ? tr("%1 left").arg(Format::duration(secondsLeft)) : QString();
    emit changed();
  });
  connect(m_task, &EngineTask::finished, this, [this, end, probe](const Json& answer) {
    end();
    take(answer, probe);
  });
  connect(m_task, &EngineTask::failed, this, [this, end, probe](const QString& reason) {
    end();
    if (!probe) {
      clear();
    }
    m_problem = reason;
    emit changed();
  });
  connect(m_task, &EngineTask::stopped, this, [this, end] {
    end();
    emit changed();
  });
  emit changed();
}

QString PlanForecast::stateText() const {
  if (m_measuring) {
    return m_progress.isEmpty() ? tr("measuring") : tr("measuring, %1").arg(m_progress);
  }
  if (!known()) {
    return {};
  }
  return !m_current ? tr("out of date") : m_measured ? tr("measured") : tr("estimated");
}

QString PlanForecast::peakText() const { return Format::gigabytes(m_peakBytes); }
QString PlanForecast::deviceText() const { return Format::gigabytes(m_deviceBytes) + tr(" GB"); }
QString PlanForecast::totalTimeText() const { return Format::duration(m_totalSeconds); }

}  // namespace darkroom::app
