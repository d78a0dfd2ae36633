// SPDX-License-Identifier: Apache-2.0
// A pixel's share of a stroke is read off its distance from the stroke's line: exact enough at label sizes, and no rasteriser is needed.
#include "core/image/label_text.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/base/format.h"
#include "core/image/label_glyphs.h"
#include "core/image/text_encoding.h"

namespace darkroom {
namespace {

constexpr double smallest_capital = 4;
constexpr double stroke_share = 0.075;         // half the stroke's thickness, in capital heights
constexpr double thinnest_half_stroke = 0.55;  // px
constexpr int curve_pieces = 8;

struct Point {
  double x = 0;
  double y = 0;
};

Point middle(Point a, Point b) { return {(a.x + b.x) / 2, (a.y + b.y) / 2}; }

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

const LabelGlyph& glyph_of(char32_t point) {
  if (point == U'\n' || point == U'\t' || point == 0xA0) {
    point = U' ';
  }
  if (point >= 0x20 && point < 0x7F) {
    return label_glyphs[point - 0x20];
  }
  return point == 0x2026 ? ellipsis_glyph : unknown_glyph;
}

std::vector<char32_t> points_of(std::string_view text) { return *decode_utf8(utf8_or_latin1(text)); }

double unit_of(const LabelStyle& style) {
  if (!(style.capital_height >= smallest_capital)) {
    throw std::invalid_argument(
        format("[label_text] capitals must be at least {} px high, got {}", smallest_capital, style.capital_height));
  }
  return style.capital_height / glyph_capital_height;
}

double half_stroke(const LabelStyle& style) { return std::max(style.capital_height * stroke_share, thinnest_half_stroke); }

double advance_of(const std::vector<char32_t>& points, double unit) {
  double width = 0;
  for (const char32_t point : points) {
    width += (glyph_of(point).width + glyph_gap) * unit;
  }
  return width;
}

void append_curve(std::vector<Point>& line, Point begin, Point control, Point end) {
  for (int i = 1; i <= curve_pieces; ++i) {
    const double t = static_cast<double>(i) / curve_pieces;
    const double s = 1 - t;
    line.push_back({s * s * begin.x + 2 * s * t * control.x + t * t * end.x, s * s * begin.y + 2 * s * t * control.y + t * t * end.y});
  }
}

// The stroke as straight pieces.
std::vector<Point> flatten(std::string_view stroke) {
  const char kind = stroke.front();
  if (kind == '~' || kind == 'o') {
    stroke.remove_prefix(1);
  }
  std::vector<Point> points;
  for (size_t i = 0; i + 1 < stroke.size(); i += 2) {
    points.push_back({static_cast<double>(digit(stroke[i])), static_cast<double>(digit(stroke[i + 1]))});
  }
  if (kind != '~' && kind != 'o') {
    return points;
  }
  std::vector<Point> line;
  const size_t count = points.size();
  if (kind == 'o') {
    line.push_back(middle(points.back(), points.front()));
    for (size_t i = 0; i < count; ++i) {
      append_curve(line, line.back(), points[i], middle(points[i], points[(i + 1) % count]));
    }
    return line;
  }
  line.push_back(points.front());
  for (size_t i = 1; i + 1 < count; ++i) {
    append_curve(line, line.back(), points[i], i + 2 == count ? points.back() : middle(points[i], points[i + 1]));
  }
  return line;
}

double distance(Point from, Point a, Point b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double t = length > 0 ? std::clamp(((from.x - a.x) * dx + (from.y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
  return std::hypot(from.x - a.x - t * dx, from.y - a.y - t * dy);
}

// How much of each pixel of one glyph's surroundings is covered.
struct Coverage {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  std::vector<double> shares;

  void add(Point a, Point b, double radius) {
    const double reach = radius + 1;
    for (int row = std::max(y, static_cast<int>(std::min(a.y, b.y) - reach)); row < y + height && row < std::max(a.y, b.y) + reach; ++row) {
      for (int column = std::max(x, static_cast<int>(std::min(a.x, b.x) - reach));
           column < x + width && column < std::max(a.x, b.x) + reach; ++column) {
        const double share = std::clamp(radius + 0.5 - distance({column + 0.5, row + 0.5}, a, b), 0.0, 1.0);
        double& covered = shares[static_cast<size_t>(row - y) * static_cast<size_t>(width) + static_cast<size_t>(column - x)];
        covered = std::max(covered, share);
      }
    }
  }

  void paint(Image& image, uint8_t grey) const {
    for (int row = std::max(y, 0); row < std::min(y + height, image.height); ++row) {
      for (int column = std::max(x, 0); column < std::min(x + width, image.width); ++column) {
        const double share = shares[static_cast<size_t>(row - y) * static_cast<size_t>(width) + static_cast<size_t>(column - x)];
        uint8_t* const pixel = image.row(row) + static_cast<size_t>(column) * Image::channels;
        for (int c = 0; c < Image::channels; ++c) {
          pixel[c] = static_cast<uint8_t>(std::lround(pixel[c] + share * (grey - pixel[c])));
        }
      }
    }
  }
};

}  // namespace

int label_height(const LabelStyle& style) { return static_cast<int>(std::ceil(glyph_lowest * unit_of(style) + half_stroke(style))); }

int label_width(std::string_view text, const LabelStyle& style) {
  return static_cast<int>(std::ceil(advance_of(points_of(text), unit_of(style))));
}

std::string shorten_label(std::string_view text, int width, const LabelStyle& style) {
  const double unit = unit_of(style);
  std::vector<char32_t> points = points_of(text);
  if (advance_of(points, unit) > width) {
    const double room = width - (ellipsis_glyph.width + glyph_gap) * unit;
    while (!points.empty() && (advance_of(points, unit) > room || points.back() == U' ')) {
      points.pop_back();
    }
    points.push_back(0x2026);
  }
  std::string shortened;
  for (const char32_t point : points) {
    append_utf8(shortened, point);
  }
  return shortened;
}

void draw_label(Image& image, int x, int y, std::string_view text, const LabelStyle& style) {
  const double unit = unit_of(style);
  const double radius = half_stroke(style);
  double left = x + glyph_gap * unit / 2;
  for (const char32_t point : points_of(text)) {
    const LabelGlyph& glyph = glyph_of(point);
    const int margin = static_cast<int>(std::ceil(radius)) + 1;
    Coverage coverage{static_cast<int>(std::floor(left)) - margin,
                      y - margin,
                      static_cast<int>(std::ceil(glyph.width * unit)) + 2 * margin + 1,
                      static_cast<int>(std::ceil(glyph_lowest * unit)) + 2 * margin,
                      {}};
    coverage.shares.resize(static_cast<size_t>(coverage.width) * static_cast<size_t>(coverage.height));
    const auto placed = [&](Point at) { return Point{left + at.x * unit, y + at.y * unit}; };
    std::string_view rest = glyph.strokes;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(' '), rest.size());
      const std::vector<Point> line = flatten(rest.substr(0, end));
      for (size_t i = 0; i + 1 < line.size(); ++i) {
        coverage.add(placed(line[i]), placed(line[i + 1]), radius);
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    coverage.paint(image, style.grey);
    left += (glyph.width + glyph_gap) * unit;
  }
}

}  // namespace darkroom
