// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/start_picture.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFileInfo>
#include <QPointer>
#include <QSettings>
#include <QThreadPool>
#include <filesystem>

#include "app/viewmodels/parameter_info.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/image/image_decode.h"
#include "core/image/mask.h"

namespace darkroom::app {
namespace {

constexpr int kStoreAfter_ms = 700;
const QString kStartGroup = QStringLiteral("generate/start/");

struct Look {
  QSize size = QSize(0, 0);
  QImage mask;
  QString problem, maskProblem;
};

/// Reads a picture's header, as the engine would, and a mask.
Look lookAt(const QString& path, const QString& maskFile) {
  Look look;
  try {
    const std::string bytes = read_file(path.toStdString());
    const ImageInfo info = read_image_info(std::as_bytes(std::span(bytes.data(), bytes.size())), path.toStdString());
    look.size = {info.shown_width(), info.shown_height()};
  } catch (const Error& error) {
    look.problem = QString::fromUtf8(error.what());
  }
  try {
    if (!maskFile.isEmpty()) {
      const Image mask = read_mask_file(maskFile.toStdString());
      look.mask =
          QImage(mask.pixels.data(), mask.width, mask.height, static_cast<qsizetype>(mask.row_bytes()), QImage::Format_RGB888).copy();
    }
  } catch (const Error& error) {
    look.maskProblem = QString::fromUtf8(error.what());
  }
  return look;
}

/// Empty, or why not.
QString writeMask(const QImage& mask, const QSize& size, const QString& file) {
  try {
    const std::filesystem::path path = file.toStdString();
    if (std::filesystem::exists(path)) {
      return {};  // its name tells that it holds the same
    }
    std::filesystem::create_directories(path.parent_path());
    QBuffer bytes;
    bytes.open(QIODevice::WriteOnly);
    const QImage whole = mask.size() == size ? mask : mask.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    whole.convertToFormat(QImage::Format_Grayscale8).save(&bytes, "PNG");
    write_file_atomically(path, std::string_view(bytes.data().constData(), static_cast<size_t>(bytes.data().size())));
    return {};
  } catch (const std::exception& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

StartPicture::StartPicture(QSettings* settings, QObject* parent)
    : QObject(parent),
      m_settings(settings),
      m_strength(limited(settings->value(kStartGroup + "strength", GenerateOptions().strength).toDouble(), "generate.strength")),
      m_maskBlur(static_cast<int>(
          limited(settings->value(kStartGroup + "maskBlur", static_cast<int>(GenerateOptions().mask_blur)).toInt(), "generate.mask_blur"))),
      m_mask(new MaskLayer(this)) {
  m_store.setSingleShot(true);
  m_store.setInterval(kStoreAfter_ms);
  connect(&m_store, &QTimer::timeout, this, [this] { whenStored([] {}); });
  connect(m_mask, &MaskLayer::edited, this, &StartPicture::maskEdited);
  setPath(settings->value(kStartGroup + "picture").toString(), settings->value(kStartGroup + "mask").toString());
}

void StartPicture::setMaskFolder(const QString& folder) { m_maskFolder = folder; }

QString StartPicture::name() const { return QFileInfo(m_path).fileName(); }

void StartPicture::setStrength(double strength) {
  strength = limited(strength, "generate.strength");
  if (strength != m_strength) {
    m_strength = strength;
    emit strengthChanged();
    save();
  }
}

void StartPicture::setMaskBlur(int pixels) {
  pixels = static_cast<int>(limited(pixels, "generate.mask_blur"));
  if (pixels != m_maskBlur) {
    m_maskBlur = pixels;
    emit maskBlurChanged();
    save();
  }
}

void StartPicture::setPainting(bool painting) {
  painting = painting && !m_size.isEmpty();
  if (painting != m_painting) {
    m_painting = painting;
    emit paintingChanged();
  }
}

void StartPicture::choose(const QUrl& file) {
  if (!file.isLocalFile()) {
    emit failed(tr("%1 is not a file of this computer; save it first.").arg(file.toString()));
    return;
  }
  if (file.toLocalFile() != m_path || !m_problem.isEmpty()) {
    setPath(file.toLocalFile(), {});
  }
}

void StartPicture::clear() { setPath({}, {}); }

void StartPicture::setPath(const QString& path, const QString& maskFile) {
  m_path = path;
  m_size = {0, 0};
  m_problem.clear();
  m_maskToRead.clear();
  setPainting(false);
  m_mask->setPictureSize({});
  m_maskToRead = path.isEmpty() ? QString() : maskFile;
  emit changed();
  emit maskedChanged();
  save();
  look();
}

void StartPicture::look() {
  const quint64 look = ++m_look;
  if (m_path.isEmpty()) {
    return;
  }
  QThreadPool::globalInstance()->start([self = QPointer<StartPicture>(this), look, path = m_path, mask = m_maskToRead] {
    const Look found = lookAt(path, mask);
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, look, found] {
      if (!self || look != self->m_look) {
        return;
      }
      self->m_size = found.size;
      self->m_problem = found.problem;
      self->m_mask->setPictureSize(found.size);
      self->m_mask->setImage(found.mask);
      self->m_maskToRead.clear();
      self->save();
      emit self->changed();
      emit self->maskedChanged();
      if (!found.maskProblem.isEmpty()) {
        emit self->failed(tr("The start picture has no mask now: %1").arg(found.maskProblem));
      }
    });
  });
}

QString StartPicture::maskName() const {
  if (m_mask->isBlank()) {
    return {};
  }
  QCryptographicHash hash(QCryptographicHash::Sha1);
  const QImage& image = m_mask->image();
  hash.addData(QByteArray::number(m_size.width()) + 'x' + QByteArray::number(m_size.height()) + ' ');
  for (int y = 0; y < image.height(); ++y) {
    hash.addData(QByteArrayView(image.constScanLine(y), image.width()));
  }
  return QString::fromLatin1(hash.result().toHex().left(16)) + ".png";
}

void StartPicture::maskEdited() {
  m_maskName = maskName();
  if (!m_maskName.isEmpty()) {
    m_store.start();
  }
  emit maskedChanged();
  if (m_maskToRead.isEmpty()) {
    save();
  }
}

void StartPicture::addTo(GenerateOptions& options) const {
  if (m_path.isEmpty()) {
    return;
  }
  options.init_image = m_path.toStdString();
  options.strength = m_strength;
  options.mask = (m_maskToRead.isEmpty() ? maskFile() : m_maskToRead).toStdString();
  options.mask_blur = m_maskBlur;
}

void StartPicture::take(const GenerateOptions& options) {
  setPath(QString::fromStdString(options.init_image), QString::fromStdString(options.mask));
  if (!options.init_image.empty()) {
    setStrength(options.strength);
    setMaskBlur(static_cast<int>(options.mask_blur));
  }
}

void StartPicture::whenStored(const std::function<void()>& go) {
  m_store.stop();
  const QString file = maskFile();
  if (file.isEmpty() || m_maskStored == m_maskName) {
    go();
    return;
  }
  QThreadPool::globalInstance()->start([self = QPointer<StartPicture>(this), go, image = m_mask->image(), size = m_size, file] {
    const QString problem = writeMask(image, size, file);
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, go, problem, file] {
      if (!self) {
        return;
      }
      if (!problem.isEmpty()) {
        emit self->failed(tr("The mask could not be kept: %1").arg(problem));
        return;
      }
      self->m_maskStored = QFileInfo(file).fileName();
      go();
    });
  });
}

void StartPicture::save() {
  m_settings->setValue(kStartGroup + "picture", m_path);
  m_settings->setValue(kStartGroup + "strength", m_strength);
  m_settings->setValue(kStartGroup + "maskBlur", m_maskBlur);
  m_settings->setValue(kStartGroup + "mask", m_maskToRead.isEmpty() ? maskFile() : m_maskToRead);
}

}  // namespace darkroom::app
