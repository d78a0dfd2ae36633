// SPDX-License-Identifier: Apache-2.0
// `generate --grid x=cfg:3,7.5,12 y=sampler:ddim,dpmpp_2m z=model:a,b`: the same picture under several settings.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// One axis of a grid.
struct GridAxis {
  std::string name;                 ///< an option of `generate` without dashes ("cfg"), or "replace"
  std::vector<std::string> values;  ///< at least one; of "replace" the first is what is looked for in the prompt

  /// "CFG scale 7.5"; of a choice the word ("dpmpp_2m"), of a path the file's name, of "replace" the words.
  std::string label(size_t index) const;
};

/// Up to three axes.
struct GridAxes {
  std::optional<GridAxis> x, y, z;

  static size_t count(const std::optional<GridAxis>& axis) { return axis ? axis->values.size() : 1; }
};

/// "x=NAME:V1,V2,…", one text an axis. A value with a comma is quoted ("a, b"); a quote in it is doubled.
/// throws  Error{usage} naming the axis: no x, y or z, one given twice, no such option, an option that a grid cannot vary (out, count, …),
/// a
///         value that the option does not allow, no values
GridAxes grid_axes_from_texts(const std::vector<std::string>& texts);

/// The settings of one cell.
/// given   the settings of the command line, as generate_options_from_json takes them
/// throws  Error{usage}: "replace" looks for words that the prompt does not hold
Json grid_cell(const GridAxes& axes, size_t x, size_t y, size_t z, const Json& given);

}  // namespace darkroom
