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
  static constexpr ScanKernels kernels{.name = "plain",
                                       .range_u16 = range_plain<uint16_t>,
                                       .range_i32 = range_plain<int32_t>,
                                       .range_f32 = range_plain<float>,
                                       .range_f64 = range_plain<double>,
                                       .member_u8 = member_plain,
                                       .tally = tally,
                                       .count_codes = count_plain};
  return kernels;
}

}  // namespace darkroom::columns
