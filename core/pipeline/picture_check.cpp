// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/picture_check.h"

#include <algorithm>
#include <span>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/dataset/image_record.h"
#include "core/image/animation.h"
#include "core/image/image_decode.h"
#include "core/image/jpeg_reader.h"
#include "core/pipeline/sample_text.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace {

constexpr size_t most_cut_shown = 80;

struct KindName {
  FindingKind kind;
  std::string_view name;
};

constexpr KindName kind_names[] = {{FindingKind::broken, "broken"},
                                   {FindingKind::truncated, "truncated"},
                                   {FindingKind::damaged, "damaged"},
                                   {FindingKind::animated, "animated"},
                                   {FindingKind::cmyk, "cmyk"},
                                   {FindingKind::rotated, "rotated"},
                                   {FindingKind::flat, "flat"},
                                   {FindingKind::tiny, "tiny"},
                                   {FindingKind::duplicate, "duplicate"},
                                   {FindingKind::no_caption, "no_caption"},
                                   {FindingKind::long_caption, "long_caption"},
                                   {FindingKind::wrong_pair, "wrong_pair"},
                                   {FindingKind::unusable, "unusable"}};

/// Collects what is found about one sample.
class SampleCheck {
 public:
  SampleCheck(std::string source, const std::string& key) : source_(std::move(source)) { result_.key = key; }

  void add(FindingKind kind, std::string detail) {
    result_.findings.push_back({.kind = kind, .source = source_, .key = result_.key, .detail = std::move(detail)});
  }

  void look_at_picture(const std::string& file, const std::string& name, const CheckOptions& options) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(file.data(), file.size()));
    result_.image_hash = image_content_hash(file);
    if (is_animated(bytes)) {
      add(FindingKind::animated, format("{} is a moving picture", name));
      return;
    }
    ImageInfo info;
    try {
      info = read_image_info(bytes, name);
    } catch (const Error& error) {
      add(FindingKind::broken, error.what());
      return;
    }
    stored_width_ = info.width;
    stored_height_ = info.height;
    if (info.orientation != 1) {
      add(FindingKind::rotated, format("EXIF orientation {}", info.orientation));
    }
    if (std::min(info.width, info.height) < options.tiny_side) {
      add(FindingKind::tiny, format("{}x{} pixels", info.width, info.height));
    }
    if (!is_complete_image(bytes, info.format)) {
      add(FindingKind::truncated, format("the {} file is cut short", image_format_name(info.format)));
      return;
    }
    decode(bytes, info, name, options);
  }

  void look_at_caption(const std::string& caption) {
    result_.caption = caption;
    if (caption.empty()) {
      add(FindingKind::no_caption, "has no caption");
      return;
    }
    const PromptFit fit = ClipTokenizer::builtin().fit(caption);
    if (fit.tokens > ClipTokenizer::kTextTokens) {
      add(FindingKind::long_caption, format("{} tokens; beyond {} is cut: \"{}\"", fit.tokens, ClipTokenizer::kTextTokens,
                                            valid_utf8(caption.substr(fit.fits_bytes, most_cut_shown))));
    }
  }

  // The parts of a sample come from one picture: what the json says must fit what stands beside it.
  void look_at_facts(const SampleText& text) {
    const std::string said = text.fact("key");
    const std::string base = result_.key.substr(result_.key.rfind('/') + 1);
    if (text.facts.contains("key") && text.facts["key"].is_string() && said != base && said != result_.key) {
      add(FindingKind::wrong_pair, format("its json is that of the key {}", said));
    }
    const auto caption = text.facts.find("caption");
    if (text.txt && !text.txt->empty() && caption != text.facts.end() && caption->is_string() &&
        trimmed(caption->get<std::string>()) != trimmed(*text.txt)) {
      add(FindingKind::wrong_pair, "its txt and the caption of its json differ");
    }
    const auto number = [&](const char* key) {
      const auto found = text.facts.find(key);
      return found != text.facts.end() && found->is_number_integer() ? found->get<int64_t>() : int64_t{0};
    };
    const int64_t width = number("width");
    const int64_t height = number("height");
    const bool fits = (width == stored_width_ && height == stored_height_) || (width == stored_height_ && height == stored_width_);
    if (stored_width_ > 0 && width > 0 && height > 0 && !fits) {
      add(FindingKind::wrong_pair,
          format("its json says {}x{} pixels, the picture has {}x{}", width, height, stored_width_, stored_height_));
    }
  }

  CheckedSample take() { return std::move(result_); }

 private:
  void decode(std::span<const std::byte> bytes, const ImageInfo& info, const std::string& name, const CheckOptions& options) {
    try {
      Image image;
      std::optional<ScaledJpeg> jpeg = info.format == ImageFormat::jpeg ? read_jpeg(bytes, 1) : std::nullopt;
      if (jpeg) {
        if (jpeg->facts.warnings > 0) {
          add(FindingKind::damaged, format("{} places of the JPEG data are damaged", jpeg->facts.warnings));
        }
        image = std::move(jpeg->image);
      } else {
        const std::optional<JpegFacts> facts = info.format == ImageFormat::jpeg ? read_jpeg_facts(bytes) : std::nullopt;
        if (facts && facts->cmyk) {
          add(FindingKind::cmyk, "a JPEG of four inks");
        } else if (info.format == ImageFormat::jpeg && can_scale_jpeg()) {
          add(FindingKind::damaged, "the JPEG data cannot be read to their end");
        }
        image = decode_image(bytes, name);
      }
      const PixelStatistics pixels = pixel_statistics(image);
      if (pixels.std < options.flat_std || pixels.mean < options.dark_mean || pixels.mean > options.light_mean) {
        add(FindingKind::flat, format("its values spread by {:.2f} around {:.1f}", pixels.std, pixels.mean));
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input) {
        throw;
      }
      add(FindingKind::broken, error.what());
    }
  }

  std::string source_;
  CheckedSample result_;
  int64_t stored_width_ = 0;
  int64_t stored_height_ = 0;
};

}  // namespace

std::string_view finding_name(FindingKind kind) {
  const auto* const found =
      std::find_if(std::begin(kind_names), std::end(kind_names), [kind](const KindName& entry) { return entry.kind == kind; });
  return found->name;
}

const std::vector<FindingKind>& all_findings() {
  static const std::vector<FindingKind> kinds = [] {
    std::vector<FindingKind> all;
    for (const KindName& entry : kind_names) {
      all.push_back(entry.kind);
    }
    return all;
  }();
  return kinds;
}

CheckedSample check_sample(const TarSource& tar, const TarSample& sample, const CheckOptions& options) {
  SampleCheck check(tar.path().filename().string(), sample.key);
  if (const TarField* image = sample.image()) {
    check.look_at_picture(tar.read(*image), format("{}.{}", sample.key, image->name), options);
  } else {
    check.add(FindingKind::broken, "has no picture (jpg, jpeg, png or webp)");
  }
  const SampleText text = read_sample_text(tar, sample);
  if (text.has_broken_json) {
    check.add(FindingKind::broken, "its json cannot be read");
  }
  check.look_at_caption(text.caption);
  check.look_at_facts(text);
  return check.take();
}

}  // namespace darkroom
