// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>

#include "app/engine_host/engine_supervisor.h"

namespace darkroom::app {

/// Requests for pictures. Each id that start() gives gets exactly one of `done`, `failed`, `cancelled`, whatever happens to the engine.
class SamplingClient : public QObject {
  Q_OBJECT

 public:
  explicit SamplingClient(EngineSupervisor* engine, QObject* parent = nullptr);

  /// Sends the request, or keeps it until the engine is ready. The answer comes from the event loop, never from within this call.
  QString start(const GenerateOptions& options);
  /// The engine stops within a step; a request that was not sent yet ends at once.
  void cancel(const QString& id);

 signals:
  /// It went to the engine.
  void sent(const QString& id);
  void progressed(const QString& id, const darkroom::message::Progress& progress);
  void previewed(const QString& id, const darkroom::message::Preview& preview);
  void done(const QString& id, const darkroom::message::GenerateDone& result);
  /// `reason` is a sentence; `detail` are log lines, or empty.
  void failed(const QString& id, const QString& reason, const QString& detail);
  void cancelled(const QString& id);

 private:
  struct Pending {
    GenerateOptions options;
    bool sent = false;
  };
  void sendWaiting();
  void failAll(bool only_sent, const QString& reason, const QString& detail);
  void take(const message::FromEngine& message);

  EngineSupervisor* m_engine;
  QHash<QString, Pending> m_pending;
  QStringList m_order;  ///< ids in the order of start()
  qint64 m_next = 1;
};

}  // namespace darkroom::app
