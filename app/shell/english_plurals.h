// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTranslator>

namespace darkroom::app {

/// English stands in the sources, where a counted word ends in "(s)": "%n image(s)" reads "1 image", "46 images". Install it before the
/// translation of the user's language, which then comes first.
class EnglishPlurals : public QTranslator {
  Q_OBJECT

 public:
  using QTranslator::QTranslator;
  bool isEmpty() const override { return false; }
  QString translate(const char* context, const char* source, const char* disambiguation, int n) const override;
};

}  // namespace darkroom::app
