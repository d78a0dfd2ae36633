// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "core/columns/scan_loops.h"

namespace darkroom::columns {
namespace {

void tally(const uint64_t* const* passes, size_t rules, size_t words, uint64_t* kept, const RuleTally& tally) {
  std::vector<uint64_t> after(rules);
  tally_words(passes, rules, words, kept, tally, after.data());
}

}  // namespace

const ScanKernels& plain_scan_kernels() {
  static constexpr ScanKernels kernels{
      "plain", range_plain<uint16_t>, range_plain<int32_t>, range_plain<float>, range_plain<double>, member_plain, tally, count_plain};
  return kernels;
}

}  // namespace darkroom::columns
