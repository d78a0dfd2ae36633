// SPDX-License-Identifier: Apache-2.0
// OpenCV decodes as stored (IMREAD_UNCHANGED), because only then alpha and 16 bits arrive; orientation and white ground are applied here.
#include "core/image/image_decode.h"

#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/image/upright.h"

namespace darkroom {
namespace {

// One source row of 1, 3 or 4 channels in OpenCV's order (grey, BGR, BGRA) -> RGB.
template <typename Value>
void convert_row(const Value* from, int count, int channels, uint8_t* to) {
  const auto byte = [](Value value) {
    return sizeof(Value) == 1 ? static_cast<uint32_t>(value) : (static_cast<uint32_t>(value) * 255U + 32767U) / 65535U;
  };
  for (int i = 0; i < count; ++i, from += channels, to += Image::channels) {
    if (channels == 1) {
      to[0] = to[1] = to[2] = static_cast<uint8_t>(byte(from[0]));
      continue;
    }
    const uint32_t alpha = channels == 4 ? byte(from[3]) : 255U;
    for (int c = 0; c < Image::channels; ++c) {
      to[c] = static_cast<uint8_t>((byte(from[2 - c]) * alpha + 255U * (255U - alpha) + 127U) / 255U);
    }
  }
}

Image to_rgb(const cv::Mat& mat, std::string_view where) {
  const int channels = mat.channels();
  if ((mat.depth() != CV_8U && mat.depth() != CV_16U) || (channels != 1 && channels != 3 && channels != 4)) {
    fail(ErrorCode::bad_input, "{}: pictures with {} channels of this kind are not read", where, channels);
  }
  Image image(mat.cols, mat.rows);
  for (int y = 0; y < mat.rows; ++y) {
    if (mat.depth() == CV_8U) {
      convert_row(mat.ptr<uint8_t>(y), mat.cols, channels, image.row(y));
    } else {
      convert_row(mat.ptr<uint16_t>(y), mat.cols, channels, image.row(y));
    }
  }
  return image;
}

std::vector<uint8_t> to_alpha(const cv::Mat& mat) {
  std::vector<uint8_t> alpha;
  if (mat.channels() != 4) {
    return alpha;
  }
  alpha.reserve(mat.total());
  for (int y = 0; y < mat.rows; ++y) {
    for (int x = 0; x < mat.cols; ++x) {
      alpha.push_back(mat.depth() == CV_8U ? mat.ptr<uint8_t>(y)[4 * x + 3]
                                           : static_cast<uint8_t>((mat.ptr<uint16_t>(y)[4 * x + 3] * 255U + 32767U) / 65535U));
    }
  }
  return alpha;
}

PictureWithAlpha apply_orientation(PictureWithAlpha picture, int orientation) {
  if (!picture.alpha.empty() && orientation != 1) {
    picture.alpha = upright_values(picture.alpha, picture.image.width, picture.image.height, 1, orientation);
  }
  picture.image = upright(std::move(picture.image), orientation);
  return picture;
}

}  // namespace

PictureWithAlpha decode_with_alpha(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  if (!is_complete_image(bytes, info.format)) {
    fail(ErrorCode::bad_input, "{}: the {} file is cut short", where, image_format_name(info.format));
  }
  if (bytes.size() > static_cast<size_t>(INT32_MAX)) {
    fail(ErrorCode::bad_input, "{}: {} bytes are too many for a picture", where, bytes.size());
  }
  cv::Mat decoded;
  try {
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::byte*>(bytes.data()));
    decoded = cv::imdecode(encoded, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    fail(ErrorCode::bad_input, "{}: the {} file cannot be decoded: {}", where, image_format_name(info.format), error.err);
  }
  if (decoded.empty()) {
    fail(ErrorCode::bad_input, "{}: the {} file is damaged", where, image_format_name(info.format));
  }
  if (decoded.cols != info.width || decoded.rows != info.height) {
    fail(ErrorCode::bad_input, "{}: the header says {}x{} pixels, the picture has {}x{}", where, info.width, info.height, decoded.cols,
         decoded.rows);
  }
  return apply_orientation({to_rgb(decoded, where), to_alpha(decoded)}, info.orientation);
}

std::string image_library() { return "opencv " + cv::getVersionString(); }

Image decode_image(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits) {
  return decode_with_alpha(bytes, where, limits).image;
}

Image read_image_file(const std::filesystem::path& path, const ImageLimits& limits) {
  const std::string bytes = read_file(path);
  return decode_image(std::as_bytes(std::span(bytes.data(), bytes.size())), path.string(), limits);
}

}  // namespace darkroom
