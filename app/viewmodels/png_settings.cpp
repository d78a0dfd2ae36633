// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/png_settings.h"

#include <QString>
#include <QStringList>

#include "core/base/error.h"
#include "core/image/image_metadata.h"

namespace darkroom::app {
namespace {

GenerateOptions optionsOf(const A1111Parameters& parameters) {
  const auto setting = [&](std::string_view key) { return QString::fromStdString(parameters.setting(key)); };
  GenerateOptions options;
  options.prompt = parameters.prompt;
  options.negative = parameters.negative;
  bool well = false;
  if (const qlonglong seed = setting("Seed").toLongLong(&well); well) {
    options.seed = seed;
  }
  if (const int steps = setting("Steps").toInt(&well); well) {
    options.steps = steps;
  }
  if (const double cfg = setting("CFG scale").toDouble(&well); well) {
    options.cfg_scale = cfg;
  }
  const QStringList sides = setting("Size").split('x');
  if (sides.size() == 2 && sides[0].toInt() > 0 && sides[1].toInt() > 0) {
    options.width = sides[0].toInt();
    options.height = sides[1].toInt();
  }
  options.sampler = setting("Sampler").toLower().toStdString();
  return options;
}

}  // namespace

GenerateOptions settingsOfPng(const std::filesystem::path& file) {
  const std::vector<PngText> texts = read_png_texts(file);
  if (const auto record = find_generation_record(texts, file.string())) {
    return options_like(*record);
  }
  if (const auto text = find_png_text(texts, "parameters")) {
    if (const auto parameters = parse_a1111_parameters(*text)) {
      return optionsOf(*parameters);
    }
  }
  throw Error(ErrorCode::bad_input, "The picture " + file.string() + " does not say how it was made");
}

}  // namespace darkroom::app
