// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace darkroom::app {

/// The sides of a picture that is asked for, px: multiples of 8 within the limits of the parameter table.
struct PictureSides {
  int width = 512;
  int height = 512;
  bool linked = true;  ///< changing one side changes the other in proportion

  /// False when nothing changed.
  bool setWidth(int pixels);
  bool setHeight(int pixels);
  /// Both at once, whether linked or not.
  void set(int newWidth, int newHeight);
  /// Takes a shape (one of shapeNames()) with about as many pixels as a square of `modelSize`: multiples of 64 for a model of 512 px and
  /// more, as those were trained on them. False for a name that is none.
  bool setShape(const QString& name, int modelSize);
  /// The shape that these sides have, or empty.
  QString shape(int modelSize) const;
};

/// "1:1", "3:2", "2:3", "16:9".
QStringList shapeNames();

}  // namespace darkroom::app
