// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/metrics/step_report.h"

namespace darkroom {

/// Writes a TensorBoard event file. Every record reaches the kernel at once; TensorBoard polls the file. Not thread-safe.
///
/// source  formats: record framing with masked CRC-32C, Event and Summary messages with simple_value and image (no plugin metadata needed)
class TensorboardWriter {
 public:
  /// Creates `folder`/events.out.tfevents.<time>.<host>.<pid>.0.
  /// purge_step  of a resumed run: readers drop earlier points at and after this step
  /// throws Error{io}
  explicit TensorboardWriter(const std::filesystem::path& folder, std::optional<int64_t> purge_step = std::nullopt);

  /// A non-finite value is written as it is (TensorBoard shows it as a gap). throws Error{io}
  void scalar(std::string_view tag, int64_t step, double wall_time_s, double value);
  /// png: an encoded PNG. throws Error{io}
  void image(std::string_view tag, int64_t step, double wall_time_s, int width, int height, std::string_view png);
  /// All measured metrics of a step in one record, under the tags of metric_definitions. throws Error{io}
  void report(const StepReport& report);
  /// To the disk. throws Error{io}
  void sync();

  const std::filesystem::path& path() const { return path_; }

 private:
  void write_record(const std::string& event);

  std::filesystem::path path_;
  int fd_ = -1;

 public:
  ~TensorboardWriter();
  TensorboardWriter(const TensorboardWriter&) = delete;
  TensorboardWriter& operator=(const TensorboardWriter&) = delete;
};

/// One scalar of an event file.
struct TensorboardScalar {
  std::string tag;
  int64_t step = 0;
  double wall_time_s = 0;
  double value = 0;
};

/// All scalars of an event file, ours or anybody's (simple_value, and rank-0 float or double tensors); stops at a torn last record.
/// throws  Error{not_found | io}, Error{bad_input} naming file and offset of a record whose checksum is wrong
std::vector<TensorboardScalar> read_tensorboard_scalars(const std::filesystem::path& path);

/// CRC-32C (Castagnoli) of bytes, unmasked.
uint32_t crc32c(std::string_view bytes);
/// How TFRecord files store it: rotated right by 15 plus 0xA282EAD8.
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace darkroom
