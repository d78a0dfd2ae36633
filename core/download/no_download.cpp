// SPDX-License-Identifier: Apache-2.0
// A build that lacks libcurl, Arrow, OpenCV or libarchive: no pictures are downloaded.
#include "core/base/format.h"
#include "core/download/download_images.h"

namespace darkroom {

DownloadSummary download_images(const std::vector<std::filesystem::path>&, const std::filesystem::path&, const DownloadOptions&,
                                const ProgressSink&, const CancelToken&) {
  fail(ErrorCode::failed,
       "This engine was built without libcurl, Arrow, OpenCV or libarchive and cannot download pictures. Run ./dev setup and build again.");
}

}  // namespace darkroom
