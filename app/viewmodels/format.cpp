// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/format.h"

#include <QLocale>
#include <cmath>

namespace darkroom::app {
namespace {

const QString kBytes = QStringLiteral("bytes");  // the unit of progress events

struct Parts {
  QString figure;
  QString unit;
};

Parts durationParts(double seconds) {
  if (!(seconds >= 0) || std::isinf(seconds)) {
    return {};
  }
  const QLocale locale;
  if (seconds < 9.95) {
    return {locale.toString(seconds, 'f', 1), Format::tr("s")};
  }
  const auto whole = static_cast<qlonglong>(std::llround(seconds));
  if (whole < 60) {
    return {locale.toString(whole), Format::tr("s")};
  }
  if (whole < 600) {
    return whole % 60 == 0 ? Parts{locale.toString(whole / 60), Format::tr("min")}
                           : Parts{Format::tr("%1 min %2").arg(whole / 60).arg(whole % 60), Format::tr("s")};
  }
  const qlonglong minutes = whole / 60;
  if (minutes < 60) {
    return {locale.toString(minutes), Format::tr("min")};
  }
  if (minutes < 72 * 60) {
    return {Format::tr("%1 h %2").arg(minutes / 60).arg(minutes % 60), Format::tr("min")};
  }
  return {Format::tr("%1 d %2").arg(minutes / 1440).arg(minutes % 1440 / 60), Format::tr("h")};
}

}  // namespace

QString Format::duration(double seconds) {
  const Parts parts = durationParts(seconds);
  return parts.figure.isEmpty() ? QString() : parts.figure + QChar(0x00a0) + parts.unit;
}

QString Format::durationFigure(double seconds) { return durationParts(seconds).figure; }

QString Format::durationUnit(double seconds) { return durationParts(seconds).unit; }

QString Format::ago(double seconds) {
  if (!(seconds >= 0)) {
    return {};
  }
  if (seconds < 5) {
    return tr("just now");
  }
  if (seconds < 60) {
    return tr("%1 s ago").arg(static_cast<int>(seconds));
  }
  if (seconds < 3600) {
    return tr("%1 min ago").arg(static_cast<int>(seconds / 60));
  }
  if (seconds < 48 * 3600) {
    return tr("%1 h ago").arg(static_cast<int>(seconds / 3600));
  }
  return QLocale().toString(QDateTime::currentDateTime().addSecs(-static_cast<qint64>(seconds)).date(), tr("d MMM"));
}

QString Format::bytes(double count) {
  if (!(count >= 0)) {
    return {};
  }
  const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  while (count >= 999.5 && unit < 4) {
    count /= 1000;
    ++unit;
  }
  return QLocale().toString(count, 'f', unit >= 3 ? 1 : 0) + QChar(0x00a0) + QLatin1String(units[unit]);
}

QString Format::progress(double done, double total, const QString& unit) {
  const auto amount = [&unit](double value) { return unit == kBytes ? bytes(value) : count(value); };
  return total > 0 ? tr("%1 of %2").arg(amount(done), amount(total)) : amount(done);
}

QString Format::namedProgress(double done, double total, const QString& unit) {
  const QString text = progress(done, total, unit);
  return unit == kBytes ? text : text + ' ' + unit;
}

QString Format::gigabytes(double bytes) { return QLocale().toString(bytes / 1e9, 'f', 1); }

QString Format::count(double value) {
  return std::isfinite(value) ? QLocale().toString(static_cast<qlonglong>(std::llround(value))) : QStringLiteral("–");
}

QString Format::number(double value, int decimals) {
  return std::isfinite(value) ? QLocale().toString(value, 'f', decimals) : QStringLiteral("–");
}

QString Format::figure(double value) {
  if (!std::isfinite(value)) {
    return QStringLiteral("–");
  }
  const double size = std::abs(value);
  if (size != 0 && size < 1e-3) {
    const int power = static_cast<int>(std::floor(std::log10(size)));
    return QStringLiteral("%1e%2").arg(QLocale().toString(value / std::pow(10.0, power), 'f', 2)).arg(power);
  }
  return QLocale().toString(value, 'f', size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.2 ? 3 : 4);
}

QString Format::power(double value) {
  if (value == 0 || !std::isfinite(value)) {
    return value == 0 ? QStringLiteral("0") : QString();
  }
  QString text = QString::number(value, 'e', 3);
  const qsizetype mark = text.indexOf('e');
  QString mantissa = text.left(mark);
  while (mantissa.endsWith('0')) {
    mantissa.chop(1);
  }
  if (mantissa.endsWith('.')) {
    mantissa.chop(1);
  }
  return mantissa + 'e' + QString::number(text.mid(mark + 1).toInt());
}

QString Format::percent(double fraction, int decimals) {
  return std::isfinite(fraction) ? QLocale().toString(fraction * 100, 'f', decimals) + QChar(0x00a0) + QLatin1Char('%')
                                 : QStringLiteral("–");
}

}  // namespace darkroom::app
