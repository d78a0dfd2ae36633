// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/request_queue.h"

#include <QImage>

#include "app/engine_host/sampling_client.h"
#include "app/viewmodels/preview_store.h"

namespace darkroom::app {

RequestQueue::RequestQueue(SamplingClient* client, PreviewStore* previews, QObject* parent)
    : QObject(parent), m_client(client), m_previews(previews), m_batch(new BatchModel(this)), m_queue(new QueueModel(this)) {
  m_clock.start();
  followClient();
}

void RequestQueue::followClient() {
  connect(m_client, &SamplingClient::sent, this, [this](const QString& id) {
    if (runs(id) && m_stage == Waiting) {
      setStage(Loading);
    }
  });
  connect(m_client, &SamplingClient::progressed, this, [this](const QString& id, const message::Progress& progress) {
    if (runs(id)) {
      takeProgress(progress);
    }
  });
  connect(m_client, &SamplingClient::previewed, this, [this](const QString& id, const message::Preview& preview) {
    if (runs(id)) {
      takePreview(preview);
    }
  });
  connect(m_client, &SamplingClient::done, this, [this](const QString& id, const message::GenerateDone& result) {
    if (runs(id)) {
      takeDone(result);
    }
  });
  connect(m_client, &SamplingClient::failed, this, [this](const QString& id, const QString& reason, const QString& detail) {
    if (runs(id)) {
      emit abandoned(m_running->id);
      endRequest();
      emit failed(reason, detail);
    }
  });
  connect(m_client, &SamplingClient::cancelled, this, [this](const QString& id) {
    if (runs(id)) {
      endCancelled();
    }
  });
}

qlonglong RequestQueue::add(const GenerateOptions& options) {
  std::vector<GenerateOptions> images(static_cast<size_t>(options.count), options);
  for (size_t i = 0; i < images.size(); ++i) {
    const auto index = static_cast<int64_t>(i);
    if (options.variation_seed && options.variation_strength > 0) {
      *images[i].variation_seed += index;  // variations of one picture: its own seed stays
    } else {
      images[i].seed += index;
    }
  }
  return add(QString::fromStdString(options.prompt).simplified(), std::move(images));
}

qlonglong RequestQueue::add(const QString& title, std::vector<GenerateOptions> images) {
  const qlonglong id = m_nextId++;
  m_waiting.push_back({id, title, std::move(images), 0, {}, 0, false});
  showWaiting();
  if (!m_running) {
    startNext();
  }
  return id;
}

void RequestQueue::startNext() {
  if (m_waiting.empty()) {
    setStage(Idle);
    return;
  }
  m_running = std::move(m_waiting.front());
  m_waiting.pop_front();
  showWaiting();
  emit started(m_running->id);
  QList<BatchItem> items;
  m_imageCount = static_cast<int>(m_running->images.size());
  for (int number = 1; number <= m_imageCount; ++number) {
    items.append({number, QStringLiteral("waiting"), {}, 0});
  }
  m_batch->setRows(items);
  m_batchRequest = m_running->id;
  m_pace.forget();
  startImage();
}

void RequestQueue::startImage() {
  GenerateOptions options = m_running->images[static_cast<size_t>(m_running->finished)];
  options.count = 1;
  m_imageNumber = m_running->finished + 1;
  m_pace.begin(static_cast<int>(options.steps.value_or(0)));
  m_running->engineId = m_client->start(options);
  BatchItem item = m_batch->at(m_running->finished);
  item.state = QStringLiteral("running");
  m_batch->set(m_running->finished, item);
  setStage(Waiting);
}

void RequestQueue::endRequest() {
  for (int row = m_running->finished; row < m_batch->rowCount(); ++row) {
    BatchItem item = m_batch->at(row);
    item.state = QStringLiteral("failed");
    item.imageUrl.clear();
    m_batch->set(row, item);
  }
  m_running.reset();
  startNext();
}

void RequestQueue::endCancelled() {
  emit cancelled();
  emit abandoned(m_running->id);
  endRequest();
}

void RequestQueue::cancel() {
  if (m_running) {
    m_running->cancelAsked = true;
    m_client->cancel(m_running->engineId);
  }
}

void RequestQueue::remove(int row) {
  if (row >= 0 && row < static_cast<int>(m_waiting.size())) {
    const qlonglong id = m_waiting[static_cast<size_t>(row)].id;
    m_waiting.erase(m_waiting.begin() + row);
    showWaiting();
    emit abandoned(id);
  }
}

void RequestQueue::move(int from, int to) {
  const int size = static_cast<int>(m_waiting.size());
  if (from < 0 || from >= size || to < 0 || to >= size || from == to) {
    return;
  }
  Request moved = std::move(m_waiting[static_cast<size_t>(from)]);
  m_waiting.erase(m_waiting.begin() + from);
  m_waiting.insert(m_waiting.begin() + to, std::move(moved));
  showWaiting();
}

void RequestQueue::showWaiting() {
  QList<QueueItem> items;
  for (const Request& request : m_waiting) {
    items.append({request.id, request.title, static_cast<int>(request.images.size())});
  }
  m_queue->setRows(items);
}

void RequestQueue::setStage(Stage stage) {
  m_stage = stage;
  emit progressChanged();
}

double RequestQueue::progress() const {
  return m_imageCount > 0 && m_imageNumber > 0 ? (m_imageNumber - 1 + m_pace.fraction()) / m_imageCount : 0;
}

void RequestQueue::takeProgress(const message::Progress& progress) {
  if (progress.stage == "decode") {
    setStage(Decoding);
  } else if (progress.stage == "sample") {
    m_pace.advance(static_cast<int>(progress.done), static_cast<int>(progress.total.value_or(m_pace.stepCount())), m_clock.elapsed());
    // The engine is silent while the VAE works.
    setStage(m_pace.complete() ? Decoding : Sampling);
  } else {
    setStage(Loading);
  }
}

void RequestQueue::takePreview(const message::Preview& preview) {
  const QImage image(reinterpret_cast<const uchar*>(preview.rgb8.data()), static_cast<int>(preview.width), static_cast<int>(preview.height),
                     static_cast<qsizetype>(preview.width * 3), QImage::Format_RGB888);
  const QUrl url = m_previews->put(image.copy());
  BatchItem item = m_batch->at(m_running->finished);
  item.imageUrl = url;
  m_batch->set(m_running->finished, item);
  const GenerateOptions& options = m_running->images[static_cast<size_t>(m_running->finished)];
  emit previewed({url, static_cast<int>(options.width.value_or(preview.width)), static_cast<int>(options.height.value_or(preview.height)),
                  options.seed});
}

void RequestQueue::takeDone(const message::GenerateDone& result) {
  emit made({m_running->id, m_running->finished}, result);
  m_running->seconds += result.seconds;
  const bool last = ++m_running->finished >= m_imageCount;
  if (last) {
    emit finished(QString::fromStdString(result.weights_used), m_running->seconds);
    endRequest();
  } else if (m_running->cancelAsked) {
    // The engine was done with this image before it read the cancel, and answers nothing more.
    endCancelled();
  } else {
    startImage();
  }
}

bool RequestQueue::setKept(const Place& place, const QUrl& url, qlonglong imageId) {
  if (m_batchRequest != place.request || place.image >= m_batch->rowCount()) {
    return false;
  }
  const bool kept = imageId != 0;
  m_batch->set(place.image, {place.image + 1, kept ? QStringLiteral("done") : QStringLiteral("failed"), kept ? url : QUrl(), imageId});
  return true;
}

}  // namespace darkroom::app
