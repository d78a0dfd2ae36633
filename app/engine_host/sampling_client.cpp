// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/sampling_client.h"

#include <QTimer>

namespace darkroom::app {

SamplingClient::SamplingClient(EngineSupervisor* engine, QObject* parent) : QObject(parent), m_engine(engine) {
  connect(engine, &EngineSupervisor::stateChanged, this, [this] { sendWaiting(); });
  connect(engine, &EngineSupervisor::died, this, [this](const QString& reason, const QString& log) {
    failAll(m_engine->state() != EngineSupervisor::State::failed, reason, log);
  });
  connect(engine, &EngineSupervisor::received, this, [this](const message::FromEngine& message) { take(message); });
}

QString SamplingClient::start(const GenerateOptions& options) {
  QString id = QStringLiteral("generate-%1").arg(m_next++);
  m_pending.insert(id, {options});
  m_order.append(id);
  QTimer::singleShot(0, this, [this] { sendWaiting(); });
  return id;
}

void SamplingClient::sendWaiting() {
  if (m_engine->state() == EngineSupervisor::State::failed) {
    failAll(false, m_engine->problem(), m_engine->logText());
    return;
  }
  if (m_engine->state() != EngineSupervisor::State::ready) {
    return;
  }
  const QStringList order = m_order;
  for (const QString& id : order) {
    const auto pending = m_pending.find(id);
    if (pending != m_pending.end() && !pending->sent &&
        m_engine->send(message::Generate{.id = id.toStdString(), .options = pending->options})) {
      pending->sent = true;
      emit sent(id);
    }
  }
}

void SamplingClient::cancel(const QString& id) {
  const auto pending = m_pending.constFind(id);
  if (pending == m_pending.constEnd()) {
    return;
  }
  if (pending->sent) {
    m_engine->send(message::Cancel{id.toStdString()});
    return;
  }
  m_pending.remove(id);
  m_order.removeAll(id);
  QTimer::singleShot(0, this, [this, id] { emit cancelled(id); });
}

void SamplingClient::failAll(bool only_sent, const QString& reason, const QString& detail) {
  const QStringList order = m_order;
  for (const QString& id : order) {
    if (m_pending.contains(id) && (!only_sent || m_pending[id].sent)) {
      m_pending.remove(id);
      m_order.removeAll(id);
      emit failed(id, reason, detail);
    }
  }
}

void SamplingClient::take(const message::FromEngine& message) {
  const auto settle = [this](const std::string& key) {
    const QString id = QString::fromStdString(key);
    m_order.removeAll(id);
    return m_pending.remove(id) > 0 ? id : QString();
  };
  if (const auto* progress = std::get_if<message::Progress>(&message)) {
    if (const QString id = QString::fromStdString(progress->id); m_pending.contains(id)) {
      emit progressed(id, *progress);
    }
  } else if (const auto* preview = std::get_if<message::Preview>(&message)) {
    if (const QString id = QString::fromStdString(preview->id); m_pending.contains(id)) {
      emit previewed(id, *preview);
    }
  } else if (const auto* result = std::get_if<message::GenerateDone>(&message)) {
    if (const QString id = settle(result->id); !id.isEmpty()) {
      emit done(id, *result);
    }
  } else if (const auto* failure = std::get_if<message::GenerateFailed>(&message)) {
    if (const QString id = settle(failure->id); !id.isEmpty()) {
      emit failed(id, QString::fromStdString(failure->message), {});
    }
  } else if (const auto* stopped = std::get_if<message::Cancelled>(&message)) {
    if (const QString id = settle(stopped->id); !id.isEmpty()) {
      emit cancelled(id);
    }
  }
}

}  // namespace darkroom::app
