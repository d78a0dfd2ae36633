// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/cancel_token.h"
#include "core/protocol/channel.h"

namespace darkroom {

/// Serves one studio until its link ends or `cancel` is set: hello, requests, device samples once a second.
///
/// A training run that is started here is not a child of the link: see DetachedProcess.
/// throws  Error{protocol} when the studio speaks another version or breaks the frame format; the reason was sent as a Log message before
void serve_link(Channel& channel, const CancelToken& cancel);

}  // namespace darkroom
