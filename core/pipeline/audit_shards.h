// SPDX-License-Identifier: Apache-2.0
// Stage: shards (and rows made from them) -> a report of everything that is wrong with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/progress.h"
#include "core/pipeline/picture_check.h"

namespace darkroom {

struct AuditOptions {
  CheckOptions check;
  int threads = 0;  ///< 0: one a core
};

struct AuditSummary {
  uint64_t samples = 0;
  uint64_t clean = 0;                        ///< samples that nothing was found about
  std::map<std::string, uint64_t> findings;  ///< by name; kinds that were not met stand with 0
  uint64_t rows = 0;                         ///< rows that were compared with the shards
  uint64_t shards_skipped = 0;               ///< were looked at by an earlier run
};

/// Decodes every picture of every shard and writes audit.jsonl, a finding a line ({"finding", "source", "key", "detail"}) in the order of
/// shards and samples, then summary.json.
///
/// rows  what record_inputs understands: each row must stand in one of the shards with that caption and that picture, and its checksum must
///       fit; may be empty
/// A shard that an earlier run looked at, with the same options, is not decoded again: a run that was killed and goes on ends with the same
/// bytes. Memory: the shards in work, and 40 bytes a sample and a row.
/// throws   Error{not_found | bad_input} for a shard that is no tar, two shards of one name; Error{cancelled}
AuditSummary audit_shards(const std::vector<std::filesystem::path>& shards, const std::vector<std::filesystem::path>& rows,
                          const std::filesystem::path& out, const AuditOptions& options, const ProgressSink& sink,
                          const CancelToken& cancel);

}  // namespace darkroom
