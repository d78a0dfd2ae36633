// SPDX-License-Identifier: GPL-3.0-or-later
// Values pass through the JSON of the options, which the parameter table reads and checks: nothing is listed here but the names and their
// order.
#include "app/viewmodels/extra_settings.h"
#include "app/viewmodels/utf8_text.h"

#include <QCoreApplication>
#include <QSettings>
#include <QUrl>

#include "core/plan/parameter_spec.h"

namespace darkroom::app {
namespace {

struct Row {
  const char* section;
  std::string_view key;
};

constexpr Row kRows[] = {
    {QT_TRANSLATE_NOOP("ExtraSettings", "Sampling"), "generate.schedule"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Sampling"), "generate.spacing"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Sampling"), "generate.eta"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Sampling"), "generate.cfg_rescale"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Second pass"), "generate.hires_scale"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Second pass"), "generate.hires_steps"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Second pass"), "generate.hires_strength"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Variation"), "generate.variation_seed"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Variation"), "generate.variation_strength"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Text"), "generate.prompt_syntax"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Text"), "generate.emphasis"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Text"), "generate.clip_skip"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Text"), "generate.lora_folder"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Memory and preview"), "generate.vae_tiling"},
    {QT_TRANSLATE_NOOP("ExtraSettings", "Memory and preview"), "generate.preview_decoder"},
};

const ParameterSpec& specOf(const ExtraSetting& setting) { return parameter_spec("generate." + setting.key.toStdString()); }

bool isNumber(const ExtraSetting& setting) { return setting.kind == "number" || setting.kind == "optional"; }

ExtraSetting unsetSetting(size_t index) {
  const Row& row = kRows[index];
  const ParameterSpec& spec = parameter_spec(row.key);
  ExtraSetting setting;
  setting.key = utf8Text(spec.name());
  setting.section = QCoreApplication::translate("ExtraSettings", row.section);
  setting.startsSection = index == 0 || std::string_view(row.section) != kRows[index - 1].section;
  setting.label = utf8Text(spec.label);
  setting.usual = utf8Text(spec.default_text);
  switch (spec.kind) {
    case ParameterKind::choice:
      setting.kind = QStringLiteral("choice");
      if (spec.default_kind == DefaultKind::derived) {
        setting.choices << QCoreApplication::translate("ExtraSettings", "as usual");
      }
      for (const std::string_view choice : spec.choices) {
        setting.choices << utf8Text(choice);
      }
      setting.choiceIndex = std::max(0, static_cast<int>(setting.choices.indexOf(setting.usual)));
      break;
    case ParameterKind::integer:
    case ParameterKind::real:
      setting.kind = spec.default_kind == DefaultKind::derived ? QStringLiteral("optional") : QStringLiteral("number");
      setting.number = spec.default_number;
      break;
    default:
      setting.kind = QStringLiteral("path");
  }
  return setting;
}

/// The value as the options' JSON has it; null when it is not set.
Json jsonOf(const ExtraSetting& setting) {
  if (!setting.isSet) {
    return nullptr;
  }
  if (!isNumber(setting)) {
    return setting.text.toStdString();
  }
  return specOf(setting).kind == ParameterKind::integer ? Json(static_cast<int64_t>(setting.number)) : Json(setting.number);
}

/// `unset` with that value where the table allows it.
ExtraSetting withValue(ExtraSetting unset, const QVariant& value) {
  const ParameterSpec& spec = specOf(unset);
  if (isNumber(unset)) {
    bool isReadable = false;
    const double number = value.toDouble(&isReadable);
    const bool usual = spec.default_kind == DefaultKind::value && number == spec.default_number;
    if (!isReadable || usual || !parameter_problem(spec, number).empty()) {
      return unset;
    }
    unset.number = number;
    unset.isSet = true;
    return unset;
  }
  const QString words = value.toUrl().isLocalFile() ? value.toUrl().toLocalFile() : value.toString().trimmed();
  const bool usual = words.isEmpty() || (spec.default_kind == DefaultKind::value && words == utf8Text(spec.default_text));
  if (usual || !parameter_problem(spec, words.toStdString()).empty()) {
    return unset;
  }
  unset.text = words;
  unset.choiceIndex = std::max(0, static_cast<int>(unset.choices.indexOf(words)));
  unset.isSet = true;
  return unset;
}

const QString kExtraGroup = QStringLiteral("generate/extra/");

}  // namespace

ExtraSettings::ExtraSettings(QSettings* settings, QObject* parent) : RowListModel(parent), m_settings(settings) {
  for (size_t row = 0; row < std::size(kRows); ++row) {
    const ExtraSetting unset = unsetSetting(row);
    append(withValue(unset, settings->value(kExtraGroup + unset.key)));
  }
}

int ExtraSettings::changed() const {
  return static_cast<int>(std::count_if(rows().begin(), rows().end(), [](const ExtraSetting& setting) { return setting.isSet; }));
}

void ExtraSettings::change(int row, const ExtraSetting& setting) {
  if (setting == at(row)) {
    return;
  }
  set(row, setting);
  if (setting.isSet) {
    m_settings->setValue(kExtraGroup + setting.key, isNumber(setting) ? QVariant(setting.number) : QVariant(setting.text));
  } else {
    m_settings->remove(kExtraGroup + setting.key);
  }
  emit changedChanged();
}

void ExtraSettings::put(int row, const QVariant& value) {
  if (row >= 0 && row < rowCount()) {
    change(row, withValue(unsetSetting(static_cast<size_t>(row)), value));
  }
}

void ExtraSettings::reset(int row) { put(row, QVariant()); }

void ExtraSettings::resetAll() {
  for (int row = 0; row < rowCount(); ++row) {
    reset(row);
  }
}

void ExtraSettings::addTo(GenerateOptions& options) const {
  Json json = to_json(options);
  for (const ExtraSetting& setting : rows()) {
    if (setting.isSet) {
      json[setting.key.toStdString()] = jsonOf(setting);
    }
  }
  std::vector<Problem> problems;  // none: each value was checked by the same table when it was set
  options = generate_options_from_json(json, problems);
}

void ExtraSettings::take(const GenerateOptions& options) {
  const Json json = to_json(options);
  for (int row = 0; row < rowCount(); ++row) {
    const auto found = json.find(at(row).key.toStdString());
    QVariant value;
    if (found != json.end()) {
      value = found->is_number() ? QVariant(found->get<double>()) : QVariant(QString::fromStdString(found->get<std::string>()));
    }
    put(row, value);
  }
}

}  // namespace darkroom::app
