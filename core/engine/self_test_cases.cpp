// SPDX-License-Identifier: Apache-2.0
// References are float64 on the CPU where a kernel allows it; the pocket model's are float32 on the CPU.
#include "core/engine/self_test_cases.h"

#include "core/base/format.h"
#include "core/checkpoint/host_copy.h"
#include "core/diffusion/noise_schedule.h"
#include "core/kernels/adamw_ema.h"
#include "core/kernels/geglu.h"
#include "core/kernels/grad_norm.h"
#include "core/kernels/group_norm.h"
#include "core/model/model_folder.h"
#include "core/model/model_writer.h"
#include "core/nn/attention.h"
#include "core/nn/unet_replay.h"
#include "core/plan/parameter_spec.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/optimizer.h"
#include "core/train/train_step.h"

namespace darkroom {
namespace {

constexpr double fp32_limit = 1e-5;
constexpr double gpu_fp32_limit = 1e-4;  // other orders of sums, and Winograd's convolutions
constexpr double half_limit = 2e-2;

double relative_error(const torch::Tensor& got, const torch::Tensor& expected) {
  const torch::Tensor difference = got.detach().to(torch::kCPU, torch::kFloat64) - expected.detach().to(torch::kCPU, torch::kFloat64);
  return (difference.norm() / expected.detach().to(torch::kCPU, torch::kFloat64).norm().clamp_min(1e-30)).item<double>();
}

// A float64 leaf on the CPU with the same values.
torch::Tensor exact_leaf(const torch::Tensor& values) {
  return values.detach().to(torch::kCPU, torch::kFloat64).contiguous().set_requires_grad(true);
}

double limit_of(torch::ScalarType dtype, torch::Device device) {
  return dtype != torch::kFloat32 ? half_limit : device.is_cuda() ? gpu_fp32_limit : fp32_limit;
}

std::vector<torch::ScalarType> dtypes_of(torch::Device device) {
  return device.is_cuda() ? std::vector{torch::kFloat32, torch::kBFloat16, torch::kFloat16}
                          : std::vector{torch::kFloat32, torch::kBFloat16};
}

void check_optimizer(torch::Device device, const SelfTestSink& sink) {
  constexpr int64_t count = 300007;
  const torch::Tensor start = torch::randn({count});
  const AdamwEmaBuffers here{.master = start.to(device).clone(),
                             .gradient = torch::zeros({count}, device),
                             .exp_avg = torch::zeros({count}, device),
                             .exp_avg_sq = torch::zeros({count}, device),
                             .ema = start.to(device).clone(),
                             .working = torch::zeros({count}, torch::TensorOptions(device).dtype(torch::kBFloat16))};
  torch::Tensor w = start.to(torch::kFloat64);
  torch::Tensor m = torch::zeros_like(w);
  torch::Tensor v = torch::zeros_like(w);
  torch::Tensor ema = w.clone();
  const AdamwEmaStep settings{.lr = 1e-3, .weight_decay = 0.01, .clip_norm = 1.0, .ema_decay = 0.99};
  for (int64_t step = 1; step <= 5; ++step) {
    const torch::Tensor gradient = torch::randn({count});
    here.gradient.copy_(gradient);
    const torch::Tensor norm = grad_norm(here.gradient);
    const torch::Tensor exact = gradient.to(torch::kFloat64);
    if (step == 1) {
      sink({"optimizer: gradient norm", relative_error(norm, exact.norm()), 1e-7});
    }
    AdamwEmaStep now = settings;
    now.step = step;
    adamw_ema_step(here, now, norm);
    const torch::Tensor g = exact * std::min(1.0, settings.clip_norm / (exact.norm().item<double>() + 1e-6));
    m = settings.beta1 * m + (1 - settings.beta1) * g;
    v = settings.beta2 * v + (1 - settings.beta2) * g * g;
    const auto power = static_cast<double>(step);
    w = w * (1 - settings.lr * settings.weight_decay) -
        settings.lr / (1 - std::pow(settings.beta1, power)) * m / ((v / (1 - std::pow(settings.beta2, power))).sqrt() + settings.eps);
    ema = settings.ema_decay * ema + (1 - settings.ema_decay) * w;
  }
  sink({"optimizer: how far weights moved", relative_error(here.master.cpu() - start, w - start.to(torch::kFloat64)), 1e-3});
  sink({"optimizer: weights", relative_error(here.master, w), fp32_limit});
  sink({"optimizer: EMA", relative_error(here.ema, ema), fp32_limit});
  sink({"optimizer: bf16 copy", relative_error(*here.working, here.master.to(torch::kBFloat16)), 0});
  here.gradient.fill_(std::nan(""));
  const torch::Tensor before = here.master.clone();
  adamw_ema_step(here, settings, grad_norm(here.gradient));
  sink({"optimizer: a gradient that is NaN moves nothing", relative_error(here.master, before), 0});
}

// Every rule with three averages, on the device beside the CPU.
void check_optimizer_rules(torch::Device device, const SelfTestSink& sink) {
  ParameterLayout layout;
  layout.add("convolution", {96, 40, 3, 3}, ParameterInit::normal, 0.1);
  layout.add("bias", {96}, ParameterInit::normal, 0.1);
  layout.add("linear", {70, 130}, ParameterInit::normal, 0.1);
  for (const std::string_view name : parameter_spec("optimizer.name").choices) {
    OptimizerPlan plan;
    plan.name = name;
    struct Side {
      ParameterArena arena;
      std::unique_ptr<Optimizer> optimizer;
      Side(const ParameterLayout& layout, const OptimizerPlan& plan, torch::Device device)
          : arena(layout, {.device = device, .moments = moments_of(plan), .emas = 3}), optimizer(make_optimizer(plan, 1.0, arena)) {
        arena.initialize(3);
      }
      void step(const torch::Tensor& gradient, int64_t update) {
        arena.flat(ArenaBuffer::gradient).copy_(gradient);
        optimizer->step({.lr = 1e-2, .update = update, .ema_decays = {0.99, 0.9, 0.5}}, grad_norm(arena.flat(ArenaBuffer::gradient)));
      }
    };
    Side here(layout, plan, device);
    Side there(layout, plan, torch::kCPU);
    const torch::Tensor start = there.arena.flat(ArenaBuffer::master).clone();
    for (int64_t update = 1; update <= 5; ++update) {
      const torch::Tensor gradient = torch::randn({layout.flat_size()});
      here.step(gradient, update);
      there.step(gradient, update);
    }
    const double limit = name == "adamw8bit" ? 2e-3 : 1e-4;  // a moment on a border between two bytes may fall to either side
    const torch::Tensor moved = here.arena.flat(ArenaBuffer::master).cpu() - start;
    sink(
        {format("optimizer {}: how far weights moved", name), relative_error(moved, there.arena.flat(ArenaBuffer::master) - start), limit});
    for (const ArenaBuffer buffer : ema_buffers) {
      sink({format("optimizer {}: average {}", name, static_cast<int>(buffer) - static_cast<int>(ArenaBuffer::ema) + 1),
            relative_error(here.arena.flat(buffer), there.arena.flat(buffer)), limit});
    }
    const torch::Tensor before = here.arena.flat(ArenaBuffer::master).clone();
    here.step(torch::full({layout.flat_size()}, std::nan("")), 6);
    sink({format("optimizer {}: a gradient that is NaN moves nothing", name), relative_error(here.arena.flat(ArenaBuffer::master), before),
          0});
  }
}

void check_group_norm(torch::Device device, const SelfTestSink& sink) {
  const std::vector<std::vector<int64_t>> shapes{{2, 320, 16, 16}, {3, 64, 9, 7}, {1, 1920, 8, 8}, {2, 128, 64, 64}, {5, 1280, 1, 1}};
  for (const std::vector<int64_t>& shape : shapes) {
    for (const torch::ScalarType dtype : dtypes_of(device)) {
      for (const bool silu : {false, true}) {
        const auto leaf = [&](const torch::Tensor& values) { return values.to(device, dtype).detach().set_requires_grad(true); };
        const torch::Tensor x = leaf((torch::randn(shape) * 2 + 5).contiguous(at::MemoryFormat::ChannelsLast));
        const torch::Tensor weight = leaf(torch::randn({shape[1]}));
        const torch::Tensor bias = leaf(torch::randn({shape[1]}));
        const torch::Tensor dy = torch::randn(shape).to(device, dtype);
        const torch::Tensor y = group_norm_channels_last(x, weight, bias, 32, 1e-5, silu);
        y.backward(dy);
        const torch::Tensor x64 = exact_leaf(x);
        const torch::Tensor weight64 = exact_leaf(weight);
        const torch::Tensor bias64 = exact_leaf(bias);
        const torch::Tensor normed = at::group_norm(x64, 32, weight64, bias64, 1e-5);
        const torch::Tensor y64 = silu ? at::silu(normed) : normed;
        y64.backward(dy.to(torch::kCPU, torch::kFloat64));
        const double limit = dtype == torch::kFloat32 ? fp32_limit : 1e-2;
        const std::string name =
            format("{} {} [{}]", silu ? "group_norm_silu" : "group_norm", short_dtype_name(dtype), fmt::join(shape, ","));
        sink({name, relative_error(y, y64), limit});
        sink({name + " gradient of x", relative_error(x.grad(), x64.grad()), limit});
        sink({name + " gradient of weight", relative_error(weight.grad(), weight64.grad()), limit});
        sink({name + " gradient of bias", relative_error(bias.grad(), bias64.grad()), limit});
      }
    }
  }
}

void check_attention(torch::Device device, const SelfTestSink& sink) {
  for (const int64_t head : {40, 80, 160}) {
    for (const torch::ScalarType dtype : dtypes_of(device)) {
      const auto tokens = [&](int64_t length) { return torch::randn({2, length, 8 * head}).to(device, dtype).set_requires_grad(true); };
      const torch::Tensor q = tokens(256);
      const torch::Tensor k = tokens(77);
      const torch::Tensor v = tokens(77);
      const torch::Tensor dy = torch::randn({2, 256, 8 * head}).to(device, dtype);
      const torch::Tensor out = multi_head_attention(q, k, v, 8);
      out.backward(dy);
      const torch::Tensor q64 = exact_leaf(q);
      const torch::Tensor out64 = multi_head_attention(q64, exact_leaf(k), exact_leaf(v), 8);
      out64.backward(dy.to(torch::kCPU, torch::kFloat64));
      const std::string name = format("attention {} heads of {}", short_dtype_name(dtype), head);
      sink({name, relative_error(out, out64), limit_of(dtype, device)});
      sink({name + " gradient of q", relative_error(q.grad(), q64.grad()), limit_of(dtype, device)});
    }
  }
}

void check_convolution(torch::Device device, const SelfTestSink& sink) {
  for (const torch::ScalarType dtype : dtypes_of(device)) {
    const auto leaf = [&](const torch::Tensor& values) {
      return values.to(device, dtype).contiguous(at::MemoryFormat::ChannelsLast).detach().set_requires_grad(true);
    };
    const torch::Tensor x = leaf(torch::randn({2, 64, 24, 24}));
    const torch::Tensor weight = leaf(torch::randn({96, 64, 3, 3}) / 24);
    const torch::Tensor y = at::conv2d(x, weight, {}, 1, 1);
    const torch::Tensor dy = torch::randn({2, 96, 24, 24}).to(device, dtype);
    y.backward(dy);
    const torch::Tensor x64 = exact_leaf(x);
    const torch::Tensor weight64 = exact_leaf(weight);
    const torch::Tensor y64 = at::conv2d(x64, weight64, {}, 1, 1);
    y64.backward(dy.to(torch::kCPU, torch::kFloat64));
    const std::string name = format("convolution {}", short_dtype_name(dtype));
    sink({name, relative_error(y, y64), limit_of(dtype, device)});
    sink({name + " gradient of x", relative_error(x.grad(), x64.grad()), limit_of(dtype, device)});
    sink({name + " gradient of weight", relative_error(weight.grad(), weight64.grad()), limit_of(dtype, device)});
  }
}

// The embedded model: text states, one training step's loss and gradients, a decoded latent.
void check_pocket(torch::Device device, const SelfTestSink& sink) {
  const ModelPaths paths = resolve_model("pocket");
  struct Made {
    torch::Tensor text;
    torch::Tensor mse;
    std::vector<torch::Tensor> gradients;
    torch::Tensor picture;
  };
  torch::Tensor ids_BL = torch::empty({2, ClipTokenizer::kLength}, torch::kInt32);
  ClipTokenizer::builtin().encode_into("a red apple", ids_BL.mutable_data_ptr<int32_t>(), nullptr);
  ClipTokenizer::builtin().encode_into("a frog", ids_BL.mutable_data_ptr<int32_t>() + ClipTokenizer::kLength, nullptr);
  const torch::Tensor x0 = torch::randn({2, 4, 24, 24});
  const torch::Tensor eps = torch::randn({2, 4, 24, 24});
  const torch::Tensor t = torch::tensor({100, 700}, torch::kInt64);
  const auto make = [&](torch::Device where, torch::ScalarType dtype) {
    const LoadOptions load{.dtype = dtype, .device = where};
    const LoadedTextEncoder text = load_text_encoder(paths.require_text_encoder(), load);
    const LoadedVae vae = load_vae(paths.require_vae(), load);
    LoadedUNet unet = load_unet(paths.require_unet(), load);
    Made made;
    {
      const torch::NoGradGuard no_grad;
      made.text = text.model->encode(text.weights, ids_BL.to(where));
      made.picture = vae.model->decode(vae.weights, x0.to(where, dtype));
    }
    for (torch::Tensor& weight : unet.weights) {
      weight = weight.detach().set_requires_grad(true);
    }
    const NoiseSchedule schedule = NoiseSchedule::from_config(training_scheduler_config(), "the training schedule", where);
    made.mse =
        train_step(*unet.model, unet.weights, {x0.to(where), eps.to(where), t.to(where), made.text}, schedule, {.dtype = dtype}).mse_B;
    for (const torch::Tensor& weight : unet.weights) {
      made.gradients.push_back(weight.grad().to(torch::kCPU, torch::kFloat64).flatten());
    }
    return made;
  };
  const Made expected = make(torch::kCPU, torch::kFloat32);
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
    const Made got = make(device, dtype);
    const double limit = dtype == torch::kFloat32 ? limit_of(dtype, device) : 5e-2;
    const std::string name = format("pocket {}", short_dtype_name(dtype));
    sink({name + " text states", relative_error(got.text, expected.text), limit});
    sink({name + " loss", relative_error(got.mse, expected.mse), limit});
    sink({name + " gradients", relative_error(torch::cat(got.gradients), torch::cat(expected.gradients)), 2 * limit});
    sink({name + " picture", relative_error(got.picture, expected.picture), limit});
  }
}

// Steps of a sampler, replayed where the device can, beside the same steps run kernel by kernel: other inputs at each, and a second text
// half way.
void check_replay(torch::Device device, const SelfTestSink& sink) {
  const torch::NoGradGuard no_grad;
  for (const torch::ScalarType dtype : {torch::kFloat32, torch::kBFloat16}) {
    const LoadedUNet unet = load_unet(resolve_model("pocket").require_unet(),
                                      {.dtype = dtype, .device = device, .convolution_memory = ConvolutionMemory::channels_last});
    const auto random = [&](const std::vector<int64_t>& sizes) { return torch::randn(sizes).to(device, dtype); };
    const torch::Tensor texts[] = {random({4, 77, unet.model->context_dim()}), random({4, 77, unet.model->context_dim()})};
    UNetReplay replay(*unet.model, device);
    ContextCache projections;
    double worst = 0;
    for (int64_t step = 0; step < 8; ++step) {
      const torch::Tensor x_BCHW = random({4, unet.model->in_channels(), 24, 24}).contiguous(at::MemoryFormat::ChannelsLast);
      const torch::Tensor t_1 = torch::full({1}, 900.0 - 100.0 * static_cast<double>(step), torch::TensorOptions().device(device));
      const torch::Tensor& context_BLD = texts[step / 4];
      const torch::Tensor got = replay.forward(unet.weights, x_BCHW, t_1, context_BLD, std::nullopt, projections);
      worst = std::max(worst, relative_error(got, unet.model->forward(unet.weights, x_BCHW, t_1, context_BLD)));
    }
    sink({format("replay {}: {} recorded", short_dtype_name(dtype), replay.recorded()), worst, dtype == torch::kFloat32 ? 1e-6 : 1e-3});
    sink({format("replay {}: all that the device can record", short_dtype_name(dtype)),
          std::abs(static_cast<double>(replay.recorded()) - (has_device_graphs(device) ? 1.0 : 0.0)), 0});
  }
}

void check_geglu(torch::Device device, const SelfTestSink& sink) {
  for (const torch::ScalarType dtype : dtypes_of(device)) {
    const torch::Tensor x = (torch::randn({3, 50, 2 * 1280}) * 2).to(device, dtype).detach().set_requires_grad(true);
    const torch::Tensor dy = torch::randn({3, 50, 1280}).to(device, dtype);
    const torch::Tensor y = geglu(x);
    y.backward(dy);
    const torch::Tensor x64 = exact_leaf(x);
    const std::vector<torch::Tensor> halves = x64.chunk(2, -1);
    const torch::Tensor y64 = halves[0] * at::gelu(halves[1]);
    y64.backward(dy.to(torch::kCPU, torch::kFloat64));
    const double limit = dtype == torch::kFloat32 ? fp32_limit : 1e-2;
    sink({format("geglu {}", short_dtype_name(dtype)), relative_error(y, y64), limit});
    sink({format("geglu {} gradient", short_dtype_name(dtype)), relative_error(x.grad(), x64.grad()), limit});
  }
}

// Sizes around the pieces that a copy goes through, twice: the second copy uses the first one's memory again.
void check_host_copy(torch::Device device, const SelfTestSink& sink) {
  HostCopier copier;
  for (int round = 0; round < 2; ++round) {
    CheckpointContent content;
    for (const int64_t count : {int64_t{1}, int64_t{1000}, int64_t{8} << 20, (int64_t{8} << 20) + 1, (int64_t{24} << 20) - 3}) {
      content.master.push_back(torch::randn({count}, torch::TensorOptions().device(device)));
    }
    if (round == 0) {
      copier.prepare(content);
    }
    const CheckpointContent copy = copier.copy(content);
    double wrong = 0;
    for (size_t i = 0; i < copy.master.size(); ++i) {
      wrong += at::equal(copy.master[i], content.master[i].cpu()) ? 0 : 1;
    }
    sink({format("host_copy {}: tensors that differ", round + 1), wrong, 0});
  }
}

}  // namespace

const std::vector<SelfTestCase>& self_test_cases() {
  static const std::vector<SelfTestCase> cases{{"optimizer", check_optimizer},   {"optimizer_rules", check_optimizer_rules},
                                               {"group_norm", check_group_norm}, {"geglu", check_geglu},
                                               {"attention", check_attention},   {"convolution", check_convolution},
                                               {"pocket", check_pocket},         {"replay", check_replay},
                                               {"host_copy", check_host_copy}};
  return cases;
}

}  // namespace darkroom
