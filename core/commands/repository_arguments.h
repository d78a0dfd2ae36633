// SPDX-License-Identifier: Apache-2.0
// A hub's repository on a command line: `hub get` and `data fetch` take the same words and tell the same facts.
#pragma once

#include <string>
#include <vector>

#include "core/commands/command.h"
#include "core/hub/repository_download.h"

namespace darkroom {

struct RepositoryArguments {
  std::string repository;
  std::string revision{RepositoryRequest().revision};
  std::vector<std::string> files;
  std::string out;
  std::string endpoint;
};

/// The repository, --revision, --file, --out, --endpoint. `arguments` must outlive the command.
void add_repository_options(CLI::App& command, RepositoryArguments& arguments);

/// throws  Error{usage} of parse_repository
RepositoryRequest request_of(const RepositoryArguments& arguments);

/// What was downloaded, for programs.
Json repository_fields(const RepositoryRequest& request, const RepositorySummary& summary);
/// "\nlicence: mit", for people.
std::string license_text(const CardLicense& license);

}  // namespace darkroom
