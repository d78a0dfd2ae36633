// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace darkroom {

/// One file of core/store/migrations; applied once, in order, never changed after a release.
struct Migration {
  std::string_view name;  ///< "0001_initial.sql"
  std::string_view sql;
};

/// Number i is at place i - 1; a database's user_version is the number of the last one applied.
std::span<const Migration> migrations();

}  // namespace darkroom
