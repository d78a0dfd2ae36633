// SPDX-License-Identifier: Apache-2.0
// Where captioned pictures come from before they are shards: folders, COCO, VGGFace2, DiffusionDB, JourneyDB.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/image/image.h"

namespace darkroom {

/// One picture with what its set says about it; bytes and caption travel together from here on.
struct SourcePicture {
  std::string key;               ///< its name in the set: "train2017/000000000009.jpg"
  std::string bytes;             ///< of the file
  std::string caption;           ///< UTF-8; empty: it has none
  Json facts = Json::object();   ///< category, identity, seed …: stored beside the picture
  std::optional<Rectangle> box;  ///< the part that matters, px as shown; the crop is laid around it
};

/// A piece of a source that is worked on, and resumed, as a whole; it becomes one shard.
struct SourcePart {
  std::string name;       ///< of the shard without ".tar": letters, digits, "-" and "_"
  std::string identity;   ///< changes when what is read changes: file names, sizes, times
  uint64_t pictures = 0;  ///< 0: not known before it is read
};

/// A set of captioned pictures, in pieces. read() of different pieces is thread-safe.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  virtual const std::vector<SourcePart>& parts() const = 0;
  /// Hands over the pictures of a piece, always in the same order; `take` returns false to stop.
  /// throws  Error{io | bad_input} naming the file
  virtual void read(size_t part, const std::function<bool(SourcePicture&&)>& take) const = 0;
};

/// How captions are chosen where a set has several or none.
struct CaptionOptions {
  uint64_t seed = 42;  ///< of the choice among several captions or templates: a function of (seed, key)
  /// JourneyDB: "prompt" (what the picture was made with) or "caption" (what a model wrote about it).
  std::string kind = "prompt";
};

struct CocoOptions {
  /// Only pictures with a person whose box is at least so much of the height; its box becomes the crop's. 0: all pictures.
  double min_person_height = 0;
};

struct VggFaceOptions {
  double margin = 0.6;  ///< of the face's box on each side, as a fraction of its longer side
  int min_face = 0;     ///< shorter side of the box, px; smaller ones are left out
};

/// A folder of pictures (jpg, jpeg, png, webp; below it too) with captions beside them: <name>.txt, <name>.caption, or "caption" of
/// <name>.json. Pieces of `per_part` pictures in the order of their paths.
/// throws  Error{not_found}: no such folder, or no picture in it
std::unique_ptr<PictureSource> open_folder_source(const std::filesystem::path& folder, uint64_t per_part);

/// COCO: `images` is the folder of pictures, `captions` and `instances` its annotation files (either may be empty). With captions each
/// picture gets one of its own; else one of templates with the names of its largest categories.
/// throws  Error{bad_input} naming the file and what it lacks
std::unique_ptr<PictureSource> open_coco_source(const std::filesystem::path& images, const std::filesystem::path& captions,
                                                const std::filesystem::path& instances, const CocoOptions& options,
                                                const CaptionOptions& choice, uint64_t per_part);

/// VGGFace2: a folder with train/ or test/ of identities (n000002/0001_01.jpg), identity_meta.csv, and loose_bb_*.csv (in the folder or
/// in bb_landmark/). Captions are templates with the person's name.
/// throws  Error{not_found | bad_input} naming the file and the line
std::unique_ptr<PictureSource> open_vggface_source(const std::filesystem::path& folder, const VggFaceOptions& options,
                                                   const CaptionOptions& choice, uint64_t per_part);

/// DiffusionDB: a folder of part-*.zip, each with its part-*.json of prompts. One piece an archive, read as a stream.
std::unique_ptr<PictureSource> open_diffusiondb_source(const std::filesystem::path& folder);

/// JourneyDB: a folder of NNN.tgz (below it too) and *_anno*repath.jsonl or .jsonl.tgz. One piece an archive, read as a stream.
/// throws  Error{not_found} when archives or annotations are missing
std::unique_ptr<PictureSource> open_journeydb_source(const std::filesystem::path& folder, const CaptionOptions& choice);

/// A number for (seed, key), the same on every machine: to choose a caption.
uint64_t chosen_number(uint64_t seed, const std::string& key);
/// Name, size and time of a file, for SourcePart::identity.
std::string source_file_identity(const std::filesystem::path& file);
/// jpg, jpeg, png or webp, in any case.
bool is_picture_name(const std::filesystem::path& path);

}  // namespace darkroom
