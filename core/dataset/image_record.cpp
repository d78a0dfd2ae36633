// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/image_record.h"

#include <xxhash.h>

#include <charconv>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr size_t hash_digits = 16;

}  // namespace

std::string image_content_hash(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string record_checksum(std::string_view image_key, std::string_view caption, std::string_view image_hash) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (const std::string_view part : {image_key, caption, image_hash}) {
    const uint64_t size = part.size();  // so that no text can move from one part to the next
    XXH3_64bits_update(&state, &size, sizeof size);
    XXH3_64bits_update(&state, part.data(), part.size());
  }
  return format("{:016x}", XXH3_64bits_digest(&state));
}

void check_record(std::string_view where, std::string_view image_key, std::string_view caption, std::string_view image_hash,
                  std::string_view checksum) {
  if (!checksum.empty() && checksum != record_checksum(image_key, caption, image_hash)) {
    fail(
        ErrorCode::bad_input,
        "{}: caption, key and picture of {} do not belong together: their checksum is {}, expected {}. Make this row again from its shard.",
        where, image_key, record_checksum(image_key, caption, image_hash), checksum);
  }
}

std::string perceptual_hash_text(uint64_t hash) { return format("{:016x}", hash); }

std::optional<uint64_t> perceptual_hash_from_text(std::string_view text) {
  uint64_t hash = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  const bool whole = text.size() == hash_digits && error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(hash) : std::nullopt;
}

}  // namespace darkroom
