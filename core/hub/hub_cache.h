// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "core/hub/hub_repository.h"

namespace darkroom {

/// A file of this content in the cache of the hub's own Python library, so that nothing is downloaded twice.
///
/// The cache is HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE, else `hub` in the hub's home; a blob of it is named by its hash:
/// `models--org--name/blobs/<hex>`. Its size is checked here, its content is not: what copies it must.
std::optional<std::filesystem::path> find_cached_blob(const HubRepository& repository, const PublishedHash& hash, uint64_t size);

}  // namespace darkroom
