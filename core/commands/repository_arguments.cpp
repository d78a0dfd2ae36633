// SPDX-License-Identifier: Apache-2.0
#include "core/commands/repository_arguments.h"

#include "core/base/format.h"

namespace darkroom {

void add_repository_options(CLI::App& command, RepositoryArguments& arguments) {
  command.add_option("repository", arguments.repository, "org/name of a model, or datasets/org/name");
  command.add_option("--revision", arguments.revision, "Branch, tag or commit");
  command
      .add_option("--file", arguments.files,
                  "Only this file: a path, a folder with / at its end, or a pattern with * ? [ ]; may be repeated")
      ->allow_extra_args(false);  // or it would take the repository for a second file
  command.add_option("--out", arguments.out, "Folder for the files; made when it is not there")->required();
  command.add_option("--endpoint", arguments.endpoint, "Address of the hub, instead of HF_ENDPOINT or https://huggingface.co");
  command.footer("A token is read from HF_TOKEN or from the file that the hub's own login writes; it is sent to the hub alone.");
}

RepositoryRequest request_of(const RepositoryArguments& arguments) {
  RepositoryRequest request;
  request.repository = parse_repository(arguments.repository);
  request.revision = arguments.revision;
  request.patterns = arguments.files;
  request.out = arguments.out;
  request.access = hub_access(arguments.endpoint);
  return request;
}

Json repository_fields(const RepositoryRequest& request, const RepositorySummary& summary) {
  return {{"repository", request.repository.text()},
          {"revision", request.revision},
          {"commit", summary.plan.commit},
          {"files", summary.plan.files},
          {"bytes", summary.plan.bytes},
          {"present", summary.plan.present_files},
          {"copied", summary.copied_files},
          {"resumed", summary.resumed_files},
          {"unverified", summary.unverified_files},
          {"downloaded_bytes", summary.downloaded_bytes},
          {"license", summary.license.text()},
          {"seconds", summary.seconds}};
}

std::string license_text(const CardLicense& license) {
  return format("\nlicence: {}", license.empty() ? "the card names none" : license.text());
}

}  // namespace darkroom
