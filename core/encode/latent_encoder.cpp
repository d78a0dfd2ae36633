// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C channels, H W rows and columns.
// Work is cut into whole shards of latents before anything runs: a shard's pictures and the batches within it do not depend on what an
// earlier run finished or on the number of devices, so a killed and repeated run ends with the same bytes.
#include "core/encode/latent_encoder.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/grad_mode.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/encode/crop_loader.h"
#include "core/encode/encode_plan.h"
#include "core/image/image_decode.h"
#include "core/model/model_folder.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* stage_name = "encode latents";
constexpr uint64_t prefetch_batches = 2;

LoadedCrop load_crop(const EncodePlan& plan, const EncodeItem& item, const EncodeOptions& options) {
  const TarSource& tar = *plan.tars[item.tar];
  const std::string bytes = tar.read(item.field);
  if (image_content_hash(bytes) != item.image_hash) {
    fail(ErrorCode::bad_input, "{}: the picture {} changed since its caption was read; run `data build` again", tar.path().string(),
         item.key);
  }
  LoadedCrop crop;
  try {
    const Image image = decode_image(std::as_bytes(std::span(bytes.data(), bytes.size())), item.key);
    crop.image = centre_crop_resize(image, options.image_size, options.image_size);
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
  torch::Tensor bytes_BHWC = at::empty({count, side, side, Image::channels}, at::kByte);
  for (int64_t i = 0; i < count; ++i) {
    std::copy(images[static_cast<size_t>(i)].pixels.begin(), images[static_cast<size_t>(i)].pixels.end(),
              bytes_BHWC[i].data_ptr<uint8_t>());
  }
  return bytes_BHWC.to(device).permute({0, 3, 1, 2}).to(options.dtype).div(127.5).sub(1.0);
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
  const LatentStoreWriter& store;
  const EncodeOptions& options;
  const CancelToken& cancel;
  std::vector<ShardJob> jobs;
  std::atomic<size_t> next_job{0};
  std::mutex mutex;  // guards what follows
  ProgressMeter meter;
  uint64_t done = 0;     // pictures looked at, earlier runs included
  uint64_t encoded = 0;  // in this run
  std::exception_ptr failure;
};

class ShardEncoder {
 public:
  ShardEncoder(EncodeRun& run, const LoadedVae& vae, torch::Device device) : run_(run), vae_(vae), device_(device) {}

  void encode(const ShardJob& job, int threads) {
    index_ = {};
    latents_.clear();
    CropLoader loader(
        job.end - job.begin, [&](uint64_t i) { return load_crop(run_.plan, run_.plan.items[job.begin + i], run_.options); }, threads,
        prefetch_batches * static_cast<uint64_t>(run_.options.batch));
    for (uint64_t i = job.begin; i < job.end; ++i) {
      run_.cancel.check();
      LoadedCrop crop = *loader.next();
      const EncodeItem& item = run_.plan.items[i];
      if (crop.image) {
        pending_.push_back(std::move(*crop.image));
        pending_items_.push_back(&item);
      } else {
        index_.dropped.push_back({.key = item.key, .image_hash = item.image_hash, .reason = crop.reason});
      }
      if (static_cast<int64_t>(pending_.size()) == run_.options.batch || i + 1 == job.end) {
        encode_pending();
        const std::lock_guard lock(run_.mutex);
        run_.meter.update(run_.done + i + 1 - job.begin);
      }
    }
    const auto rows = static_cast<uint64_t>(index_.rows.size());
    run_.store.write_shard(job.number, std::move(index_), latents_);
    const std::lock_guard lock(run_.mutex);
    run_.done += job.end - job.begin;
    run_.encoded += rows;
    run_.meter.update(run_.done);
  }

 private:
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
  LatentShardIndex index_;
  std::vector<uint16_t> latents_;
  std::vector<Image> pending_;
  std::vector<const EncodeItem*> pending_items_;
};

void check_options(const EncodeOptions& options, int64_t downscale) {
  if (options.devices.empty() || options.batch < 1 || options.rows_per_shard < 1) {
    throw std::invalid_argument("[encode_latents] at least one device, a batch and a shard of one are needed");
  }
  if (options.image_size < downscale || options.image_size % downscale != 0) {
    fail(ErrorCode::bad_input, "The image size {} is not a multiple of {}, by which this VAE makes pictures smaller", options.image_size,
         downscale);
  }
}

LatentRecipe recipe_of(const Vae& vae, const PartSource& vae_source, const EncodeOptions& options) {
  const int64_t side = options.image_size / vae.downscale();
  return {.shape = {vae.latent_channels(), side, side},
          .scaling_factor = vae.scaling_factor(),
          .vae = part_hash(vae_source),
          .image_size = options.image_size,
          .crop = "centre"};
}

// Pictures of the dataset that have no latent, in the order of the shards of latents.
std::vector<QuarantinedItem> quarantined_by(const LatentStore& store) {
  std::vector<QuarantinedItem> items;
  for (const DroppedLatent& dropped : store.dropped()) {
    const size_t colons = dropped.key.find("::");
    items.push_back({.stage = "encode", .source = dropped.key.substr(0, colons), .item = dropped.key, .reason = dropped.reason});
  }
  return items;
}

void encode_on_device(EncodeRun& run, const PartSource& vae_source, torch::Device device, int threads) {
  try {
    const LoadedVae vae = load_vae(vae_source, {.dtype = run.options.dtype, .device = device});
    ShardEncoder encoder(run, vae, device);
    for (size_t job = run.next_job++; job < run.jobs.size(); job = run.next_job++) {
      {
        const std::lock_guard lock(run.mutex);
        if (run.failure) {
          return;
        }
      }
      encoder.encode(run.jobs[job], threads);
    }
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
  {
    const LoadedVae vae = load_vae(vae_source, {});
    check_options(options, vae.model->downscale());
    summary.recipe = recipe_of(*vae.model, vae_source, options);
  }
  LatentStoreWriter store(dataset / "latents", summary.recipe);
  const EncodePlan plan = plan_encode(dataset, shards, store);
  summary.skipped = plan.total - plan.items.size();

  const auto rows = static_cast<uint64_t>(options.rows_per_shard);
  const std::vector<int> numbers = store.free_numbers((plan.items.size() + rows - 1) / rows);
  EncodeRun run{.plan = plan,
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
  run.meter.finish();
  summary.encoded = run.encoded;
  const LatentStore finished(dataset / "latents");
  summary.statistics = finished.statistics();
  summary.quarantined = quarantined_by(finished);
  summary.seconds = monotonic_seconds() - started_s;
  return summary;
}

}  // namespace darkroom
