// SPDX-License-Identifier: Apache-2.0
// What a download of pictures is told. Modes and limits are named as img2dataset names them; its defaults stand where nothing else is said.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/download/address_rules.h"
#include "core/download/robots_tag.h"
#include "core/hub/retry_policy.h"

namespace darkroom {

enum class ResizeMode {
  no,                  ///< as it came
  keep_ratio,          ///< the shorter side becomes the size
  keep_ratio_largest,  ///< the longer side becomes the size
  center_crop,         ///< keep_ratio, then the centred square
  border,              ///< keep_ratio_largest, then white to a square
  fixed,               ///< a square, the ratio lost
};

enum class PictureFormat { jpg, png, webp };

enum class Enlarging { allow, never };
enum class Reencoding {
  always,
  only_if_needed,  ///< a picture of the wanted format and size keeps its bytes
};

/// How a picture is checked, resized and written.
struct PictureOptions {
  ResizeMode resize_mode = ResizeMode::keep_ratio;  ///< img2dataset: border; white borders are learnt by a model
  int image_size = 512;                             ///< px; img2dataset: 256
  Enlarging enlarging = Enlarging::allow;
  PictureFormat format = PictureFormat::jpg;
  int quality = 95;  ///< jpg and webp 1…100; png: level of zlib, 0…9
  Reencoding reencoding = Reencoding::always;
  int min_image_size = 0;                                             ///< shorter side as shown, px
  int64_t max_image_area = int64_t{1} << 26;                          ///< px
  double max_aspect_ratio = std::numeric_limits<double>::infinity();  ///< longer side over shorter
};

/// How hosts are asked.
struct TransferOptions {
  int connections = 128;                     ///< at once, over all hosts
  int connections_per_host = 8;              ///< by host name and port
  double timeout_s = 10;                     ///< for a connection, and for a line on which nothing comes
  double longest_s = 120;                    ///< for a whole picture
  uint64_t most_bytes = uint64_t{32} << 20;  ///< of one answer
  double names_kept_s = 3600;                ///< a resolved name is not asked for again so long
  RetryPolicy retry{.tries = 3, .first_delay_s = 1, .longest_delay_s = 30, .longest_wait_s = 60};
  AddressRules addresses;
  std::string user_agent = "darkroom-engine";
  std::string user_agent_token;  ///< our name in X-Robots-Tag, lower case; empty: none
  std::vector<std::string> disallowing_directives = default_disallowing_directives();
};

/// Which columns are read and kept.
struct ColumnOptions {
  std::string url;                            ///< empty: by the aliases of metadata_column.h
  std::string caption;                        ///< empty: by the aliases, where there is one
  std::vector<std::string> keep;              ///< beside url and caption, in the json of a picture and in the parquet; {"all"}: every one
  std::string hash;                           ///< column with the published hash of a picture's file; empty: nothing is verified
  DigestKind hash_kind = DigestKind::sha256;  ///< of that column, and of the one that is written
};

struct DownloadOptions {
  PictureOptions picture;
  TransferOptions transfer;
  ColumnOptions columns;
  uint64_t rows_per_shard = 10'000;
  int shard_digits = 5;
  int threads = 0;                                     ///< that decode; 0: one a core
  std::vector<std::filesystem::path> earlier_folders;  ///< downloads whose pictures are taken where they have them
  bool retry_failed = false;                           ///< finished shards: rows that failed to download are tried again
};

std::string_view resize_mode_name(ResizeMode mode);
std::string_view picture_format_name(PictureFormat kind);  ///< also the ending of a member's name
std::string_view digest_kind_name(DigestKind kind);
/// Every name, as a command line offers them.
std::vector<std::string> resize_mode_names();
std::vector<std::string> picture_format_names();
std::vector<std::string> digest_kind_names();
/// throws  Error{usage} naming the values that there are
ResizeMode resize_mode_named(const std::string& name);
PictureFormat picture_format_named(const std::string& name);
DigestKind digest_kind_named(const std::string& name);

/// throws  Error{usage} for what does not fit together, such as a png of quality 95
void check_options(const DownloadOptions& options);

}  // namespace darkroom
