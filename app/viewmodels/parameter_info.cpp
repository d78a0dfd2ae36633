// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/parameter_info.h"

#include <algorithm>
#include <cmath>

#include "app/viewmodels/utf8_text.h"
#include "core/base/log.h"
#include "core/plan/parameter_spec.h"

namespace darkroom::app {
double limited(double value, std::string_view key) {
  const ParameterSpec& spec = parameter_spec(key);
  return std::clamp(value, spec.min, spec.max);
}

ParameterInfo Parameters::info(const QString& key) {
  const std::string wanted = (key.contains('.') ? key : "generate." + key).toStdString();
  const auto specs = parameter_specs();
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const ParameterSpec& spec) { return spec.key == wanted; });
  if (found == specs.end()) {
    log().warn("A control asks for the parameter {}, which the table lacks", wanted);
    return {};
  }
  ParameterInfo info;
  info.key = utf8Text(found->key);
  info.unit = utf8Text(found->unit);
  info.minimum = found->min;
  info.maximum = found->max;
  info.step = found->step > 0 ? found->step : 1;
  info.defaultValue = found->default_number;
  info.decimals = found->kind == ParameterKind::real ? std::clamp(static_cast<int>(std::ceil(-std::log10(info.step) - 1e-9)), 0, 6) : 0;
  info.label = utf8Text(found->label);
  info.help = utf8Text(found->help);
  return info;
}

}  // namespace darkroom::app
