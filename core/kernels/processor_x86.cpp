// SPDX-License-Identifier: Apache-2.0
// Apart from the loops: this file is compiled for any x86-64.
// Sources: Intel 64 manual, volume 1, chapter 18 (AMX); Linux, Documentation/arch/x86/xstate.rst.
#include <cpuid.h>

#include <cstdlib>
#include <string_view>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "core/kernels/processor.h"

namespace darkroom::kernels {
namespace {

bool has_amx_instructions() {
  constexpr unsigned amx_bf16 = 1U << 22U;
  constexpr unsigned amx_tile = 1U << 24U;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & amx_bf16) != 0 && (edx & amx_tile) != 0;
}

// The registers are large, so Linux gives them to a process that asks.
bool ask_for_tile_registers() {
#ifdef __linux__
  constexpr long request_permission = 0x1023;
  constexpr long tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

bool is_wanted() {
  const char* const setting = std::getenv("DARKROOM_MATRIX_UNIT");
  return setting == nullptr || std::string_view(setting) != "0";
}

Processor find_processor() {
  Processor found;
  found.avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                 __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0;
  found.avx512_bf16 = found.avx512 && __builtin_cpu_supports("avx512bf16") != 0;
  found.matrix_unit = found.avx512_bf16 && is_wanted() && has_amx_instructions() && ask_for_tile_registers();
  return found;
}

const Processor& found_processor() {
  static const Processor found = find_processor();
  return found;
}

Processor& shown_processor() {
  static Processor shown = found_processor();
  return shown;
}

}  // namespace

const Processor& processor() { return shown_processor(); }

void show_matrix_unit(bool shown) { shown_processor().matrix_unit = shown && found_processor().matrix_unit; }

}  // namespace darkroom::kernels
