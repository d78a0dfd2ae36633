// SPDX-License-Identifier: Apache-2.0
// A whole training that takes a fraction of a second: a UNet of two narrow levels, latents of 8x8, ranks that are threads.
#pragma once

#include <QDir>
#include <QTemporaryDir>
#include <cmath>
#include <fstream>
#include <functional>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/state_hash.h"
#include "core/dataset/half.h"
#include "core/model/model_writer.h"
#include "core/run/journal.h"
#include "core/run/run_control.h"
#include "core/tensor/counter_rng.h"
#include "core/train/trainer.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/core/distributed/rank_threads.h"
#include "tests/core/model/small_model.h"

namespace darkroom::test {

inline UNetConfig tiny_unet() {
  UNetConfig config;
  config.levels = {{.channels = 8, .layers = 1, .heads = 2}, {.channels = 16, .layers = 1, .heads = 2}};
  config.cross_attention_dim = 16;
  config.norm_num_groups = 4;
  return config;
}

/// A model folder whose text encoder knows the whole vocabulary.
inline void write_tiny_model(const std::filesystem::path& folder) {
  ModelParts parts = small_model(tiny_unet());
  ClipTextConfig text = small_text();
  text.vocab_size = 49408;
  text.hidden_size = text.projection_dim = 16;
  text.intermediate_size = 16;
  text.num_hidden_layers = 1;
  parts.text.model = std::make_unique<ClipText>(text);
  parts.text.weights = fresh(parts.text.model->layout(), 3);
  write_model_folder(folder, parts, torch::kFloat32);
}

inline LatentRecipe tiny_recipe() {
  return {.shape = {4, 8, 8}, .scaling_factor = 0.18215, .vae = "v", .image_size = 64, .crop = "centre"};
}

/// `scale(row)`: what the row's latent is multiplied with.
inline void write_tiny_dataset(
    const std::filesystem::path& folder, int rows, uint64_t seed, const std::function<float(int)>& scale = [](int) { return 1.0F; }) {
  std::vector<ImageRecord> records;
  std::vector<LatentRow> keys;
  std::vector<uint16_t> values;
  const LatentRecipe recipe = tiny_recipe();
  for (int row = 0; row < rows; ++row) {
    const std::string key = "picture " + std::to_string(seed) + "." + std::to_string(row);
    records.push_back(a_record(key));
    records.back().input_ids[1] = static_cast<int32_t>(seed * 100 + static_cast<uint64_t>(row));
    keys.push_back({key, "hash of " + key});
    const torch::Tensor latent =
        counter_normal(recipe.numel(), {.seed = seed, .stream = 9, .sample = static_cast<uint64_t>(row)}) * scale(row);
    const torch::Tensor half = latent.to(torch::kHalf);
    const auto* bits = reinterpret_cast<const uint16_t*>(half.data_ptr<at::Half>());
    values.insert(values.end(), bits, bits + recipe.numel());
  }
  std::filesystem::create_directories(folder);
  write_split(folder / "train", records);
  write_dataset_dict(folder, {"train"});
  LatentStoreWriter(folder / "latents", recipe).write_shard(0, {.rows = keys, .dropped = {}, .sum = {}, .sum_squares = {}}, values);
}

/// Overwrites a number of a row's latent on the disk, as a bad sector would. `bits`: fp16.
inline void damage_latent(const std::filesystem::path& dataset, int row, uint16_t bits) {
  const std::filesystem::path shard = dataset / "latents" / latent_shard_name(0);
  const auto latent_bytes = static_cast<std::streamoff>(tiny_recipe().numel() * 2);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(shard));
  const std::streamoff header = size % latent_bytes;
  std::fstream file(shard, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(header + row * latent_bytes + 100);
  file.write(reinterpret_cast<const char*>(&bits), sizeof bits);
}

/// Where there is a disk in memory, the syncs of many small saves cost nothing.
inline QString fast_folder() {
  const bool there = QFileInfo(QStringLiteral("/dev/shm")).isWritable();
  return (there ? QStringLiteral("/dev/shm") : QDir::tempPath()) + QStringLiteral("/darkroom-training-XXXXXX");
}

/// Model, datasets "a" of 20 and "b" of 12 rows, and plans over them. The global batch is 8 for one, two and four ranks.
class TinyTraining {
 public:
  TinyTraining() {
    write_tiny_model(path("model"));
    write_tiny_dataset(path("a"), 20, 1);
    write_tiny_dataset(path("b"), 12, 2);
  }

  std::filesystem::path path(const std::string& name) const { return std::filesystem::path(folder_.path().toStdString()) / name; }

  /// Phase "first": two epochs of three steps over a; phase "second": one epoch of four steps over both, v-prediction.
  TrainingPlan plan(int64_t world_size = 1) const {
    TrainingPlan plan;
    plan.name = "tiny";
    plan.model.init_from = path("model").string();
    plan.model.vae = path("model").string();
    plan.model.text_encoder = path("model").string();
    plan.precision = "fp32";
    plan.batch = {.per_device = 2, .accumulation = 4 / world_size};
    plan.checkpoint = {.every_steps = 2, .every_epochs = 1, .keep_last = 3, .keep_epochs = true};
    plan.validation.every_epochs = 0;
    plan.logging.tensorboard = false;
    plan.phases.push_back({.name = "first", .epochs = 2, .sources = {{.dataset = path("a").string()}}, .peak_lr = 1e-3, .warmup_steps = 2});
    plan.phases.push_back({.name = "second",
                           .epochs = 1,
                           .sources = {{.dataset = path("a").string(), .share = 0.5}, {.dataset = path("b").string(), .share = 0.5}},
                           .peak_lr = 5e-4,
                           .warmup_steps = 1,
                           .cfg_dropout = 0.3,
                           .prediction = "v_prediction"});
    return plan;
  }

  RunDirectory new_run(const TrainingPlan& plan) { return RunDirectory::create(path("run" + std::to_string(++runs_)), plan, "", "test"); }

  /// Trains from where the run stands, every rank on a thread, up to `max_steps`.
  static void train(const RunDirectory& run, int world_size, std::optional<int64_t> max_steps = std::nullopt) {
    const TrainingPlan plan = run.plan();
    on_ranks(world_size, [&](ProcessGroup& group) {
      RunControl control(run, group.place().rank == 0 ? EarlierRequests::forget : EarlierRequests::keep);
      return run_training(run, plan, group, {.device = torch::kCPU, .max_steps = max_steps}, control, CancelToken()).step;
    });
  }

  static std::string hash_at(const RunDirectory& run, int64_t step) { return checkpoint_state_hash(run.checkpoint_of(step)); }

  static std::vector<JournalEntry> entries(const RunDirectory& run, JournalEvent event) {
    std::vector<JournalEntry> found;
    for (const JournalEntry& entry : Journal(run.journal_file()).read()) {
      if (entry.event == event) {
        found.push_back(entry);
      }
    }
    return found;
  }

 private:
  QTemporaryDir folder_{fast_folder()};
  int runs_ = 0;
};

}  // namespace darkroom::test
