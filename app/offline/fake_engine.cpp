// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/offline/fake_engine.h"

#include <algorithm>
#include <cstdio>

#include "core/base/error.h"

namespace darkroom::fake {

std::string option(const std::vector<std::string>& arguments, const std::string& name) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with(name + "=")) {
      return argument.substr(name.size() + 1);
    }
  }
  const auto found = std::find(arguments.begin(), arguments.end(), name);
  return found == arguments.end() || found + 1 == arguments.end() ? std::string() : *(found + 1);
}

}  // namespace darkroom::fake

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string command = arguments.empty() ? "" : arguments.front();
  try {
    if (command == "serve") {
      return darkroom::fake::serve();
    }
    if (command == "train") {
      return darkroom::fake::train(arguments);
    }
    if (command == "run") {
      return darkroom::fake::show_batch(arguments);
    }
    if (command == "data") {
      return darkroom::fake::build_data(arguments);
    }
  } catch (const darkroom::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return darkroom::exit_code(error.code());
  }
  std::fprintf(stderr, "the fake engine knows serve, train, run and data, not \"%s\"\n", command.c_str());
  return 2;
}
