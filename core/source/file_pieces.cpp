// SPDX-License-Identifier: Apache-2.0
#include "core/source/file_pieces.h"

#include <xxhash.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;

FilePieces::FilePieces(std::string prefix, std::vector<PictureFile> files, uint64_t per_part, CaptionOf caption_of)
    : files_(std::move(files)), per_part_(std::max<uint64_t>(per_part, 1)), caption_of_(std::move(caption_of)) {
  for (uint64_t begin = 0; begin < files_.size(); begin += per_part_) {
    const uint64_t end = std::min<uint64_t>(begin + per_part_, files_.size());
    std::string named;
    for (uint64_t i = begin; i < end; ++i) {
      const PictureFile& file = files_[i];
      named += format("{}\n{}\n{}\n", source_file_identity(file.path), file.key, file.caption);
      if (file.box) {
        named += format("{} {} {} {}\n", file.box->x, file.box->y, file.box->width, file.box->height);
      }
    }
    parts_.push_back({.name = format("{}-{:06}", prefix, begin / per_part_),
                      .identity = format("{:016x}", XXH3_64bits(named.data(), named.size())),
                      .pictures = end - begin});
  }
}

void FilePieces::read(size_t part, const std::function<bool(SourcePicture&&)>& take) const {
  const uint64_t begin = part * per_part_;
  const uint64_t end = std::min<uint64_t>(begin + per_part_, files_.size());
  for (uint64_t i = begin; i < end; ++i) {
    const PictureFile& file = files_.at(i);
    SourcePicture picture{.key = file.key, .bytes = read_file(file.path), .caption = file.caption, .facts = file.facts, .box = file.box};
    if (picture.caption.empty() && caption_of_) {
      picture.caption = caption_of_(file);
    }
    if (!take(std::move(picture))) {
      return;
    }
  }
}

}  // namespace darkroom
