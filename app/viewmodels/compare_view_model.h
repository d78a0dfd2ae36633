// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>

#include "app/viewmodels/gallery_model.h"

namespace darkroom::app {

/// Two pictures of the gallery on the canvas, one over the other with an edge that wipes, or side by side.
class CompareViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  Q_PROPERTY(Mode mode READ mode WRITE setMode NOTIFY modeChanged)
  Q_PROPERTY(bool on READ on NOTIFY modeChanged)
  Q_PROPERTY(darkroom::app::GalleryImage a READ a NOTIFY picturesChanged)
  Q_PROPERTY(darkroom::app::GalleryImage b READ b NOTIFY picturesChanged)
  /// What sets one apart from the other: "CFG scale 3 · ddim"; the time where nothing does.
  Q_PROPERTY(QString labelA READ labelA NOTIFY picturesChanged)
  Q_PROPERTY(QString labelB READ labelB NOTIFY picturesChanged)
  /// Where the edge is: 0 shows B alone, 1 shows A alone.
  Q_PROPERTY(double wipe READ wipe WRITE setWipe NOTIFY wipeChanged)
  /// The side that a picture chosen in the gallery goes to.
  Q_PROPERTY(Side active READ active WRITE setActive NOTIFY activeChanged)

 public:
  enum Mode { Off, Wipe, SideBySide };
  Q_ENUM(Mode)
  enum Side { SideA, SideB };
  Q_ENUM(Side)

  explicit CompareViewModel(GalleryModel* gallery, QObject* parent = nullptr);

  Mode mode() const { return m_mode; }
  bool on() const { return m_mode != Off; }
  /// Without two pictures it stays off.
  void setMode(Mode mode);
  const GalleryImage& a() const { return m_a; }
  const GalleryImage& b() const { return m_b; }
  QString labelA() const { return difference(m_a, m_b); }
  QString labelB() const { return difference(m_b, m_a); }
  double wipe() const { return m_wipe; }
  void setWipe(double wipe);
  Side active() const { return m_active; }
  void setActive(Side side);

  /// Begins with two pictures.
  Q_INVOKABLE void start(qlonglong imageA, qlonglong imageB);
  /// Begins with a picture and the one made before it (else after it), or ends; `mode` of the button that was pressed.
  Q_INVOKABLE void toggle(darkroom::app::CompareViewModel::Mode mode, qlonglong imageId);
  /// Puts a picture on the active side.
  Q_INVOKABLE void pick(qlonglong imageId);
  Q_INVOKABLE void swap();
  /// The A or B key: this picture alone; once more, and the edge is in the middle again. Side by side: makes the side the active one.
  Q_INVOKABLE void press(darkroom::app::CompareViewModel::Side side);

 signals:
  void modeChanged();
  void picturesChanged();
  void wipeChanged();
  void activeChanged();

 private:
  static QString difference(const GalleryImage& image, const GalleryImage& other);

  GalleryModel* m_gallery;
  Mode m_mode = Off;
  GalleryImage m_a, m_b;
  double m_wipe = 0.5;
  Side m_active = SideB;
};

}  // namespace darkroom::app
