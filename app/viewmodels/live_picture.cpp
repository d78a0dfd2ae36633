// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/live_picture.h"

#include <QCoreApplication>
#include <QImage>
#include <QPointer>
#include <QThreadPool>

#include "app/engine_host/sampling_client.h"
#include "app/viewmodels/preview_store.h"

namespace darkroom::app {
namespace {

constexpr int kSoon_ms = 30;

}  // namespace

LivePicture::LivePicture(SamplingClient* client, PreviewStore* previews, QObject* parent)
    : QObject(parent), m_client(client), m_previews(previews) {
  m_soon.setSingleShot(true);
  m_soon.setInterval(kSoon_ms);
  connect(&m_soon, &QTimer::timeout, this, &LivePicture::wanted);
  connect(client, &SamplingClient::previewed, this, [this](const QString& id, const message::Preview& preview) {
    if (id == m_running && !m_cancelAsked) {
      const QImage image(reinterpret_cast<const uchar*>(preview.rgb8.data()), static_cast<int>(preview.width),
                         static_cast<int>(preview.height), static_cast<qsizetype>(preview.width * 3), QImage::Format_RGB888);
      showImage(image.copy(),
                {static_cast<int>(m_options.width.value_or(preview.width)), static_cast<int>(m_options.height.value_or(preview.height))});
    }
  });
  connect(client, &SamplingClient::done, this, [this](const QString& id, const message::GenerateDone& result) {
    if (id == m_running) {
      takeDone(result);
      ended();
    }
  });
  connect(client, &SamplingClient::cancelled, this, [this](const QString& id) {
    if (id == m_running) {
      ended();
    }
  });
  connect(client, &SamplingClient::failed, this, [this](const QString& id, const QString& reason, const QString& detail) {
    if (id == m_running) {
      m_next.reset();
      ended();
      emit failed(reason, detail);
    }
  });
}

void LivePicture::toggle(const QString& key) {
  if (!m_keys.removeOne(key)) {
    m_keys << key;
  }
  emit keysChanged();
  moved(key);
}

void LivePicture::moved(const QString& key) {
  if (m_keys.contains(key) && !m_soon.isActive()) {
    m_soon.start();
  }
}

void LivePicture::show(const GenerateOptions& options) {
  m_next = options;
  m_next->count = 1;
  m_next->batch = 1;
  m_next->steps = std::min<int64_t>(options.steps.value_or(kSteps), kSteps);
  m_next->hires_scale.reset();
  if (m_running.isEmpty()) {
    start();
  } else if (!m_cancelAsked) {
    m_cancelAsked = true;
    m_client->cancel(m_running);
  }
}

void LivePicture::stop() {
  m_soon.stop();
  m_next.reset();
  ++m_newest;
  if (!m_running.isEmpty() && !m_cancelAsked) {
    m_cancelAsked = true;
    m_client->cancel(m_running);
  }
}

void LivePicture::start() {
  m_options = *std::exchange(m_next, std::nullopt);
  m_cancelAsked = false;
  ++m_newest;
  m_running = m_client->start(m_options);
  emit busyChanged();
}

void LivePicture::ended() {
  m_running.clear();
  emit busyChanged();
  if (m_next) {
    start();
  }
}

void LivePicture::showImage(const QImage& image, const QSize& size) {
  emit shown(m_previews->put(image), size, m_options.seed, static_cast<int>(m_options.steps.value_or(kSteps)));
}

void LivePicture::takeDone(const message::GenerateDone& result) {
  if (m_cancelAsked || result.images.empty()) {
    return;  // a newer one is on its way, or none is wanted
  }
  QThreadPool::globalInstance()->start([self = QPointer<LivePicture>(this), picture = m_newest, png = result.images.front().png] {
    const QImage image = QImage::fromData(QByteArray::fromRawData(png.data(), static_cast<qsizetype>(png.size())));
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, picture, image] {
      if (self && self->m_newest == picture && !image.isNull()) {
        self->showImage(image, image.size());
      }
    });
  });
}

}  // namespace darkroom::app
