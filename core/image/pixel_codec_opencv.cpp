// SPDX-License-Identifier: Apache-2.0
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>

#include "core/base/format.h"
#include "core/image/pixel_codec.h"

namespace darkroom {

std::string encode_pixels(const Image& image, ImageFormat kind, int quality) {
  if (kind == ImageFormat::png || quality < 1 || quality > 100) {
    throw std::invalid_argument(
        format("[encode_pixels] expected JPEG or WebP and a quality of 1 to 100, got {} and {}", image_format_name(kind), quality));
  }
  const bool jpeg = kind == ImageFormat::jpeg;
  cv::Mat bgr(image.height, image.width, CV_8UC3);
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* from = image.row(y);
    for (int x = 0; x < image.width; ++x, from += Image::channels) {
      bgr.at<cv::Vec3b>(y, x) = cv::Vec3b(from[2], from[1], from[0]);
    }
  }
  std::vector<uint8_t> encoded;
  try {
    const std::vector<int> jpeg_parameters{cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_OPTIMIZE, 1};
    const std::vector<int> webp_parameters{cv::IMWRITE_WEBP_QUALITY, quality == 100 ? 101 : quality};  // above 100 means lossless there
    if (!cv::imencode(jpeg ? ".jpg" : ".webp", bgr, encoded, jpeg ? jpeg_parameters : webp_parameters)) {
      fail(ErrorCode::failed, "OpenCV could not encode a {} file", image_format_name(kind));
    }
  } catch (const cv::Exception& error) {
    fail(ErrorCode::failed, "OpenCV could not encode a {} file: {}", image_format_name(kind), error.err);
  }
  return {encoded.begin(), encoded.end()};
}

}  // namespace darkroom
