// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/compare_view_model.h"
#include "app/viewmodels/utf8_text.h"

#include <QFileInfo>
#include <algorithm>

#include "core/base/json.h"
#include "core/plan/parameter_spec.h"

namespace darkroom::app {
namespace {

constexpr int kMostWords = 3;

/// One setting as a label names it: "CFG scale 7.5", "ddim", a file's name.
QString settingText(const ParameterSpec& spec, const Json& value) {
  if (spec.kind == ParameterKind::path && value.is_string()) {
    return modelTitle(QString::fromStdString(value.get<std::string>()));
  }
  const QString words = value.is_string() ? QString::fromStdString(value.get<std::string>()) : QString::fromStdString(value.dump());
  const bool speaksForItself = spec.kind == ParameterKind::choice || spec.kind == ParameterKind::text;
  const QString label = utf8Text(spec.label);
  return speaksForItself ? words.simplified().left(40) : label + ' ' + words;
}

}  // namespace

CompareViewModel::CompareViewModel(GalleryModel* gallery, QObject* parent) : QObject(parent), m_gallery(gallery) {
  connect(gallery, &GalleryModel::removed, this, [this](qlonglong imageId) {
    if (imageId == m_a.imageId || imageId == m_b.imageId) {
      setMode(Off);
    }
  });
}

void CompareViewModel::setMode(Mode mode) {
  if (mode != Off && (m_a.imageId == 0 || m_b.imageId == 0)) {
    return;
  }
  if (mode != m_mode) {
    m_mode = mode;
    emit modeChanged();
  }
}

void CompareViewModel::start(qlonglong imageA, qlonglong imageB) {
  const GalleryImage a = m_gallery->image(imageA);
  const GalleryImage b = m_gallery->image(imageB);
  if (a.imageId == 0 || b.imageId == 0 || imageA == imageB) {
    return;
  }
  m_a = a;
  m_b = b;
  emit picturesChanged();
  setActive(SideB);
  setWipe(0.5);
  setMode(m_mode == Off ? Wipe : m_mode);
}

void CompareViewModel::toggle(Mode mode, qlonglong imageId) {
  if (m_mode == mode) {
    setMode(Off);
    return;
  }
  if (m_mode == Off) {
    const int row = std::max(0, m_gallery->rowOf(imageId));
    const int other = row + 1 < m_gallery->rowCount() ? row + 1 : row - 1;
    if (other >= 0 && row < m_gallery->rowCount()) {
      start(m_gallery->at(other).imageId, m_gallery->at(row).imageId);
    }
    if (m_mode == Off) {
      return;
    }
  }
  setMode(mode);
}

void CompareViewModel::pick(qlonglong imageId) {
  const GalleryImage image = m_gallery->image(imageId);
  const GalleryImage& other = m_active == SideA ? m_b : m_a;
  if (image.imageId == 0 || image.imageId == other.imageId) {
    return;
  }
  (m_active == SideA ? m_a : m_b) = image;
  emit picturesChanged();
}

void CompareViewModel::swap() {
  std::swap(m_a, m_b);
  emit picturesChanged();
}

void CompareViewModel::press(Side side) {
  setActive(side);
  if (m_mode == Wipe) {
    const double alone = side == SideA ? 1 : 0;
    setWipe(m_wipe == alone ? 0.5 : alone);
  }
}

void CompareViewModel::setWipe(double wipe) {
  wipe = std::clamp(wipe, 0.0, 1.0);
  if (wipe != m_wipe) {
    m_wipe = wipe;
    emit wipeChanged();
  }
}

void CompareViewModel::setActive(Side side) {
  if (side != m_active) {
    m_active = side;
    emit activeChanged();
  }
}

QString CompareViewModel::difference(const GalleryImage& image, const GalleryImage& other) {
  const Json mine = Json::parse(image.optionsJson.toStdString(), nullptr, false);
  const Json theirs = Json::parse(other.optionsJson.toStdString(), nullptr, false);
  QStringList words;
  if (mine.is_object() && theirs.is_object()) {
    for (const ParameterSpec* spec : parameter_group("generate")) {
      const std::string name(spec->name());
      const auto found = mine.find(name);
      const auto same = theirs.find(name);
      if (found == mine.end() || name == "seed" || name == "count" || found->is_array() || (same != theirs.end() && *same == *found)) {
        continue;
      }
      words << settingText(*spec, *found);
    }
  }
  if (image.seed != other.seed) {
    words << tr("seed %1").arg(image.seed);
  }
  return words.isEmpty() ? image.time : words.mid(0, kMostWords).join(QStringLiteral(" · "));
}

}  // namespace darkroom::app
