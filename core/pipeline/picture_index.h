// SPDX-License-Identifier: Apache-2.0
// A set of pictures as metadata: what lies in tars, folders and archives becomes a parquet file that rules and the column store read like
// that of a hub.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/source/picture_source.h"

namespace darkroom {

/// Where the bytes of a picture lie.
struct PicturePlace {
  std::filesystem::path file;
  std::string member;   ///< of an archive that is read as a stream; empty: at `offset` of the file
  uint64_t offset = 0;  ///< of the first byte
  uint64_t bytes = 0;   ///< 0: to the end of the file
};

/// The bytes of one picture. An archive is gone through up to the member.
/// throws  Error{not_found | io | bad_input} naming the file; Error{bad_input} beyond 64 MiB
std::string read_picture(const PicturePlace& place);

struct PictureIndexSummary {
  uint64_t pictures = 0;
  uint64_t left_out = 0;  ///< samples without a picture, and pictures whose header cannot be read
};

/// Lists the pictures of WebDataset tars: key ("<tar's file name>::<sample key>", the image_key of later stages), caption, width, height,
/// bytes, and file, member, offset of the picture. The file is written
/// aside and renamed at the end (zstd, 20,000 rows a row group).
/// throws  Error{not_found | io | bad_input} naming the file; Error{cancelled}; Error{failed} in a build without Arrow
PictureIndexSummary index_tars(std::span<const std::filesystem::path> tars, const std::filesystem::path& index, const ProgressSink& sink,
                               const CancelToken& cancel);

/// Likewise for a source whose pictures or archives lie below `folder`; `crop` is "x,y,side" of the square that build_shards() cuts out.
PictureIndexSummary index_source(const PictureSource& source, const std::filesystem::path& folder, const std::filesystem::path& index,
                                 const ProgressSink& sink, const CancelToken& cancel);

/// Likewise for a dataset folder in the Hugging Face layout: key, caption, width and height, where it has them; its pictures lie elsewhere.
PictureIndexSummary index_dataset(const std::filesystem::path& dataset, const std::filesystem::path& index, const ProgressSink& sink,
                                  const CancelToken& cancel);

}  // namespace darkroom
