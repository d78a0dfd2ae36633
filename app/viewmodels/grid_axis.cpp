// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/grid_axis.h"
#include "app/viewmodels/utf8_text.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>

#include "core/image/sampler_names.h"
#include "core/plan/parameter_spec.h"

namespace darkroom::app {
namespace {

constexpr int kMostValues = 200;
const QString kReplace = QStringLiteral("replace");

QString axisText(const char* text, const char* comment = nullptr) { return QCoreApplication::translate("GridAxis", text, comment); }

const ParameterSpec& axisSpec(const QString& key) { return parameter_spec("generate." + key.toStdString()); }

GridAxisKind ofTable(const char* key) {
  const ParameterSpec& spec = axisSpec(QString::fromLatin1(key));
  const bool isNumber = spec.kind == ParameterKind::integer || spec.kind == ParameterKind::real;
  return {QString::fromLatin1(key), utf8Text(spec.label), isNumber ? GridValues::numbers : GridValues::choices};
}

QStringList split(const QString& typed) {
  QStringList values(1);
  bool quoted = false;
  for (qsizetype i = 0; i < typed.size(); ++i) {
    if (typed[i] == '"' && quoted && typed.mid(i + 1, 1) == "\"") {
      values.last() += typed[i++];
    } else if (typed[i] == '"') {
      quoted = !quoted;
    } else if (typed[i] == ',' && !quoted) {
      values << QString();
    } else {
      values.last() += typed[i];
    }
  }
  for (QString& value : values) {
    value = value.trimmed();
  }
  values.removeAll(QString());
  return values;
}

/// "10..50:10" -> "10", "20", …; a value that is no range as it is.
QStringList spread(const QString& value, double usualStep) {
  static const QRegularExpression range(QStringLiteral("^(-?[0-9.]+?)\\.\\.(-?[0-9.]+?)(?::([0-9.]+))?$"));
  const QRegularExpressionMatch match = range.match(value);
  if (!match.hasMatch()) {
    return {value};
  }
  const double from = match.captured(1).toDouble();
  const double to = match.captured(2).toDouble();
  const double step = match.captured(3).isEmpty() ? usualStep : match.captured(3).toDouble();
  QStringList values;
  if (step <= 0 || to < from) {
    return {value};
  }
  for (int i = 0; i <= kMostValues && from + i * step <= to + step * 1e-9; ++i) {
    values << QString::number(from + i * step, 'g', 12);
  }
  return values;
}

}  // namespace

const QList<GridAxisKind>& gridAxisKinds() {
  static const QList<GridAxisKind> kinds{ofTable("cfg_scale"),
                                         ofTable("steps"),
                                         ofTable("sampler"),
                                         ofTable("seed"),
                                         {kReplace, axisText("Prompt part"), GridValues::words},
                                         ofTable("model"),
                                         ofTable("schedule"),
                                         ofTable("strength"),
                                         ofTable("clip_skip")};
  return kinds;
}

const GridAxisKind& gridAxisKind(const QString& key) {
  const auto found =
      std::find_if(gridAxisKinds().begin(), gridAxisKinds().end(), [&](const GridAxisKind& kind) { return kind.key == key; });
  return found == gridAxisKinds().end() ? gridAxisKinds().front() : *found;
}

ParsedGridValues gridValuesFromText(const QString& key, const QString& typed) {
  ParsedGridValues parsed;
  const GridAxisKind& kind = gridAxisKind(key);
  for (const QString& value : split(typed)) {
    parsed.values += kind.values == GridValues::numbers ? spread(value, axisSpec(key).step) : QStringList{value};
  }
  if (kind.values == GridValues::numbers) {
    const ParameterSpec& spec = axisSpec(key);
    for (const QString& value : parsed.values) {
      bool readable = false;
      const double number = value.toDouble(&readable);
      const bool whole = spec.kind != ParameterKind::integer || number == std::floor(number);
      const std::string refused = readable && whole ? parameter_problem(spec, number) : std::string();
      if (!readable || !whole || !refused.empty()) {
        parsed.problem =
            !readable || !whole
                ? axisText("%1: %2 is no value of it; numbers are separated by commas, 10..50:10 counts up by 10.").arg(kind.label, value)
                : kind.label + ": " + QString::fromStdString(refused);
        break;
      }
    }
  }
  if (parsed.values.size() > kMostValues) {
    parsed.problem = axisText("%1: %2 values are too many, at most %3.").arg(kind.label).arg(parsed.values.size()).arg(kMostValues);
  }
  return parsed;
}

QString gridValuesToText(const QStringList& values) {
  QStringList quoted;
  for (QString value : values) {
    const bool plain = !value.contains(',') && !value.contains('"');
    quoted << (plain ? value : '"' + value.replace('"', QStringLiteral("\"\"")) + '"');
  }
  return quoted.join(QStringLiteral(", "));
}

QString gridLabel(const QString& key, const QString& value) {
  const GridAxisKind& kind = gridAxisKind(key);
  if (kind.values == GridValues::numbers) {
    return kind.label + ' ' + value;
  }
  return key == "sampler" ? QString::fromStdString(a1111_sampler_label(value.toStdString())) : value;
}

void applyGridValue(GenerateOptions& options, const QString& key, const QStringList& values, int index) {
  const QString& value = values.at(index);
  if (key == kReplace) {
    options.prompt = QString::fromStdString(options.prompt).replace(values.front(), value).toStdString();
    return;
  }
  const ParameterSpec& spec = axisSpec(key);
  Json json = to_json(options);
  json[key.toStdString()] = spec.kind == ParameterKind::integer ? Json(value.toLongLong())
                            : spec.kind == ParameterKind::real  ? Json(value.toDouble())
                                                                : Json(value.toStdString());
  std::vector<Problem> problems;  // none: gridValuesFromText checked the values by the same table
  options = generate_options_from_json(json, problems);
}

}  // namespace darkroom::app
