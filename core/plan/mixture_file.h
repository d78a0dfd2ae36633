// SPDX-License-Identifier: Apache-2.0
// mixture.json: several datasets with their shares under one name, by reference. A plan's source may name it where it could name a dataset.
#pragma once

#include <filesystem>
#include <vector>

#include "core/plan/training_plan.h"

namespace darkroom {

/// {"darkroom_mixture": 1, "sources": [{"dataset": "PATH", "share": 0.6, "limit": null}, …]}. Paths are relative to the file.
struct MixtureFile {
  std::vector<SourcePlan> sources;  ///< shares sum to 1
};

Json to_json(const MixtureFile& mixture);

/// The sources with absolute paths.
/// throws  Error{not_found | bad_input}: the file and every problem, one a line: no source, unknown keys, shares that do not sum to 1
MixtureFile read_mixture_file(const std::filesystem::path& file);

/// Whether a plan's source is a mixture: a file, where datasets are folders.
bool is_mixture_file(const std::filesystem::path& path);

/// Puts a mixture's datasets in the place of each source that names one; shares are multiplied. From then on nothing knows that there was a
/// mixture: a run's plan names datasets, whatever becomes of the file.
///
/// Paths must be absolute. throws  Error{bad_input}: a source with a limit of its own on a mixture; as read_mixture_file
TrainingPlan with_mixtures_expanded(TrainingPlan plan);

}  // namespace darkroom
