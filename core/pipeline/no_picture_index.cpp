// SPDX-License-Identifier: Apache-2.0
// A build without Arrow: sets of pictures cannot be listed.
#include "core/base/format.h"
#include "core/pipeline/picture_index.h"

namespace darkroom {
namespace {

[[noreturn]] void fail_without_lists() {
  fail(ErrorCode::failed, "This program was built without Arrow and cannot list pictures. Install the pyarrow wheel and build again.");
}

}  // namespace

std::string read_picture(const PicturePlace&) { fail_without_lists(); }

PictureIndexSummary index_tars(std::span<const std::filesystem::path>, const std::filesystem::path&, const ProgressSink&,
                               const CancelToken&) {
  fail_without_lists();
}

PictureIndexSummary index_source(const PictureSource&, const std::filesystem::path&, const std::filesystem::path&, const ProgressSink&,
                                 const CancelToken&) {
  fail_without_lists();
}

PictureIndexSummary index_dataset(const std::filesystem::path&, const std::filesystem::path&, const ProgressSink&, const CancelToken&) {
  fail_without_lists();
}

}  // namespace darkroom
