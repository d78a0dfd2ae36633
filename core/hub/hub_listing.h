// SPDX-License-Identifier: Apache-2.0
// What a repository holds at one commit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/hub/http_client.h"
#include "core/hub/hub_access.h"
#include "core/hub/hub_repository.h"
#include "core/hub/model_card.h"
#include "core/hub/retry_policy.h"

namespace darkroom {

struct HubFile {
  std::string path;  ///< relative, with slashes; safe to create below a folder
  uint64_t size = 0;
  std::optional<PublishedHash> hash;
};

struct HubListing {
  std::string commit;  ///< that the revision named when it was asked: files are fetched by it, so that a push in between mixes nothing
  std::vector<HubFile> files;
  CardLicense license;  ///< as the hub knows it; empty when it does not
};

/// Asks for the commit of a revision and for its files, page by page. Tries again as the policy says.
///
/// throws  Error of refuse_answer; Error{protocol} naming what in the answer is not as the hub's interface has it, or a path that is
/// unsafe;
///         Error{io} when no answer came; Error{cancelled}
HubListing list_repository(HttpClient& client, const HubAccess& access, const HubRepository& repository, const std::string& revision,
                           const RetryPolicy& policy, const CancelToken& cancel);

}  // namespace darkroom
