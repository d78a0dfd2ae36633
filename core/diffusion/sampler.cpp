// SPDX-License-Identifier: Apache-2.0
#include "core/diffusion/sampler.h"

#include "core/base/format.h"

namespace darkroom {

const std::vector<Sampler>& samplers() {
  static const std::vector<Sampler> all{{"ddim", "DDIM", &sample_ddim}};
  return all;
}

const Sampler& find_sampler(std::string_view name) {
  std::vector<std::string> names;
  for (const Sampler& sampler : samplers()) {
    if (sampler.name == name) {
      return sampler;
    }
    names.push_back(sampler.name);
  }
  fail(ErrorCode::usage, "there is no sampler \"{}\"; this build has {}", name, fmt::join(names, ", "));
}

}  // namespace darkroom
