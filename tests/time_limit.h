// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace darkroom::test {

/// A limit in ms for the build at hand: where every access is checked (AddressSanitizer, no optimisation) all takes many times as long.
constexpr double time_limit_ms(double usual) {
#ifdef __SANITIZE_ADDRESS__
  return 20 * usual;
#else
  return usual;
#endif
}

}  // namespace darkroom::test
