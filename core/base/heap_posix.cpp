// SPDX-License-Identifier: Apache-2.0
// The knobs are glibc's: mallopt(3), malloc_trim(3). Another C library keeps to its own rule.
#include "core/base/heap.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace darkroom {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int one_gib = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, one_gib);
  mallopt(M_TRIM_THRESHOLD, one_gib);
  mallopt(M_ARENA_MAX, 1);
#endif
}

void return_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace darkroom
