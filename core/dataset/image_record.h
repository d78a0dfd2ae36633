// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
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
  std::string category;            ///< empty when the source names none
  std::string image_hash;          ///< image_content_hash of the picture's file
  std::optional<uint64_t> phash;   ///< perceptual_hash of the picture, where it was computed
  std::optional<float> aesthetic;  ///< predicted score, where the source knows one
};

/// XXH3-128 of a picture's file bytes: 32 hex digits.
std::string image_content_hash(std::string_view bytes);

/// What travels with a row from tokenising to training and is compared wherever it is read: 16 hex digits over the key, the caption and the
/// picture's hash. A caption beside another picture's key or hash has another one.
std::string record_checksum(std::string_view image_key, std::string_view caption, std::string_view image_hash);

/// throws  Error{bad_input} naming the key when `checksum` (if any) is not that of the three
void check_record(std::string_view where, std::string_view image_key, std::string_view caption, std::string_view image_hash,
                  std::string_view checksum);

/// 16 hex digits, the most significant first.
std::string perceptual_hash_text(uint64_t hash);
/// Nothing for a text that is no such hash.
std::optional<uint64_t> perceptual_hash_from_text(std::string_view text);

}  // namespace darkroom
