// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/english_plurals.h"

namespace darkroom::app {

QString EnglishPlurals::translate(const char*, const char* source, const char*, int n) const {
  const QString text = QString::fromUtf8(source);
  // A null string means: not known here. Qt puts the number in afterwards.
  return n < 0 || !text.contains(QLatin1String("(s)")) ? QString()
                                                       : QString(text).replace(QLatin1String("(s)"), QLatin1String(n == 1 ? "" : "s"));
}

}  // namespace darkroom::app
