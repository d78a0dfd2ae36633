// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QUrl>
#include <deque>
#include <optional>
#include <vector>

#include "app/viewmodels/generate_items.h"
#include "app/viewmodels/step_pace.h"
#include "core/plan/generate_options.h"
#include "core/protocol/messages.h"

namespace darkroom::app {

class PreviewStore;
class SamplingClient;

/// What is being made: requests in their order, one at a time, image by image. Knows no form, no gallery and no files.
///
/// Each image goes to the engine as a request of its own (seed + i): finished ones are handed on at once, and a cancel loses only the one
/// that is being made.
class RequestQueue : public QObject {
  Q_OBJECT

 public:
  enum Stage { Idle, Waiting, Loading, Sampling, Decoding };

  /// An image, before it has a file.
  struct Place {
    qlonglong request = 0;
    int image = 0;  ///< of the request, from 0
  };
  struct Preview {
    QUrl url;  ///< in the PreviewStore
    int width = 0, height = 0;
    qlonglong seed = 0;
  };

  /// Both must outlive it.
  RequestQueue(SamplingClient* client, PreviewStore* previews, QObject* parent = nullptr);

  /// Starts it, or lets it wait behind the one that runs: `options.count` images, each with the next seed. Returns the request's number.
  qlonglong add(const GenerateOptions& options);
  /// The same with an image for each of `images`, whose counts do not count. `title` stands in the queue.
  qlonglong add(const QString& title, std::vector<GenerateOptions> images);
  /// Ends the request that runs; those that wait stay. An image that was finished before the engine heard of it is handed on.
  void cancel();
  void remove(int row);
  void move(int from, int to);

  bool busy() const { return m_stage != Idle; }
  Stage stage() const { return m_stage; }
  const StepPace& pace() const { return m_pace; }
  int imageNumber() const { return m_imageNumber; }
  int imageCount() const { return m_imageCount; }
  /// 0 to 1 of the request that runs.
  double progress() const;
  double secondsLeft() const { return m_pace.secondsLeft(m_imageCount - m_imageNumber); }
  /// Images of the request that runs or ran last.
  BatchModel* batch() const { return m_batch; }
  /// Requests that wait.
  QueueModel* waiting() const { return m_queue; }

  /// Tells the batch where an image that was handed on is now; an id of 0: it could not be kept. False when the batch shows another request
  /// by now.
  bool setKept(const Place& place, const QUrl& url, qlonglong imageId);

 signals:
  void progressChanged();
  /// The next request begins.
  void started(qlonglong request);
  void previewed(const darkroom::app::RequestQueue::Preview& preview);
  void made(const darkroom::app::RequestQueue::Place& place, const darkroom::message::GenerateDone& result);
  /// Every image of the request is made. `weights`: "ema", "live", or what else the engine says that it used.
  void finished(const QString& weights, double seconds);
  /// The request is over (and the next one begun): a sentence, and log lines or nothing.
  void failed(const QString& reason, const QString& detail);
  void cancelled();
  /// Of this request no more images come than came: it failed, or was cancelled or taken out of the queue.
  void abandoned(qlonglong request);

 private:
  struct Request {
    qlonglong id = 0;
    QString title;
    std::vector<GenerateOptions> images;
    int finished = 0;  ///< images of it that are done
    QString engineId;  ///< of the image that is being made
    double seconds = 0;
    bool cancelAsked = false;
  };
  void followClient();
  void startNext();
  void startImage();
  void endRequest();
  void endCancelled();
  bool runs(const QString& engineId) const { return m_running && m_running->engineId == engineId; }
  void takeProgress(const message::Progress& progress);
  void takePreview(const message::Preview& preview);
  void takeDone(const message::GenerateDone& result);
  void showWaiting();
  void setStage(Stage stage);

  SamplingClient* m_client;
  PreviewStore* m_previews;
  std::deque<Request> m_waiting;
  std::optional<Request> m_running;
  qlonglong m_nextId = 1;
  qlonglong m_batchRequest = 0;  ///< whose images stand in m_batch
  Stage m_stage = Idle;
  StepPace m_pace;
  QElapsedTimer m_clock;
  int m_imageNumber = 0;
  int m_imageCount = 0;
  BatchModel* m_batch;
  QueueModel* m_queue;
};

}  // namespace darkroom::app
