// SPDX-License-Identifier: Apache-2.0
// A repository, or a choice of its files, into a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/hub/download_report.h"
#include "core/hub/hub_access.h"
#include "core/hub/hub_listing.h"
#include "core/hub/hub_repository.h"
#include "core/hub/model_card.h"
#include "core/hub/retry_policy.h"

namespace darkroom {

struct RepositoryRequest {
  HubRepository repository;
  std::string revision = "main";      ///< branch, tag or commit
  std::vector<std::string> patterns;  ///< of name_pattern.h; empty: every file
  std::filesystem::path out;          ///< made when it is not there; files lie in it as in the repository
  HubAccess access;
  RetryPolicy retry;
  double stall_timeout_s = 30;
  std::optional<HubListing> listing;  ///< where it is known already; absent: it is asked for
};

struct RepositorySummary {
  DownloadPlan plan;
  uint64_t downloaded_bytes = 0;
  uint64_t resumed_files = 0;
  uint64_t copied_files = 0;
  uint64_t unverified_files = 0;
  CardLicense license;
  double seconds = 0;
};

/// What the repository holds. throws  Error of list_repository in hub_listing.h
HubListing list_repository(const RepositoryRequest& request, const CancelToken& cancel);

/// Downloads at most four files at a time. The same call goes on where an earlier one stopped, and does nothing where all is there.
///
/// Before the first byte: paths are checked, chosen, and compared with what lies in `out`; free space is compared with what is missing.
/// A file of another content is replaced when the new one is whole. The first failure stops the others; unfinished files stay.
///
/// throws  Error of list_repository, select_paths, download_file; Error{io} when the disk has too little space; Error{bad_input} when two
///         paths would be one file here; Error{cancelled}
RepositorySummary download_repository(const RepositoryRequest& request, const DownloadWatcher& watcher, const CancelToken& cancel);

}  // namespace darkroom
