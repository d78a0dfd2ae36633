// SPDX-License-Identifier: Apache-2.0
// A build without OpenCV: headers are read and PNG files written, pictures are not decoded, JPEG and WebP files not written.
#include "core/base/format.h"
#include "core/image/image_decode.h"
#include "core/image/pixel_codec.h"

namespace darkroom {

PictureWithAlpha decode_with_alpha(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  fail(ErrorCode::failed,
       "{}: this engine was built without OpenCV and cannot decode {} files. Install the OpenCV packages and build again.", where,
       image_format_name(info.format));
}

std::string image_library() { return {}; }

Image decode_image(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits) {
  return decode_with_alpha(bytes, where, limits).image;
}

Image read_image_file(const std::filesystem::path& path, const ImageLimits&) {
  fail(ErrorCode::failed,
       "{}: this engine was built without OpenCV and cannot decode pictures. Install the OpenCV packages and build again.", path.string());
}

std::string encode_pixels(const Image&, ImageFormat kind, int) {
  fail(ErrorCode::failed,
       "This engine was built without OpenCV and cannot write {} files. Write PNG, or install the OpenCV packages and build again.",
       image_format_name(kind));
}

}  // namespace darkroom
