// SPDX-License-Identifier: GPL-3.0-or-later
// Sections and special controls are named here; everything else about a value comes from the parameter table, so that a value which is new
// there appears by itself.
#include "app/plans/plan_form.h"

#include <QCoreApplication>
#include <QHash>
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "app/viewmodels/format.h"
#include "app/viewmodels/utf8_text.h"
#include "core/plan/parameter_spec.h"

namespace darkroom::app {
namespace {

QString formText(const char* text) { return QCoreApplication::translate("PlanForm", text); }

struct Section {
  const char* title;
  std::vector<std::string_view> keys;
};

// The left column.
const std::vector<Section>& scheduleSections() {
  static const std::vector<Section> sections{
      {QT_TRANSLATE_NOOP("PlanForm", "Schedule"),
       {"phase.epochs", "phase.peak_lr", "phase.warmup_steps", "phase.schedule", "phase.warmup_from", "phase.floor"}},
      {QT_TRANSLATE_NOOP("PlanForm", "Batch"), {"batch.per_device", "batch.accumulation"}}};
  return sections;
}

// The right column begins with these; phase values that stand nowhere else follow in the first section.
const std::vector<Section>& lossSections() {
  static const std::vector<Section> sections{
      {QT_TRANSLATE_NOOP("PlanForm", "Guidance and loss"), {"phase.cfg_dropout", "phase.min_snr_gamma", "phase.prediction"}},
      {QT_TRANSLATE_NOOP("PlanForm", "Memory and safety"),
       {"plan.recompute", "plan.memory_format", "ema.decay", "ema.warmup", "checkpoint.every_steps", "validation.every_epochs"}}};
  return sections;
}

constexpr std::array overridable{std::string_view("batch"), std::string_view("ema"), std::string_view("checkpoint"),
                                 std::string_view("validation")};
constexpr std::array overridable_of_plan{std::string_view("plan.memory_format"), std::string_view("plan.recompute")};

bool canOverride(std::string_view key) {
  const std::string_view group = key.substr(0, key.find('.'));
  return std::find(overridable.begin(), overridable.end(), group) != overridable.end() ||
         std::find(overridable_of_plan.begin(), overridable_of_plan.end(), key) != overridable_of_plan.end();
}

// Fractions that people read as percent.
bool isPercent(std::string_view key) { return key == "phase.cfg_dropout" || key == "phase.warmup_from" || key == "phase.floor"; }

QString choiceName(const QString& choice) {
  static const QHash<QString, const char*> names{{"channels_last", QT_TRANSLATE_NOOP("PlanForm", "Channels last")},
                                                 {"contiguous", QT_TRANSLATE_NOOP("PlanForm", "Plain")},
                                                 {"epsilon", QT_TRANSLATE_NOOP("PlanForm", "Noise")},
                                                 {"v_prediction", QT_TRANSLATE_NOOP("PlanForm", "v")},
                                                 {"flow", QT_TRANSLATE_NOOP("PlanForm", "Flow")},
                                                 {"adamw", "AdamW"},
                                                 {"adamw8bit", "AdamW, 8 bit"},
                                                 {"mse", "MSE"},
                                                 {"sd15", "SD 1.5"}};
  const auto found = names.constFind(choice);
  if (found != names.constEnd()) {
    return formText(*found);
  }
  QString name = choice;
  name.replace('_', ' ');
  return name.left(1).toUpper() + name.mid(1);
}

QString kindOf(const ParameterSpec& spec) {
  switch (spec.kind) {
    case ParameterKind::boolean:
      return QStringLiteral("switch");
    case ParameterKind::choice:
      return QStringLiteral("choice");
    case ParameterKind::text:
      return QStringLiteral("text");
    case ParameterKind::path:
      return QStringLiteral("path");
    case ParameterKind::integer:
    case ParameterKind::real:
      break;
  }
  if (spec.scale == ParameterScale::logarithmic) {
    return QStringLiteral("power");
  }
  static constexpr std::array sliders{std::string_view("phase.epochs"), std::string_view("batch.per_device"),
                                      std::string_view("batch.accumulation"), std::string_view("phase.cfg_dropout"),
                                      std::string_view("phase.min_snr_gamma")};
  return std::find(sliders.begin(), sliders.end(), spec.key) != sliders.end() ? QStringLiteral("slider") : QStringLiteral("number");
}

// What the value is: the phase's, else the plan's, else the default of the table.
Json valueOf(const PlanDocument& document, const ParameterSpec& spec, int phase, bool& own) {
  const QString key = utf8Text(spec.key);
  Json value = document.value(settingPointer(key, phase));
  own = phase >= 0 && canOverride(spec.key) && !value.is_null();
  if (value.is_null() && phase >= 0 && canOverride(spec.key)) {
    value = document.value(settingPointer(key, -1));
  }
  if (value.is_null() && spec.default_kind == DefaultKind::value) {
    switch (spec.kind) {
      case ParameterKind::boolean:
        return Json(spec.default_number != 0);
      case ParameterKind::integer:
      case ParameterKind::real:
        return Json(spec.default_number);
      default:
        return Json(std::string(spec.default_text));
    }
  }
  return value;
}

QString problemAt(const PlanDocument& document, const QString& pointer) {
  const std::string place = pointer.toStdString();
  for (const Problem& problem : document.problems()) {
    if (problem.pointer == place) {
      return QString::fromStdString(problem.message);
    }
  }
  return {};
}

PlanSetting settingOf(const PlanDocument& document, const ParameterSpec& spec, int phase) {
  PlanSetting row;
  row.key = utf8Text(spec.key);
  row.label = utf8Text(spec.label);
  row.kind = kindOf(spec);
  row.unit = utf8Text(spec.unit);
  const Json value = valueOf(document, spec, phase, row.overrides);
  if (isPercent(spec.key)) {
    row.factor = 100;
    row.unit = QStringLiteral("%");
  }
  if (value.is_number()) {
    row.number = value.get<double>() * row.factor;
  } else if (value.is_boolean()) {
    row.number = value.get<bool>() ? 1 : 0;
  } else if (value.is_string()) {
    row.text = QString::fromStdString(value.get<std::string>());
  }
  for (const std::string_view choice : spec.choices) {
    row.choices << utf8Text(choice);
    row.choiceNames << choiceName(utf8Text(choice));
  }
  row.problem = problemAt(document, settingPointer(row.key, phase));
  if (row.problem.isEmpty() && phase >= 0 && canOverride(spec.key)) {
    row.problem = problemAt(document, settingPointer(row.key, -1));
  }
  return row;
}

QList<PlanSetting> rowsOf(const PlanDocument& document, const std::vector<Section>& sections, int phase) {
  QList<PlanSetting> rows;
  for (const Section& section : sections) {
    bool first = true;
    for (const std::string_view key : section.keys) {
      PlanSetting row = settingOf(document, parameter_spec(key), phase);
      row.section = formText(section.title);
      row.startsSection = std::exchange(first, false);
      rows << row;
    }
  }
  return rows;
}

bool stands(const std::vector<Section>& sections, std::string_view key) {
  return std::any_of(sections.begin(), sections.end(), [key](const Section& section) {
    return std::find(section.keys.begin(), section.keys.end(), key) != section.keys.end();
  });
}

void addNotes(QList<PlanSetting>& rows, const PlanDocument& document, int phase, const PhaseLength& length) {
  const PhasePlan& plan = document.plan().phases.at(static_cast<size_t>(phase));
  const BatchPlan& batch = document.plan().batch_of(plan);
  const double steps = length.epochSteps * static_cast<double>(plan.epochs);
  for (PlanSetting& row : rows) {
    if (row.key == "phase.epochs" && length.epochSteps > 0) {
      row.note = formText("%1 steps").arg(Format::count(steps));
    } else if (row.key == "phase.warmup_steps" && steps > 0) {
      row.note = formText("%1 of %2").arg(Format::percent(static_cast<double>(plan.warmup_steps) / steps, 1), Format::count(steps));
    } else if (row.key == "phase.peak_lr" && phase > 0) {
      const double first = document.plan().phases.front().peak_lr;
      if (first > 0 && plan.peak_lr > 0 && first != plan.peak_lr) {
        row.note = plan.peak_lr < first ? formText("1/%1 of phase 1").arg(Format::figure(first / plan.peak_lr))
                                        : formText("%1 × phase 1").arg(Format::figure(plan.peak_lr / first));
      }
    } else if (row.key == "batch.accumulation") {
      row.note = formText("%1 × %2 × %3 = %4 a step")
                     .arg(batch.per_device)
                     .arg(batch.accumulation)
                     .arg(length.devices)
                     .arg(static_cast<double>(batch.per_device * batch.accumulation) * length.devices);
    }
  }
}

}  // namespace

QString settingPointer(const QString& key, int phase) {
  static const QHash<QString, QString> elsewhere{{"model.init_seed", "/model/init/seed"},
                                                 {"model.init_from", "/model/init/from"},
                                                 {"model.init_state", "/model/init/state"},
                                                 {"optimizer.beta1", "/optimizer/betas/0"},
                                                 {"optimizer.beta2", "/optimizer/betas/1"}};
  const auto found = elsewhere.constFind(key);
  if (found != elsewhere.constEnd()) {
    return *found;
  }
  const QString group = key.section('.', 0, 0);
  const QString name = key.section('.', 1);
  const QString own = group == "plan" || group == "phase" ? '/' + name : '/' + group + '/' + name;
  const bool inPhase = phase >= 0 && (group == "phase" || canOverride(key.toStdString()));
  return inPhase ? QStringLiteral("/phases/%1").arg(phase) + own : own;
}

QList<PlanSetting> scheduleSettings(const PlanDocument& document, int phase, const PhaseLength& length) {
  QList<PlanSetting> rows = rowsOf(document, scheduleSections(), phase);
  addNotes(rows, document, phase, length);
  return rows;
}

QList<PlanSetting> lossSettings(const PlanDocument& document, int phase, const PhaseLength& length) {
  QList<PlanSetting> rows = rowsOf(document, lossSections(), phase);
  const auto second = std::find_if(rows.begin() + 1, rows.end(), [](const PlanSetting& row) { return row.startsSection; });
  auto at = second - rows.begin();
  for (const ParameterSpec* spec : parameter_group("phase")) {
    if (spec->name() != "name" && !stands(scheduleSections(), spec->key) && !stands(lossSections(), spec->key)) {
      PlanSetting row = settingOf(document, *spec, phase);
      row.section = rows.first().section;
      rows.insert(at++, row);
    }
  }
  addNotes(rows, document, phase, length);
  return rows;
}

QList<PlanSetting> planSettings(const PlanDocument& document) {
  static constexpr std::array others{std::string_view("generate"), std::string_view("phase"), std::string_view("source")};
  QList<PlanSetting> rows;
  std::string_view group;
  for (const ParameterSpec& spec : parameter_specs()) {
    if (std::find(others.begin(), others.end(), spec.group()) != others.end()) {
      continue;
    }
    PlanSetting row = settingOf(document, spec, -1);
    row.startsSection = spec.group() != group;
    group = spec.group();
    row.section = choiceName(utf8Text(group));
    rows << row;
  }
  return rows;
}

void putSetting(PlanDocument& document, const PlanSetting& setting, int phase, const QVariant& shown) {
  const ParameterSpec& spec = parameter_spec(setting.key.toStdString());
  const QString pointer = settingPointer(setting.key, phase);
  switch (spec.kind) {
    case ParameterKind::boolean:
      document.set(pointer, shown.toBool());
      return;
    case ParameterKind::integer:
      document.set(pointer, static_cast<int64_t>(std::llround(std::clamp(shown.toDouble(), spec.min, spec.max))));
      return;
    case ParameterKind::real:
      document.set(pointer, std::clamp(shown.toDouble() / setting.factor, spec.min, spec.max));
      return;
    default:
      break;
  }
  const std::string text = shown.toString().trimmed().toStdString();
  if (setting.key == "model.init_from") {
    // "seed" and "from" exclude each other.
    Json init = text.empty() ? Json{{"seed", document.plan().model.init_seed}} : Json{{"from", text}};
    if (const Json state = document.value(QStringLiteral("/model/init/state")); !text.empty() && !state.is_null()) {
      init["state"] = state;
    }
    document.set(QStringLiteral("/model/init"), init);
  } else {
    document.set(pointer, text);
  }
}

}  // namespace darkroom::app
