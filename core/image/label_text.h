// SPDX-License-Identifier: Apache-2.0
// Short texts drawn into pictures.
#pragma once

#include <string>
#include <string_view>

#include "core/image/image.h"

namespace darkroom {

/// How large and how bright a label is.
struct LabelStyle {
  double capital_height = 16;  ///< px, of a capital letter; at least 4
  uint8_t grey = 0xFF;
};

/// Rows that a line of this style needs, from the top of the capitals to the lowest tail, rounded up.
int label_height(const LabelStyle& style);

/// Width of the text in px, rounded up. One line: a line break counts as a space.
int label_width(std::string_view text, const LabelStyle& style);

/// The text itself where it fits into `width` px, else its longest beginning that fits with "…" behind it; "…" where nothing does.
std::string shorten_label(std::string_view text, int width, const LabelStyle& style);

/// Draws with soft edges; what lies outside the picture is left out. ASCII has letters, every other character but "…" is a box.
///
/// text  UTF-8; bytes that are not are read as Latin-1
/// x, y  of the text's left edge and the top of its capitals
void draw_label(Image& image, int x, int y, std::string_view text, const LabelStyle& style);

}  // namespace darkroom
