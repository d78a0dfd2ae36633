// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace darkroom::test {

/// A file or folder of data/, which pyarrow and datasets wrote.
inline std::filesystem::path data_path(const std::string& name) { return std::filesystem::path(DARKROOM_TEST_DATA) / "data" / name; }

}  // namespace darkroom::test
