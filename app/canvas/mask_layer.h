// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QImage>
#include <QList>
#include <QObject>
#include <QPointF>
#include <QRect>

namespace darkroom::app {

/// A mask while it is painted: white is drawn anew, black stays. Places and sizes are in pixels of the picture that it belongs to.
///
/// It works on at most 1024 px a side, whatever the picture has: a stroke then costs the same on every picture, and the latents that a mask
/// acts on are eight times coarser anyway.
class MaskLayer : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Belongs to the start picture")
  /// Nothing is white.
  Q_PROPERTY(bool blank READ isBlank NOTIFY edited)
  Q_PROPERTY(bool canUndo READ canUndo NOTIFY edited)
  Q_PROPERTY(bool canRedo READ canRedo NOTIFY edited)

 public:
  static constexpr int kLongestSide = 1024;
  static constexpr int kUndoSteps = 50;

  explicit MaskLayer(QObject* parent = nullptr) : QObject(parent) {}

  /// The picture's size, px. Another one than before empties the mask and forgets what could be undone; an invalid one: no picture.
  void setPictureSize(const QSize& size);
  QSize pictureSize() const { return m_pictureSize; }
  /// Grayscale8, smaller than the picture where that is large; null without a picture.
  const QImage& image() const { return m_image; }
  /// Takes over a mask of any size as one edit. Does nothing without a picture.
  void setImage(const QImage& mask);
  bool isBlank() const { return m_blank; }

  /// A stroke: begin, any number of strokeTo, end. `diameter` in px of the picture.
  Q_INVOKABLE void begin(double x, double y, double diameter, bool erase);
  Q_INVOKABLE void strokeTo(double x, double y);
  Q_INVOKABLE void end();
  Q_INVOKABLE void invert();
  Q_INVOKABLE void clear();
  bool canUndo() const { return m_next > 0; }
  bool canRedo() const { return m_next < m_edits.size(); }
  Q_INVOKABLE void undo();
  Q_INVOKABLE void redo();

 signals:
  /// Pixels of image() are not what they were.
  void changed(const QRect& part);
  /// An edit is complete, or was undone.
  void edited();

 private:
  struct Edit {
    QPoint place;
    QImage before, after;
  };
  void paint(const QPointF& from, const QPointF& to);
  void put(const QPoint& place, const QImage& part);
  /// Keeps the difference to `before` as an edit; none when there is no difference.
  void keep(const QImage& before, const QRect& part);
  void finish(const QRect& part);

  QSize m_pictureSize;
  QImage m_image;
  double m_scale = 1;  ///< px of the layer a px of the picture
  bool m_blank = true;
  QList<Edit> m_edits;
  qsizetype m_next = 0;  ///< edits before it are done, those from it on undone
  // While a stroke lasts:
  QImage m_before;
  QRect m_touched;
  QPointF m_last;
  double m_diameter = 0;
  bool m_erase = false;
};

}  // namespace darkroom::app
