// SPDX-License-Identifier: Apache-2.0
#include "core/engine/bench_decode.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/engine/bench_runs.h"
#include "core/image/cropped_decode.h"
#include "core/image/image_encode.h"
#include "core/source/picture_source.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int composed_side = 1024;
constexpr int composed_quality = 90;
constexpr size_t most_compared = 50;

// Soft colours, some edges, and a little noise, as a camera gives them; the same on every machine.
std::string composed_jpeg() {
  Image image(composed_side, composed_side);
  uint32_t state = 1;
  for (int y = 0; y < composed_side; ++y) {
    for (int x = 0; x < composed_side; ++x) {
      const bool inside = std::hypot(x - 400, y - 560) < 220 || (x > 620 && x < 900 && y > 120 && y < 480);
      for (int c = 0; c < Image::channels; ++c) {
        state = state * 1664525U + 1013904223U;
        const double soft = 110 + 70 * std::sin((x + 211.0 * c) / 130.0) * std::cos((y - 97.0 * c) / 170.0);
        const double value = soft + (inside ? 45 - 30 * c : 0) + static_cast<double>(state >> 24) / 32.0 - 4;
        image.row(y)[x * Image::channels + c] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  return encode_image(image, ImageFormat::jpeg, {}, composed_quality);
}

std::vector<std::string> read_pictures(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    fail(ErrorCode::not_found, "{}: there is no such folder of pictures", folder.string());
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_picture_name(entry.path())) {
      files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    fail(ErrorCode::not_found, "{}: there is no picture (jpg, jpeg, png, webp) in this folder", folder.string());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> pictures;
  pictures.reserve(files.size());
  for (const fs::path& file : files) {
    pictures.push_back(read_file(file));
  }
  return pictures;
}

std::span<const std::byte> text_bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace

BenchFigures bench_image_decode(const BenchSettings& settings) {
  const int width = static_cast<int>(settings.width.value_or(512));
  const int height = static_cast<int>(settings.height.value_or(512));
  const std::vector<std::string> pictures =
      settings.file.empty() ? std::vector<std::string>{composed_jpeg()} : read_pictures(settings.file);
  std::vector<double> psnr;
  const double full_started_s = monotonic_seconds();
  const size_t compared = std::min(pictures.size(), most_compared);
  std::vector<Image> full;
  for (size_t i = 0; i < compared; ++i) {
    full.push_back(centre_crop_resize(decode_image(text_bytes(pictures[i]), "picture"), width, height));
  }
  const double full_s = monotonic_seconds() - full_started_s;
  for (size_t i = 0; i < compared; ++i) {
    // Equal pictures have no finite PSNR, and JSON no infinity.
    psnr.push_back(std::min(psnr_db(full[i], decode_cropped(text_bytes(pictures[i]), "picture", width, height)), 99.0));
  }
  BenchSettings timed = settings;
  timed.device = torch::kCPU;
  const Timing timing = time_runs(timed, [&] {
    for (const std::string& picture : pictures) {
      decode_cropped(text_bytes(picture), "picture", width, height);
    }
  });
  const auto count = static_cast<int64_t>(pictures.size());
  BenchFigures result = figures(timed, timing, torch::kFloat32, {count, height, width},
                                {{"images_per_s", per_second(count, timing)},
                                 {"full_images_per_s", static_cast<double>(compared) / full_s},
                                 {"psnr_min_db", *std::min_element(psnr.begin(), psnr.end())},
                                 {"psnr_median_db", median_of(psnr)}});
  result.dtype = "uint8";
  result.more["threads"] = 1;
  return result;
}

}  // namespace darkroom
