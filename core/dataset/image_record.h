// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace darkroom {

/// Ids of one CLIP text window: start, text, end, padding.
constexpr int tokens_per_caption = 77;
using CaptionTokens = std::array<int32_t, tokens_per_caption>;

/// One captioned picture: a row of a dataset.
struct ImageRecord {
  std::string image_key;  ///< "<shard file name>::<sample key>"; unique in a dataset
  std::string caption;    ///< UTF-8
  CaptionTokens input_ids{};
  CaptionTokens attention_mask{};
  std::string source;  ///< the shard's file name
  int32_t width = 0;   ///< of the picture as shown, px
  int32_t height = 0;
  std::string category;    ///< empty when the source names none
  std::string image_hash;  ///< image_content_hash of the picture's file
};

/// XXH3-128 of a picture's file bytes: 32 hex digits.
std::string image_content_hash(std::string_view bytes);

}  // namespace darkroom
