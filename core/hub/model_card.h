// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace darkroom {

/// What a model card says about the licence; empty where it says nothing.
struct CardLicense {
  std::string id;    ///< "creativeml-openrail-m", "apache-2.0"; several with commas
  std::string name;  ///< of one that has no id of its own ("other")
  std::string link;

  bool empty() const { return id.empty() && name.empty(); }
  /// "creativeml-openrail-m", or "other: My Licence (https://…)".
  std::string text() const;
};

/// Reads `license`, `license_name` and `license_link` from the front matter of a README.md: the lines between two `---` at its start.
CardLicense card_license(std::string_view readme);

/// Likewise of a file; empty when there is none. Reads at most 256 KiB.
CardLicense card_license_of_file(const std::filesystem::path& path);

}  // namespace darkroom
