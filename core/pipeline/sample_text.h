// SPDX-License-Identifier: Apache-2.0
// What stands beside a picture in a shard: the stages that read captions must read the same ones.
#pragma once

#include <optional>
#include <string>

#include "core/base/json.h"
#include "core/dataset/tar_source.h"

namespace darkroom {

struct SampleText {
  Json facts = Json::object();     ///< its json; empty without one, or where it cannot be read
  bool has_broken_json = false;    ///< there is one, and it is no JSON object
  std::optional<std::string> txt;  ///< its txt, as it stands there
  std::string caption;             ///< the txt, else "caption" of the json: trimmed, valid UTF-8; may be empty

  /// A text of the json; empty where there is none of that name.
  std::string fact(const char* name) const;
};

/// throws  Error{io}
SampleText read_sample_text(const TarSource& tar, const TarSample& sample);

}  // namespace darkroom
