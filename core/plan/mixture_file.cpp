// SPDX-License-Identifier: Apache-2.0
#include "core/plan/mixture_file.h"

#include <cmath>

#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

SourcePlan read_mixture_source(const Json& json, const std::string& pointer, std::vector<Problem>& problems) {
  SourcePlan source;
  JsonReader reader(json, pointer, problems);
  reader.require("dataset");
  reader.read("dataset", source.dataset);
  reader.require("share");
  reader.read("share", source.share, 0, 1);
  if (const Json* limit = reader.any("limit"); limit != nullptr && !limit->is_null()) {
    int64_t rows = 1;
    reader.read("limit", rows, 1);
    source.limit = rows;
  }
  if (source.share <= 0) {
    reader.problem("share", "is 0: leave the source out instead");
  }
  reader.finish();
  return source;
}

}  // namespace

Json to_json(const MixtureFile& mixture) {
  Json sources = Json::array();
  for (const SourcePlan& source : mixture.sources) {
    sources.push_back(
        Json{{"dataset", source.dataset}, {"share", source.share}, {"limit", source.limit ? Json(*source.limit) : Json(nullptr)}});
  }
  return Json{{"darkroom_mixture", 1}, {"sources", std::move(sources)}};
}

MixtureFile read_mixture_file(const fs::path& file) {
  const Json json = read_json_file(file);
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  int64_t version = 1;
  reader.require("darkroom_mixture");
  reader.read("darkroom_mixture", version, 1, 1);
  reader.require("sources");
  const Json& list = reader.array("sources");
  MixtureFile mixture;
  double sum = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    mixture.sources.push_back(read_mixture_source(list[i], format("/sources/{}", i), problems));
    SourcePlan& source = mixture.sources.back();
    source.dataset = resolve_plan_path(source.dataset, fs::absolute(file).parent_path());
    sum += source.share;
  }
  if (list.empty()) {
    reader.problem("sources", "names no dataset");
  } else if (std::abs(sum - 1) > share_tolerance) {
    reader.problem("sources", format("the shares sum to {:.6g}; they must sum to 1", sum));
  }
  reader.finish();
  if (!problems.empty()) {
    throw Error(ErrorCode::bad_input, problems_text(file.string(), problems));
  }
  return mixture;
}

bool is_mixture_file(const fs::path& path) { return fs::is_regular_file(path); }

TrainingPlan with_mixtures_expanded(TrainingPlan plan) {
  for (size_t index = 0; index < plan.phases.size(); ++index) {
    std::vector<SourcePlan> sources;
    for (const SourcePlan& source : plan.phases[index].sources) {
      if (!is_mixture_file(source.dataset)) {
        sources.push_back(source);
        continue;
      }
      if (source.limit) {
        fail(ErrorCode::bad_input, "/phases/{}/sources: {} is a mixture, whose datasets have limits of their own; take \"limit\" out",
             index, source.dataset);
      }
      for (SourcePlan part : read_mixture_file(source.dataset).sources) {
        part.share *= source.share;
        sources.push_back(std::move(part));
      }
    }
    plan.phases[index].sources = std::move(sources);
  }
  return plan;
}

}  // namespace darkroom
