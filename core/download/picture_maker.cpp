// SPDX-License-Identifier: Apache-2.0
// Resampling is OpenCV's here and not core/image's: a set made by this program and one made by img2dataset should be the same pictures.
#include "core/download/picture_maker.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/image/cropped_decode.h"
#include "core/image/exif.h"
#include "core/image/jpeg_reader.h"
#include "core/image/upright.h"

namespace darkroom {
namespace {

constexpr int64_t big_picture_pixels = int64_t{16} << 20;
constexpr std::string_view picture_name = "picture";
constexpr const char* decoding_error = "Image decoding error";

std::mutex& big_picture_turn() {
  static std::mutex turn;
  return turn;
}

// Halves to even, as Python's round and albumentations' own have it.
int rounded(double value) { return std::max(1, static_cast<int>(std::nearbyint(value))); }

int scaled(int side, int target, int reference) { return rounded(static_cast<double>(side) * (static_cast<double>(target) / reference)); }

struct Decoded {
  Image image;
  bool had_alpha = false;
};

Decoded decoded(std::span<const std::byte> bytes, const ImageInfo& info, int denominator, const ImageLimits& limits) {
  if (info.format == ImageFormat::jpeg) {
    std::optional<ScaledJpeg> small = read_averaged_jpeg(bytes, denominator);
    if (!small && denominator > 1) {
      small = read_jpeg(bytes, 1);
    }
    if (small) {
      return {upright(std::move(small->image), info.orientation), false};
    }
  }
  PictureWithAlpha picture = decode_with_alpha(bytes, picture_name, limits);
  return {std::move(picture.image), !picture.alpha.empty()};
}

cv::Mat as_mat(Image& image) { return {image.height, image.width, CV_8UC3, image.pixels.data()}; }

cv::Mat resized(const cv::Mat& picture, const ResizePlan& plan, ResizeMode mode) {
  cv::Mat made = picture;
  if (picture.cols != plan.width || picture.rows != plan.height) {
    cv::resize(picture, made, cv::Size(plan.width, plan.height), 0, 0, plan.is_smaller ? cv::INTER_AREA : cv::INTER_LANCZOS4);
  }
  if (mode == ResizeMode::center_crop) {
    const cv::Rect part((plan.width - plan.final_width) / 2, (plan.height - plan.final_height) / 2, plan.final_width, plan.final_height);
    return made(part);
  }
  if (mode == ResizeMode::border) {
    const int left = (plan.final_width - plan.width) / 2;
    const int top = (plan.final_height - plan.height) / 2;
    cv::Mat bordered;
    cv::copyMakeBorder(made, bordered, top, plan.final_height - plan.height - top, left, plan.final_width - plan.width - left,
                       cv::BORDER_CONSTANT, cv::Scalar(255, 255, 255));
    return bordered;
  }
  return made;
}

std::string encoded(const cv::Mat& picture, const PictureOptions& options) {
  cv::Mat bgr;  // as OpenCV's encoders want it
  cv::cvtColor(picture, bgr, cv::COLOR_RGB2BGR);
  const int parameter = options.format == PictureFormat::jpg   ? cv::IMWRITE_JPEG_QUALITY
                        : options.format == PictureFormat::png ? cv::IMWRITE_PNG_COMPRESSION
                                                               : cv::IMWRITE_WEBP_QUALITY;
  std::vector<uint8_t> bytes;
  if (!cv::imencode(format(".{}", picture_format_name(options.format)), bgr, bytes, {parameter, options.quality})) {
    fail(ErrorCode::failed, "OpenCV could not encode a {} file", picture_format_name(options.format));
  }
  return {bytes.begin(), bytes.end()};
}

std::string exif_json(std::span<const std::byte> block) {
  static const std::map<uint16_t, const char*> names{
      {exif_tag::image_description, "Image ImageDescription"},
      {exif_tag::make, "Image Make"},
      {exif_tag::model, "Image Model"},
      {exif_tag::software, "Image Software"},
      {0x0132, "Image DateTime"},
      {0x013B, "Image Artist"},
      {0x8298, "Image Copyright"},
  };
  static constexpr std::array orientations{"",
                                           "",
                                           "Mirrored horizontal",
                                           "Rotated 180",
                                           "Mirrored vertical",
                                           "Mirrored horizontal then rotated 90 CCW",
                                           "Rotated 90 CW",
                                           "Mirrored horizontal then rotated 90 CW",
                                           "Rotated 90 CCW"};
  constexpr size_t longest_text = 1000;
  Json fields = Json::object();
  const ExifFields exif = read_exif(block);
  for (const auto& [tag, text] : exif.texts) {
    if (const auto name = names.find(tag); name != names.end()) {
      fields[name->second] = text.substr(0, longest_text);
    }
  }
  if (exif.orientation > 1) {
    fields["Image Orientation"] = orientations.at(static_cast<size_t>(exif.orientation));
  }
  return fields.dump(-1, ' ', true, Json::error_handler_t::replace);
}

bool is_of_format(ImageFormat found, PictureFormat wanted) {
  return (found == ImageFormat::jpeg && wanted == PictureFormat::jpg) || (found == ImageFormat::png && wanted == PictureFormat::png) ||
         (found == ImageFormat::webp && wanted == PictureFormat::webp);
}

// The words of what is not wanted; empty when the picture is.
std::string unwanted(const PictureOptions& options, int width, int height) {
  if (std::min(width, height) < options.min_image_size) {
    return "image too small";
  }
  if (static_cast<int64_t>(width) * height > options.max_image_area) {
    return "image area too large";
  }
  if (static_cast<double>(std::max(width, height)) / std::min(width, height) > options.max_aspect_ratio) {
    return "aspect ratio too large";
  }
  return {};
}

void make(std::span<const std::byte> bytes, const PictureOptions& options, MadePicture& made) {
  const ImageLimits limits{.max_side = 65'535, .max_pixels = std::max(options.max_image_area, int64_t{1} << 30)};
  const ImageInfo info = read_image_info(bytes, picture_name, limits);
  const int width = info.shown_width();
  const int height = info.shown_height();
  made.error = unwanted(options, width, height);
  if (!made.error.empty()) {
    made.detail = format("{}x{} pixels", width, height);
    return;
  }
  if (!is_complete_image(bytes, info.format)) {
    fail(ErrorCode::bad_input, "{}: the {} file is cut short", picture_name, image_format_name(info.format));
  }
  const ResizePlan plan = plan_resize(options, width, height);
  // What is enlarged, or only cropped, needs every pixel.
  const int denominator = plan.resizes && plan.is_smaller
                              ? averaging_denominator(info, {.x = 0, .y = 0, .width = width, .height = height}, plan.width, plan.height)
                              : 1;
  std::unique_lock<std::mutex> turn;
  if (static_cast<int64_t>(width) * height / denominator / denominator > big_picture_pixels) {
    turn = std::unique_lock(big_picture_turn());
  }
  Decoded source = decoded(bytes, info, denominator, limits);
  made.original_width = width;
  made.original_height = height;
  const bool keeps_bytes = options.reencoding == Reencoding::only_if_needed && !plan.resizes && info.orientation == 1 &&
                           !source.had_alpha && is_of_format(info.format, options.format);
  const cv::Mat picture = plan.resizes ? resized(as_mat(source.image), plan, options.resize_mode) : as_mat(source.image);
  made.width = picture.cols;
  made.height = picture.rows;
  made.exif = exif_json(info.exif);
  made.bytes = keeps_bytes ? std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) : encoded(picture, options);
}

}  // namespace

ResizePlan plan_resize(const PictureOptions& options, int width, int height) {
  ResizePlan plan{.width = width, .height = height, .final_width = width, .final_height = height};
  const int size = options.image_size;
  const bool by_shorter = options.resize_mode == ResizeMode::keep_ratio || options.resize_mode == ResizeMode::center_crop;
  const int reference = by_shorter ? std::min(width, height) : std::max(width, height);
  plan.is_smaller = reference > size;
  if (options.resize_mode == ResizeMode::no || (options.enlarging == Enlarging::never && !plan.is_smaller)) {
    return plan;
  }
  plan.resizes = true;
  if (options.resize_mode == ResizeMode::fixed) {
    plan.width = plan.height = size;
  } else {
    plan.width = scaled(width, size, reference);
    plan.height = scaled(height, size, reference);
  }
  plan.final_width = plan.width;
  plan.final_height = plan.height;
  if (options.resize_mode == ResizeMode::center_crop || options.resize_mode == ResizeMode::border) {
    plan.final_width = plan.final_height = size;
  }
  return plan;
}

MadePicture make_picture(std::span<const std::byte> bytes, const PictureOptions& options) {
  // Each picture has a thread of its own already; OpenCV's would only get in their way.
  static const bool is_single = (cv::setNumThreads(1), true);
  MadePicture made;
  if (!is_single || bytes.empty()) {
    made.error = decoding_error;
    made.detail = "the answer is empty";
    return made;
  }
  try {
    make(bytes, options, made);
    return made;
  } catch (const Error& error) {
    made = {};
    const std::string text = error.what();
    const std::string prefix = format("{}: ", picture_name);
    made.detail = text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  } catch (const cv::Exception& error) {
    made = {};
    made.detail = error.err;
  }
  made.error = decoding_error;
  return made;
}

}  // namespace darkroom
