// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/parameter_layout.h"

#include "core/base/format.h"

namespace darkroom {

int ParameterLayout::add(std::string name, std::vector<int64_t> shape, ParameterInit init, double scale) {
  int64_t numel = 1;
  for (const int64_t extent : shape) {
    if (extent <= 0) {
      throw std::invalid_argument(format("[ParameterLayout] {}: every extent must be positive, got [{}]", name, fmt::join(shape, ",")));
    }
    numel *= extent;
  }
  const int index = size();
  if (!by_name_.emplace(name, index).second) {
    throw std::invalid_argument(format("[ParameterLayout] {} is declared twice", name));
  }
  slots_.push_back({std::move(name), std::move(shape), init, scale, flat_size_, numel, {}});
  parameter_count_ += numel;
  flat_size_ += (numel + alignment - 1) / alignment * alignment;
  return index;
}

int ParameterLayout::index_of(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    throw std::invalid_argument(format("[ParameterLayout] no parameter is named {}", name));
  }
  return found->second;
}

}  // namespace darkroom
