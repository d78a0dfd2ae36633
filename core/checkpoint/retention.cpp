// SPDX-License-Identifier: Apache-2.0
// A checkpoint's validation loss counts only where the validation was made of the very step that was saved: meta.json says which.
#include "core/checkpoint/retention.h"

#include <algorithm>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t always = 2;

struct Candidate {
  fs::path folder;
  int64_t step = 0;
  bool epoch_end = false;
  bool whole = false;
  double validation = std::numeric_limits<double>::infinity();
};

bool has_all_files(const fs::path& folder, const Json& meta) {
  const Json& files = meta.at("files");
  const std::vector<std::string> names = checkpoint_files(ema_count(meta));
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    std::error_code error;
    const uint64_t size = fs::file_size(folder / name, error);
    return !error && files.contains(name) && files.at(name).value("bytes", uint64_t{0}) == size;
  });
}

double validation_of(const Json& meta) {
  if (!meta.contains("losses") || !meta.at("losses").is_object() || !meta.at("losses").contains("validation") ||
      meta.value("validated_step", int64_t{-1}) != meta.value("step", int64_t{0})) {
    return std::numeric_limits<double>::infinity();
  }
  const Json& loss = meta.at("losses").at("validation");
  return loss.is_number() ? loss.get<double>() : std::numeric_limits<double>::infinity();
}

std::vector<Candidate> complete_checkpoints(const fs::path& checkpoints) {
  std::vector<Candidate> found;
  for (const auto& entry : fs::directory_iterator(checkpoints)) {
    const bool named = entry.path().filename().string().starts_with("step_") && !entry.path().has_extension();
    if (!named || !fs::exists(entry.path() / "meta.json")) {
      continue;
    }
    Candidate candidate{.folder = entry.path()};
    try {
      const Json meta = read_checkpoint_meta(entry.path());
      candidate.step = meta.value("step", int64_t{0});
      candidate.epoch_end = meta.value("epoch_end", false);
      candidate.validation = validation_of(meta);
      candidate.whole = has_all_files(entry.path(), meta);
    } catch (const Error&) {
      // Damaged: it counts by its name alone, and never as one that is whole.
    }
    found.push_back(std::move(candidate));
  }
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.folder.filename() < b.folder.filename(); });
  return found;
}

}  // namespace

std::vector<fs::path> prune_checkpoints(const fs::path& checkpoints, const RetentionRule& rule) {
  const std::vector<Candidate> found = complete_checkpoints(checkpoints);
  const auto best =
      std::min_element(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.validation < b.validation; });
  const bool has_best = rule.keep_best && best != found.end() && best->validation < std::numeric_limits<double>::infinity();
  const auto keep = static_cast<size_t>(std::max<int64_t>(rule.keep_last, 0));
  std::vector<fs::path> removed;
  size_t younger = 0;  // candidates that are kept because they are young
  bool whole_kept = false;
  for (size_t from_end = 0; from_end < found.size(); ++from_end) {
    const Candidate& checkpoint = found[found.size() - 1 - from_end];
    const bool is_best = has_best && checkpoint.folder == best->folder;
    const bool by_rule = (rule.keep_epochs && checkpoint.epoch_end) || is_best || checkpoint.step == rule.needed;
    const bool young = !by_rule && younger < keep;
    const bool last_whole = checkpoint.whole && !whole_kept;
    if (by_rule || young || from_end < always || last_whole) {
      younger += by_rule ? 0 : 1;
      whole_kept = whole_kept || checkpoint.whole;
      continue;
    }
    removed.push_back(checkpoint.folder);
  }
  std::reverse(removed.begin(), removed.end());
  for (const fs::path& folder : removed) {
    const fs::path trash = checkpoints / (folder.filename().string() + ".trash");
    fs::remove_all(trash);
    rename_durably(folder, trash);
    fs::remove_all(trash);
  }
  return removed;
}

}  // namespace darkroom
