// SPDX-License-Identifier: Apache-2.0
// A build without OpenCV: headers are read and PNG files written, pictures are not decoded.
#include "core/base/format.h"
#include "core/image/image_decode.h"

namespace darkroom {

Image decode_image(std::span<const std::byte> bytes, std::string_view where, const ImageLimits& limits) {
  const ImageInfo info = read_image_info(bytes, where, limits);
  fail(ErrorCode::failed,
       "{}: this engine was built without OpenCV and cannot decode {} files. Install the OpenCV packages and build again.", where,
       image_format_name(info.format));
}

Image read_image_file(const std::filesystem::path& path, const ImageLimits&) {
  fail(ErrorCode::failed,
       "{}: this engine was built without OpenCV and cannot decode pictures. Install the OpenCV packages and build again.", path.string());
}

}  // namespace darkroom
