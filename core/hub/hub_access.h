// SPDX-License-Identifier: Apache-2.0
// Where the hub is and who asks, by the variables and files that the hub's own tools use.
#pragma once

#include <filesystem>
#include <string>

namespace darkroom {

struct HubAccess {
  std::string endpoint;      ///< without a slash at the end
  std::string token;         ///< empty: none
  std::string token_source;  ///< "HF_TOKEN", or the file that it was read from; empty without a token
};

/// The endpoint: `endpoint` when given, else HF_ENDPOINT, else https://huggingface.co.
/// The token: HF_TOKEN, else HUGGING_FACE_HUB_TOKEN, else the file HF_TOKEN_PATH, else `token` in the hub's home.
///
/// throws  Error{usage} for an endpoint that is not http(s)://host[:port][/path]; Error{bad_input} for a token with blanks or control
/// characters
HubAccess hub_access(const std::string& endpoint = {});

/// HF_HOME, else huggingface in XDG_CACHE_HOME or ~/.cache; empty when there is no home folder.
std::filesystem::path hub_home();

/// An environment variable; empty when it is not set.
std::string environment_value(const char* name);

}  // namespace darkroom
