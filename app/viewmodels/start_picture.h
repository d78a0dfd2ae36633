// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QImage>
#include <QObject>
#include <QSize>
#include <QTimer>
#include <QUrl>
#include <functional>

#include "app/canvas/mask_layer.h"
#include "core/plan/generate_options.h"

class QSettings;

namespace darkroom::app {

/// The picture that the next ones start from, how much of it is drawn anew, and where: image to image and inpainting. Kept in the settings
/// from one start to the next.
///
/// Files are read and written beside the GUI thread. A mask is a PNG of the picture's size in the workspace, named after its content: so
/// one that a picture of the gallery was made with is never written over.
class StartPicture : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  /// File URL; empty: none.
  Q_PROPERTY(QUrl url READ url NOTIFY changed)
  Q_PROPERTY(QString name READ name NOTIFY changed)
  /// As it is shown, px; 0 until the file was looked at.
  Q_PROPERTY(int width READ width NOTIFY changed)
  Q_PROPERTY(int height READ height NOTIFY changed)
  /// Why the file is no picture to start from, a sentence; or empty.
  Q_PROPERTY(QString problem READ problem NOTIFY changed)
  Q_PROPERTY(double strength READ strength WRITE setStrength NOTIFY strengthChanged)
  Q_PROPERTY(darkroom::app::MaskLayer* mask READ mask CONSTANT)
  /// Something is painted, and so only that is drawn anew.
  Q_PROPERTY(bool masked READ masked NOTIFY maskedChanged)
  /// How far the edge of the mask is softened, px.
  Q_PROPERTY(int maskBlur READ maskBlur WRITE setMaskBlur NOTIFY maskBlurChanged)
  /// The canvas shows the picture and takes strokes. Off without a picture.
  Q_PROPERTY(bool painting READ painting WRITE setPainting NOTIFY paintingChanged)

 public:
  /// `settings` must outlive it.
  explicit StartPicture(QSettings* settings, QObject* parent = nullptr);

  /// Where masks lie; made when the first one comes. Until it is known no mask counts.
  void setMaskFolder(const QString& folder);

  QUrl url() const { return m_path.isEmpty() ? QUrl() : QUrl::fromLocalFile(m_path); }
  QString name() const;
  int width() const { return m_size.width(); }
  int height() const { return m_size.height(); }
  QString problem() const { return m_problem; }
  double strength() const { return m_strength; }
  void setStrength(double strength);
  MaskLayer* mask() const { return m_mask; }
  bool masked() const { return !m_mask->isBlank() || !m_maskToRead.isEmpty(); }
  int maskBlur() const { return m_maskBlur; }
  void setMaskBlur(int pixels);
  bool painting() const { return m_painting; }
  void setPainting(bool painting);

  /// A file of this computer; the mask of another picture goes.
  Q_INVOKABLE void choose(const QUrl& file);
  Q_INVOKABLE void clear();

  /// Writes the picture, strength and mask into `options` when there is a picture, and nothing else. The mask's file is there once
  /// whenStored() says so.
  void addTo(GenerateOptions& options) const;
  /// Takes over what `options` say; without a start picture in them it becomes none.
  void take(const GenerateOptions& options);
  /// Calls `go` once the mask that addTo() names lies on the disk: at once where it does. When it cannot be written, `failed` comes
  /// instead.
  void whenStored(const std::function<void()>& go);

 signals:
  void changed();
  void strengthChanged();
  void maskedChanged();
  void maskBlurChanged();
  void paintingChanged();
  /// A sentence.
  void failed(const QString& text);

 private:
  void setPath(const QString& path, const QString& maskFile);
  void look();
  void maskEdited();
  /// Name of the mask's file by its content; empty: nothing is painted.
  QString maskName() const;
  QString maskFile() const { return m_maskName.isEmpty() || m_maskFolder.isEmpty() ? QString() : m_maskFolder + '/' + m_maskName; }
  void save();

  QSettings* m_settings;
  QString m_maskFolder;
  QString m_path;
  QSize m_size = QSize(0, 0);
  QString m_problem;
  double m_strength;
  int m_maskBlur;
  MaskLayer* m_mask;
  QString m_maskName;
  QString m_maskStored;  ///< name of the one that lies on the disk
  QString m_maskToRead;  ///< a file that the layer is still to be filled from
  QTimer m_store;
  bool m_painting = false;
  quint64 m_look = 0;  ///< answers about older files are dropped
};

}  // namespace darkroom::app
