// SPDX-License-Identifier: Apache-2.0
// darkroom-engine: becomes one of two programs beside it, by the verb. Loading LibTorch takes 0.3 s and 120 MB, which copying rows of
// metadata has no use for; and what its OpenMP reads from the environment must stand there before it is loaded
// (docs/decisions/0019-front.md).
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/commands/light_verbs.h"

namespace {

constexpr int exit_failed = 1;

std::string own_path() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof(path));
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : std::string();
}

// Threads of OpenMP sleep while they wait for each other. One that spins holds the core that its partner needs as soon as anything else
// runs on the machine: a picture beside a training run on two cores took 30 s an image with spinning threads and 0.5 s with sleeping ones.
void wait_passively() {
  if (std::getenv("GOMP_SPINCOUNT") == nullptr) {
    ::setenv("OMP_WAIT_POLICY", "passive", 0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<const char* const> arguments(argv + (argc > 0 ? 1 : 0), static_cast<size_t>(argc > 0 ? argc - 1 : 0));
  const std::string own = own_path();
  if (own.empty()) {
    std::fputs("darkroom-engine: cannot find where it lies (/proc/self/exe)\n", stderr);
    return exit_failed;
  }
  wait_passively();
  const std::string program = own + (darkroom::is_light(arguments) ? "-data" : "-models");
  ::execv(program.c_str(), argv);
  std::fprintf(stderr, "darkroom-engine: %s cannot be started: %s\n", program.c_str(), std::strerror(errno));
  return exit_failed;
}
