// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W rows and columns.
// Work is cut into whole shards of latents before anything runs: a shard's pictures and the batches within it do not depend on what an
// earlier run finished or on the number of devices, so a killed and repeated run ends with the same bytes.
#include "core/encode/latent_encoder.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/grad_mode.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <future>
#include <mutex>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/image_record.h"
#include "core/dataset/latent_index.h"
#include "core/encode/crop_loader.h"
#include "core/encode/encode_plan.h"
#include "core/encode/encode_recipe.h"
#include "core/image/cropped_decode.h"
#include "core/model/model_folder.h"
#include "core/nn/packed_weights.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* stage_name = "encode latents";
constexpr uint64_t prefetch_batches = 2;
constexpr uint64_t most_prefetched_bytes = uint64_t{256} << 20;

/// The tars that are read now: a few are kept open, however many there are.
class OpenTars {
 public:
  explicit OpenTars(const EncodePlan& plan) : plan_(plan) {}

  std::shared_ptr<const TarFile> get(uint32_t tar) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(open_.begin(), open_.end(), [tar](const auto& entry) { return entry.first == tar; });
    if (found != open_.end()) {
      return found->second;
    }
    if (open_.size() == most_open) {
      open_.pop_front();
    }
    open_.emplace_back(tar, std::make_shared<const TarFile>(plan_.tars[tar]));
    return open_.back().second;
  }

 private:
  static constexpr size_t most_open = 8;
  const EncodePlan& plan_;
  std::mutex mutex_;
  std::deque<std::pair<uint32_t, std::shared_ptr<const TarFile>>> open_;
};

LoadedCrop load_crop(OpenTars& tars, const EncodeItem& item, const EncodeOptions& options) {
  const std::shared_ptr<const TarFile> tar = tars.get(item.tar);
  const std::string bytes = tar->read(item.field);
  if (!item.image_hash.empty() && image_content_hash(bytes) != item.image_hash) {
    fail(ErrorCode::bad_input, "{}: the picture {} changed since its caption was read; run `data tokenize` and `data arrow` again",
         tar->path().string(), item.key);
  }
  LoadedCrop crop;
  try {
    crop.image = decode_cropped(std::as_bytes(std::span(bytes.data(), bytes.size())), item.key, options.image_size, options.image_size);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input) {
      throw;
    }
    crop.reason = error.what();
    return crop;
  }
  const PixelStatistics pixels = pixel_statistics(*crop.image);
  if (pixels.std < options.min_std) {
    crop.reason = format("the picture is flat: its values spread by {:.2f}, at least {} are asked for", pixels.std, options.min_std);
  } else if (pixels.mean < options.min_mean || pixels.mean > options.max_mean) {
    crop.reason = format("the picture is {}: its mean is {:.1f}, asked for are {} to {}",
                         pixels.mean < options.min_mean ? "black" : "white", pixels.mean, options.min_mean, options.max_mean);
  }
  if (!crop.reason.empty()) {
    crop.image.reset();
  }
  return crop;
}

// RGB bytes -> [B,3,H,W] in [-1, 1].
torch::Tensor to_tensor(const std::vector<Image>& images, const EncodeOptions& options, torch::Device device) {
  const int64_t side = options.image_size;
  const auto count = static_cast<int64_t>(images.size());
  // From pinned memory a GPU takes the bytes by itself, while the threads go on.
  torch::Tensor bytes_BHWC = at::empty({count, side, side, Image::channels}, at::TensorOptions(at::kByte).pinned_memory(device.is_cuda()));
  for (int64_t i = 0; i < count; ++i) {
    std::copy(images[static_cast<size_t>(i)].pixels.begin(), images[static_cast<size_t>(i)].pixels.end(),
              bytes_BHWC[i].data_ptr<uint8_t>());
  }
  return bytes_BHWC.to(device, /*non_blocking=*/device.is_cuda()).permute({0, 3, 1, 2}).to(options.dtype).div(127.5).sub(1.0);
}

// One shard's worth of items: [begin, end) of plan.items.
struct ShardJob {
  int number = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Shared by the device threads.
struct EncodeRun {
  const EncodePlan& plan;
  OpenTars& tars;
  const LatentStoreWriter& store;
  const EncodeOptions& options;
  const CancelToken& cancel;
  std::vector<ShardJob> jobs;
  std::atomic<size_t> next_job{0};
  std::mutex mutex;  // guards what follows
  ProgressMeter meter;
  uint64_t done = 0;     // pictures looked at, earlier runs included
  uint64_t encoded = 0;  // in this run
  double vae_seconds = 0;
  std::exception_ptr failure;
};

/// Takes whole shards of latents, one after the other. While one is encoded, the pictures of the next are being decoded and the latents of
/// the last are being written.
class ShardEncoder {
 public:
  ShardEncoder(EncodeRun& run, const LoadedVae& vae, torch::Device device, int threads)
      : run_(run), vae_(vae), device_(device), threads_(threads) {}

  void run() {
    std::optional<Ahead> now = start_next();
    while (now) {
      {
        const std::lock_guard lock(run_.mutex);
        if (run_.failure) {
          return;
        }
      }
      now = encode(*now);
    }
    if (writing_.valid()) {
      writing_.get();
    }
  }

 private:
  /// A shard of which the first pictures are being decoded.
  struct Ahead {
    const ShardJob* job;
    std::unique_ptr<CropLoader> loader;
  };

  std::optional<Ahead> start_next() {
    const size_t index = run_.next_job++;
    if (index >= run_.jobs.size()) {
      return std::nullopt;
    }
    const ShardJob& job = run_.jobs[index];
    const EncodeItem& first = run_.plan.items[job.begin];
    const EncodeItem& last = run_.plan.items[job.end - 1];
    const std::shared_ptr<const TarFile> tar = run_.tars.get(first.tar);
    const uint64_t end = last.tar == first.tar ? last.field.offset + last.field.size : tar->size();
    tar->prefetch(first.field.offset, std::min(end - first.field.offset, most_prefetched_bytes));
    const auto load = [this, begin = job.begin](uint64_t i) { return load_crop(run_.tars, run_.plan.items[begin + i], run_.options); };
    return Ahead{.job = &job,
                 .loader = std::make_unique<CropLoader>(job.end - job.begin, load, threads_,
                                                        prefetch_batches * static_cast<uint64_t>(run_.options.batch))};
  }

  // Returns the shard to go on with. It is taken late, so that another device that is idle gets it first.
  std::optional<Ahead> encode(Ahead& ahead) {
    const ShardJob& job = *ahead.job;
    const uint64_t window = prefetch_batches * static_cast<uint64_t>(run_.options.batch);
    std::optional<Ahead> next;
    bool asked = false;
    index_ = {};
    latents_.clear();
    for (uint64_t i = job.begin; i < job.end; ++i) {
      run_.cancel.check();
      if (!asked && job.end - i <= window) {
        asked = true;
        next = start_next();
      }
      LoadedCrop crop = *ahead.loader->next();
      const EncodeItem& item = run_.plan.items[i];
      if (crop.image) {
        pending_.push_back(std::move(*crop.image));
        pending_items_.push_back(&item);
      } else {
        index_.dropped.push_back({.key = item.key, .image_hash = item.image_hash, .reason = crop.reason});
      }
      if (static_cast<int64_t>(pending_.size()) == run_.options.batch || i + 1 == job.end) {
        const double started_s = monotonic_seconds();
        encode_pending();
        const std::lock_guard lock(run_.mutex);
        run_.vae_seconds += monotonic_seconds() - started_s;
        run_.meter.update(run_.done + i + 1 - job.begin);
      }
    }
    write(job);
    return next;
  }

  void write(const ShardJob& job) {
    if (writing_.valid()) {
      writing_.get();
    }
    const uint64_t rows = index_.rows.size();
    {
      const std::lock_guard lock(run_.mutex);
      run_.done += job.end - job.begin;
    }
    writing_ = std::async(std::launch::async,
                          [this, number = job.number, rows, index = std::move(index_), latents = std::exchange(latents_, {})]() mutable {
                            run_.store.write_shard(number, std::move(index), latents);
                            const std::lock_guard lock(run_.mutex);
                            run_.encoded += rows;
                          });
  }

  void encode_pending() {
    if (pending_.empty()) {
      return;
    }
    const torch::NoGradGuard no_grad;
    const torch::Tensor images_BCHW = to_tensor(pending_, run_.options, device_);
    const torch::Tensor mean_BCHW = vae_.model->encode(vae_.weights, images_BCHW).mean_BCHW;
    const torch::Tensor latents_BCHW = (mean_BCHW.to(at::kFloat) * vae_.model->scaling_factor()).to(at::kHalf).contiguous().to(at::kCPU);
    const auto count = static_cast<size_t>(run_.store.recipe().numel());
    for (size_t i = 0; i < pending_.size(); ++i) {
      const torch::Tensor latent = latents_BCHW[static_cast<int64_t>(i)];
      const EncodeItem& item = *pending_items_[i];
      if (!at::isfinite(latent).all().item<bool>()) {
        index_.dropped.push_back(
            {.key = item.key, .image_hash = item.image_hash, .reason = "its latent is not finite or does not fit into fp16"});
        continue;
      }
      const auto* bits = reinterpret_cast<const uint16_t*>(latent.const_data_ptr<at::Half>());
      latents_.insert(latents_.end(), bits, bits + count);
      index_.rows.push_back({.key = item.key, .image_hash = item.image_hash});
    }
    pending_.clear();
    pending_items_.clear();
  }

  EncodeRun& run_;
  const LoadedVae& vae_;
  torch::Device device_;
  int threads_;
  std::future<void> writing_;
  LatentShardIndex index_;
  std::vector<uint16_t> latents_;
  std::vector<Image> pending_;
  std::vector<const EncodeItem*> pending_items_;
};

// Pictures that were left out under other limits would stay left out, and those that were kept would stay.
void check_limits(const fs::path& dataset, const EncodeOptions& options) {
  const fs::path file = dataset / ".build" / "encode.json";
  const Json limits{{"min_std", options.min_std}, {"min_mean", options.min_mean}, {"max_mean", options.max_mean}};
  const bool begun = fs::exists(dataset / "latents") && !complete_shards(dataset / "latents").empty();
  if (begun && fs::exists(file)) {
    if (const Json before = read_json_file(file); before != limits) {
      fail(ErrorCode::busy, "{}: holds latents that were chosen with other limits ({} instead of {}). Give these, or delete this folder.",
           (dataset / "latents").string(), before.dump(), limits.dump());
    }
    return;
  }
  fs::create_directories(file.parent_path());
  write_file_atomically(file, limits.dump(1) + "\n");
}

void encode_on_device(EncodeRun& run, const PartSource& vae_source, torch::Device device, int threads) {
  try {
    LoadedVae vae = load_vae(vae_source, {.dtype = run.options.dtype, .device = device});
    vae.weights = pack_for_inference(vae.model->layout(), std::move(vae.weights), run.options.dtype, Vae::encoder_weights);
    ShardEncoder(run, vae, device, threads).run();
  } catch (...) {
    const std::lock_guard lock(run.mutex);
    run.failure = run.failure ? run.failure : std::current_exception();
  }
}

}  // namespace

EncodeSummary encode_latents(const fs::path& dataset, const std::vector<fs::path>& shards, const PartSource& vae_source,
                             const EncodeOptions& options, const ProgressSink& sink, const CancelToken& cancel) {
  const double started_s = monotonic_seconds();
  EncodeSummary summary;
  summary.recipe = checked_recipe(vae_source, options);
  check_limits(dataset, options);
  LatentStoreWriter store(dataset / "latents", summary.recipe);
  const EncodePlan plan = plan_encode(dataset, shards, store);
  summary.skipped = plan.total - plan.items.size();

  const auto rows = static_cast<uint64_t>(options.rows_per_shard);
  const std::vector<int> numbers = store.free_numbers((plan.items.size() + rows - 1) / rows);
  OpenTars tars(plan);
  EncodeRun run{.plan = plan,
                .tars = tars,
                .store = store,
                .options = options,
                .cancel = cancel,
                .jobs = {},
                .mutex = {},
                .meter = ProgressMeter(sink, stage_name, plan.total, "images"),
                .done = summary.skipped};
  for (size_t i = 0; i < numbers.size(); ++i) {
    run.jobs.push_back({.number = numbers[i], .begin = i * rows, .end = std::min<uint64_t>((i + 1) * rows, plan.items.size())});
  }
  run.meter.update(run.done);
  const int cores =
      options.decode_threads > 0 ? options.decode_threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int threads = std::max(1, cores / static_cast<int>(options.devices.size()));
  std::vector<std::thread> devices;
  for (size_t i = 1; i < options.devices.size() && i < run.jobs.size(); ++i) {
    devices.emplace_back(encode_on_device, std::ref(run), vae_source, options.devices[i], threads);
  }
  if (!run.jobs.empty()) {
    encode_on_device(run, vae_source, options.devices[0], threads);
  }
  for (std::thread& thread : devices) {
    thread.join();
  }
  if (run.failure) {
    std::rethrow_exception(run.failure);
  }
  run.meter.update(run.done);
  run.meter.finish();
  summary.encoded = run.encoded;
  summary.vae_seconds = run.vae_seconds / static_cast<double>(std::max<size_t>(std::min(options.devices.size(), run.jobs.size()), 1));
  const LatentStore finished(dataset / "latents");
  summary.statistics = finished.statistics();
  summary.quarantined = quarantined_by(finished);
  replace_quarantined(dataset / quarantine_name, encode_stage_name, summary.quarantined);
  summary.seconds = monotonic_seconds() - started_s;
  return summary;
}

}  // namespace darkroom
