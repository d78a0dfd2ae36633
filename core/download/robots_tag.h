// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// Directives by which a host says that a picture is not for training sets or indexes.
std::vector<std::string> default_disallowing_directives();

/// Whether one value of X-Robots-Tag forbids the use: "noai, noimageai", or "othertoken: noai" for the client of that name.
///
/// token       this client's name in such headers, lower case; empty: only directives for everybody count
/// directives  that forbid, lower case
bool robots_tag_disallows(std::string_view value, std::string_view token, std::span<const std::string> directives);

}  // namespace darkroom
