// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/picture_sides.h"

#include <QSize>
#include <algorithm>
#include <cmath>

#include "app/viewmodels/parameter_info.h"

namespace darkroom::app {
namespace {

struct Shape {
  const char* name;
  double ratio;
};
constexpr Shape kShapes[] = {{"1:1", 1.0}, {"3:2", 1.5}, {"2:3", 1 / 1.5}, {"16:9", 16.0 / 9}};

int side(double pixels) { return static_cast<int>(limited(std::round(pixels / 8) * 8, "generate.width")); }

QSize sidesOf(const Shape& shape, int size) {
  const double raster = size >= 512 ? 64 : 8;
  const auto round = [raster](double value) { return static_cast<int>(std::max(1.0, std::round(value / raster)) * raster); };
  return shape.ratio == 1.0 ? QSize(size, size) : QSize(round(size * std::sqrt(shape.ratio)), round(size / std::sqrt(shape.ratio)));
}

/// Sets one side; the other follows by `ratio` = other / this where they are linked.
bool setSide(int& one, int& other, int pixels, bool linked) {
  const double ratio = static_cast<double>(other) / one;
  const int next = side(pixels);
  if (next == one) {
    return false;
  }
  one = next;
  if (linked) {
    other = side(next * ratio);
  }
  return true;
}

}  // namespace

bool PictureSides::setWidth(int pixels) { return setSide(width, height, pixels, linked); }
bool PictureSides::setHeight(int pixels) { return setSide(height, width, pixels, linked); }

void PictureSides::set(int newWidth, int newHeight) {
  width = side(newWidth);
  height = side(newHeight);
}

bool PictureSides::setShape(const QString& name, int modelSize) {
  const auto* shape = std::find_if(std::begin(kShapes), std::end(kShapes), [&](const Shape& known) { return name == known.name; });
  if (shape == std::end(kShapes)) {
    return false;
  }
  const QSize sides = sidesOf(*shape, modelSize);
  width = sides.width();
  height = sides.height();
  return true;
}

QString PictureSides::shape(int modelSize) const {
  for (const Shape& shape : kShapes) {
    const QSize sides = sidesOf(shape, modelSize);
    if (std::abs(static_cast<double>(width) * sides.height() - static_cast<double>(height) * sides.width()) < 8.0 * sides.width()) {
      return QString::fromLatin1(shape.name);
    }
  }
  return {};
}

QStringList shapeNames() {
  QStringList names;
  for (const Shape& shape : kShapes) {
    names << QString::fromLatin1(shape.name);
  }
  return names;
}

}  // namespace darkroom::app
