// SPDX-License-Identifier: Apache-2.0
// libjpeg leaves by longjmp when a file is damaged: between setjmp and the end of a call nothing may live that has a destructor, so the
// memory is made outside and handed in.
#include "core/image/jpeg_reader.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <stdexcept>

#include <jpeglib.h>

#include "core/base/format.h"
#include "core/image/half_planes.h"

// The library says its version as a bare word of the preprocessor.
#define DARKROOM_SPELLED_AS_IS(word) #word
#define DARKROOM_SPELLED(word) DARKROOM_SPELLED_AS_IS(word)

namespace darkroom {
namespace {

constexpr int four_inks = 4;
constexpr int lines_at_once = 4 * (DCTSIZE / 2);  // of planes: a JPEG's sampling factors are 4 at most

struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg knows only this part
  jmp_buf back;
};

[[noreturn]] void leave(j_common_ptr info) { std::longjmp(reinterpret_cast<ErrorManager*>(info->err)->back, 1); }

// Counts warnings, as the standard handler does; nothing is printed.
void be_quiet(j_common_ptr info, int level) {
  if (level < 0) {
    ++info->err->num_warnings;
  }
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {
    info_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = leave;
    errors_.base.emit_message = be_quiet;
  }
  ~Reader() { jpeg_destroy_decompress(&info_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The header; false when it is damaged.
  bool open(int denominator) {
    if (setjmp(errors_.back) != 0) {
      return false;
    }
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes_.data()), static_cast<unsigned long>(bytes_.size()));
    if (jpeg_read_header(&info_, TRUE) != JPEG_HEADER_OK) {
      return false;
    }
    has_half_colours_ = !has_colours_by(1) && has_colours_by(2);  // libjpeg frees what this is read from when it ends
    info_.scale_num = 1;
    info_.scale_denom = static_cast<unsigned>(denominator);
    info_.dct_method = JDCT_ISLOW;
    gives_planes_ = denominator == 2 && has_half_colours_ && info_.jpeg_color_space == JCS_YCbCr;
    if (gives_planes_) {
      info_.out_color_space = JCS_YCbCr;
      info_.raw_data_out = TRUE;
    } else if (!has_four_inks()) {
      info_.out_color_space = JCS_RGB;
    }
    jpeg_calc_output_dimensions(&info_);
    return true;
  }

  bool has_four_inks() const { return info_.num_components == four_inks; }
  // Planes of colours have 1/1 of the picture's samples a side, or all 1/2.
  bool has_colours_by(int parts) const {
    const jpeg_component_info* const planes = info_.comp_info;
    return std::all_of(planes + 1, planes + info_.num_components, [&](const jpeg_component_info& plane) {
      return plane.h_samp_factor * parts == info_.max_h_samp_factor && plane.v_samp_factor * parts == info_.max_v_samp_factor;
    });
  }
  // As fine as the picture at 1/denominator, and as the full path has them there.
  bool has_sharp_colours(int denominator) const { return has_colours_by(1) || (has_half_colours_ && (denominator > 2 || gives_planes_)); }
  // Whether read_planes must be used for read.
  bool gives_planes() const { return gives_planes_; }
  int width() const { return static_cast<int>(info_.output_width); }
  int height() const { return static_cast<int>(info_.output_height); }

  // All rows; false when the data are damaged beyond reading.
  bool read(Image& image) {
    if (setjmp(errors_.back) != 0) {
      return false;
    }
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = image.row(static_cast<int>(info_.output_scanline));
      jpeg_read_scanlines(&info_, &row, 1);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  bool read_planes(HalfPlanes& planes) {
    std::array<std::array<JSAMPROW, lines_at_once>, 3> rows{};
    std::array<JSAMPARRAY, 3> planes_of_rows{rows[0].data(), rows[1].data(), rows[2].data()};
    if (setjmp(errors_.back) != 0) {
      return false;
    }
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      for (int line = 0; line < lines(); ++line) {
        const size_t at = (info_.output_scanline + static_cast<size_t>(line)) * planes.stride;
        rows[0][static_cast<size_t>(line)] = planes.luma.data() + at;
        rows[1][static_cast<size_t>(line)] = planes.blue.data() + at;
        rows[2][static_cast<size_t>(line)] = planes.red.data() + at;
      }
      jpeg_read_raw_data(&info_, planes_of_rows.data(), static_cast<JDIMENSION>(lines()));
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  // Rows of planes that come at a time.
  int lines() const { return info_.max_v_samp_factor * (DCTSIZE / 2); }

  JpegFacts facts() const {
    return {.cmyk = has_four_inks(), .warnings = static_cast<int>(errors_.base.num_warnings), .has_half_colours = has_half_colours_};
  }

 private:
  std::span<const std::byte> bytes_;
  ErrorManager errors_{};
  jpeg_decompress_struct info_{};
  bool has_half_colours_ = false;
  bool gives_planes_ = false;
};

}  // namespace

bool can_scale_jpeg() { return true; }

std::string jpeg_library() { return "libjpeg-turbo " DARKROOM_SPELLED(LIBJPEG_TURBO_VERSION); }
#undef DARKROOM_SPELLED
#undef DARKROOM_SPELLED_AS_IS

std::optional<ScaledJpeg> read_jpeg(std::span<const std::byte> bytes, int denominator, ScaledColours colours) {
  if (denominator != 1 && denominator != 2 && denominator != 4 && denominator != 8) {
    throw std::invalid_argument(format("[read_jpeg] the denominator must be 1, 2, 4 or 8, got {}", denominator));
  }
  Reader reader(bytes);
  if (!reader.open(denominator) || reader.has_four_inks() ||
      (denominator > 1 && colours == ScaledColours::sharp && !reader.has_sharp_colours(denominator))) {
    return std::nullopt;
  }
  if (reader.gives_planes()) {
    HalfPlanes planes(reader.width(), reader.height(), reader.lines());
    return reader.read_planes(planes) ? std::optional(ScaledJpeg{averaged_rgb(planes), reader.facts()}) : std::nullopt;
  }
  ScaledJpeg result{.image = Image(reader.width(), reader.height()), .facts = {}};
  if (!reader.read(result.image)) {
    return std::nullopt;
  }
  result.facts = reader.facts();
  return result;
}

std::optional<JpegFacts> read_jpeg_facts(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  return reader.open(1) ? std::optional(reader.facts()) : std::nullopt;
}

}  // namespace darkroom
