// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/hub/http_answer.h"
#include "core/hub/hub_access.h"
#include "core/hub/hub_repository.h"

namespace darkroom {

/// Of what an answer that is not the thing asked for was about.
struct HubQuestion {
  const HubAccess& access;
  const HubRepository& repository;
  const std::string& revision;
  std::string file;  ///< empty: the repository itself
};

/// Throws the sentence that tells a user what to do about a status that will not pass by itself: 401 and 403 (gated, private, no token,
/// wrong token), 404 (which of repository, revision and file), 410, 451, others.
///
/// body  the beginning of the answer's body; {"error": "…"} in it is told
/// throws  Error{not_found} for 404 and 410, Error{bad_input} for 401, 403 and 451, Error{failed} otherwise
[[noreturn]] void refuse_answer(const HttpAnswer& answer, const std::string& body, const HubQuestion& question);

}  // namespace darkroom
