// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_access.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/utf8.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* default_endpoint = "https://huggingface.co";

std::string checked_endpoint(std::string endpoint) {
  while (endpoint.ends_with('/')) {
    endpoint.pop_back();
  }
  const bool is_web = endpoint.starts_with("https://") || endpoint.starts_with("http://");
  const bool is_plain = std::none_of(endpoint.begin(), endpoint.end(), [](unsigned char c) {
    return c <= ' ' || c == '@' || c == '?' || c == '#' || c == '\\' || c == 0x7F;
  });
  if (!is_web || !is_plain || endpoint.ends_with(':')) {
    fail(ErrorCode::usage, "'{}' is not an endpoint; expected http(s)://host[:port][/path], such as {}", endpoint, default_endpoint);
  }
  return endpoint;
}

std::string checked_token(std::string token, const std::string& source) {
  if (std::any_of(token.begin(), token.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7F; })) {
    fail(ErrorCode::bad_input, "{}: not a token; expected one word without blanks", source);
  }
  return token;
}

}  // namespace

std::string environment_value(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

fs::path hub_home() {
  if (const std::string home = environment_value("HF_HOME"); !home.empty()) {
    return home;
  }
  if (const std::string cache = environment_value("XDG_CACHE_HOME"); !cache.empty()) {
    return fs::path(cache) / "huggingface";
  }
  const std::string user = environment_value("HOME");
  return user.empty() ? fs::path() : fs::path(user) / ".cache" / "huggingface";
}

HubAccess hub_access(const std::string& endpoint) {
  HubAccess access;
  const std::string from_environment = environment_value("HF_ENDPOINT");
  access.endpoint = checked_endpoint(!endpoint.empty() ? endpoint : !from_environment.empty() ? from_environment : default_endpoint);
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (const std::string token(trimmed(environment_value(name))); !token.empty()) {
      access.token = checked_token(token, name);
      access.token_source = name;
      return access;
    }
  }
  const std::string named = environment_value("HF_TOKEN_PATH");
  const fs::path file = !named.empty() ? fs::path(named) : hub_home() / "token";
  std::error_code unreadable;
  if (fs::is_regular_file(file, unreadable)) {
    if (const std::string token(trimmed(read_file(file))); !token.empty()) {
      access.token = checked_token(token, file.string());
      access.token_source = file.string();
    }
  }
  return access;
}

}  // namespace darkroom
