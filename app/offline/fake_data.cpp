// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <filesystem>

#include "app/offline/fake_engine.h"
#include "core/base/atomic_file.h"
#include "core/base/json.h"

namespace darkroom::fake {

int build_data(const std::vector<std::string>& arguments) {
  const std::filesystem::path out = option(arguments, "--out");
  std::filesystem::create_directories(out);
  for (int done = 0; done <= 800; done += 200) {
    std::printf("%s\n",
                Json{{"event", "progress"}, {"stage", "encode"}, {"done", done}, {"total", 800}, {"unit", "images"}}.dump().c_str());
  }
  write_file_atomically(out / "dataset.json", Json{{"count", 800}}.dump());
  std::printf("%s\n", Json{{"event", "done"}}.dump().c_str());
  return 0;
}

}  // namespace darkroom::fake
