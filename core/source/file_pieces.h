// SPDX-License-Identifier: Apache-2.0
// What sources of single files share: pieces of equal size over a list.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/source/picture_source.h"

namespace darkroom {

/// A picture that lies in a file of its own.
struct PictureFile {
  std::filesystem::path path;
  std::string key;
  std::string caption;  ///< empty: read beside the file, where the source does that
  Json facts = Json::object();
  std::optional<Rectangle> box;
};

/// A source over a list of files, cut into pieces "<prefix>-000000", …. Captions that are empty are given by `caption_of`, when it is set.
class FilePieces : public PictureSource {
 public:
  using CaptionOf = std::function<std::string(const PictureFile&)>;

  FilePieces(std::string prefix, std::vector<PictureFile> files, uint64_t per_part, CaptionOf caption_of = {});
  const std::vector<SourcePart>& parts() const override { return parts_; }
  void read(size_t part, const std::function<bool(SourcePicture&&)>& take) const override;

 private:
  std::vector<PictureFile> files_;
  uint64_t per_part_;
  CaptionOf caption_of_;
  std::vector<SourcePart> parts_;
};

}  // namespace darkroom
