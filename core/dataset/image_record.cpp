// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/image_record.h"

#include <xxhash.h>

#include "core/base/format.h"

namespace darkroom {

std::string image_content_hash(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace darkroom
