// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QStringList>
#include <QTimer>
#include <QUrl>
#include <optional>

#include "core/plan/generate_options.h"
#include "core/protocol/messages.h"

namespace darkroom::app {

class PreviewStore;
class SamplingClient;

/// What a slider that is set to live shows while it moves: the picture again with few steps. The newest settings win: what is being made
/// for older ones is cancelled. Nothing of it is kept.
class LivePicture : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  /// Names of the sliders that are live: keys of the parameter table, "lora" for those of the LoRAs.
  Q_PROPERTY(QList<QString> keys READ keys NOTIFY keysChanged)
  Q_PROPERTY(bool busy READ busy NOTIFY busyChanged)

 public:
  /// Steps of a live picture; fewer where fewer are asked for.
  static constexpr int kSteps = 8;

  /// Both must outlive it.
  LivePicture(SamplingClient* client, PreviewStore* previews, QObject* parent = nullptr);

  QStringList keys() const { return m_keys; }
  bool busy() const { return !m_running.isEmpty(); }
  Q_INVOKABLE void toggle(const QString& key);
  /// A slider was moved: when it is live, `wanted` comes a moment later, once for several moves.
  Q_INVOKABLE void moved(const QString& key);

  /// One image of these settings, with few steps.
  void show(const GenerateOptions& options);
  /// Ends what is being made; nothing more comes of it, nor of what is made and being decoded.
  void stop();

 signals:
  void keysChanged();
  void busyChanged();
  /// The settings should be shown now.
  void wanted();
  /// A preview, or the finished picture, in the PreviewStore.
  void shown(const QUrl& url, const QSize& size, qlonglong seed, int steps);
  /// A sentence, and log lines or nothing.
  void failed(const QString& reason, const QString& detail);

 private:
  void start();
  void ended();
  void showImage(const QImage& image, const QSize& size);
  void takeDone(const message::GenerateDone& result);

  SamplingClient* m_client;
  PreviewStore* m_previews;
  QStringList m_keys;
  QTimer m_soon;
  QString m_running;  ///< the engine's id; empty: nothing is being made
  GenerateOptions m_options;
  std::optional<GenerateOptions> m_next;
  bool m_cancelAsked = false;
  quint64 m_newest = 0;  ///< counts pictures and stops: one that is decoded too late is not shown
};

}  // namespace darkroom::app
