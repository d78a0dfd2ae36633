// SPDX-License-Identifier: Apache-2.0
// One part of a model on tensors from a file, with the weights laid out as sampling lays them out: tests/parity compares what comes out
// with other programs.
#include "core/base/format.h"
#include "core/base/heap.h"
#include "core/checkpoint/safetensors.h"
#include "core/engine/commands.h"
#include "core/engine/device_list.h"
#include "core/nn/packed_weights.h"
#include "core/sample/sampling_model.h"

namespace darkroom {
namespace {

struct ForwardArguments {
  std::string part;
  std::string model;
  std::string inputs;
  std::string out;
  std::string dtype = "fp32";
  std::string device = "cpu";
  bool strips = false;
};

// Where and in what to compute.
struct Place {
  torch::Device device;
  torch::ScalarType dtype;

  LoadOptions load(torch::ScalarType wanted) const { return SamplingModel::load_options(wanted, device); }
  torch::Tensor input(const SafetensorsFile& file, const std::string& name) const {
    const torch::Tensor tensor = file.tensor(name).to(device);
    return tensor.dim() == 4 ? tensor.to(dtype).contiguous(at::MemoryFormat::ChannelsLast) : tensor;
  }
  std::optional<torch::Tensor> optional_input(const SafetensorsFile& file, const std::string& name) const {
    return file.contains(name) ? std::optional(input(file, name)) : std::nullopt;
  }
};

std::vector<NamedTensor> run_text_encoder(const ModelPaths& paths, const SafetensorsFile& inputs, const Place& place) {
  LoadedTextEncoder text = load_text_encoder(paths.require_text_encoder(), place.load(place.dtype));
  text.weights = pack_for_inference(text.model->layout(), std::move(text.weights), place.dtype);
  return {{"states", text.model->encode(text.weights, place.input(inputs, "ids"), place.optional_input(inputs, "mask"))}};
}

std::vector<NamedTensor> run_unet(const ModelPaths& paths, const SafetensorsFile& inputs, const Place& place) {
  LoadedUNet unet = load_unet(paths.require_unet(), place.load(place.dtype));
  unet.weights = pack_for_inference(unet.model->layout(), std::move(unet.weights), place.dtype);
  UNetRun run;
  run.context_mask_BL = place.optional_input(inputs, "mask");
  return {{"output", unet.model->forward(unet.weights, place.input(inputs, "x"), place.input(inputs, "t"),
                                         place.input(inputs, "context").to(place.dtype), run)}};
}

std::vector<NamedTensor> run_vae(const ModelPaths& paths, const SafetensorsFile& inputs, const Place& place, bool decode,
                                 std::optional<int64_t> strip) {
  LoadedVae vae = load_vae(paths.require_vae(), place.load(place.dtype));
  vae.weights =
      pack_for_inference(vae.model->layout(), std::move(vae.weights), place.dtype, decode ? Vae::decoder_weights : Vae::encoder_weights);
  if (decode) {
    return {{"images", vae.model->decode(vae.weights, place.input(inputs, "latents"), strip)}};
  }
  const LatentDistribution made = vae.model->encode(vae.weights, place.input(inputs, "images"), strip);
  return {{"mean", made.mean_BCHW}, {"logvar", made.logvar_BCHW}};
}

void forward(const ForwardArguments& options, CommandContext& context) {
  const torch::NoGradGuard no_grad;
  const SafetensorsFile inputs(options.inputs);
  const ModelPaths paths = resolve_model(options.model);
  const Place place{resolve_device(options.device), options.dtype == "bf16" ? torch::kBFloat16 : torch::kFloat32};
  const std::optional<int64_t> strip = options.strips ? std::optional(Vae::usual_strip_rows) : std::nullopt;
  std::vector<NamedTensor> made = options.part == "text_encoder" ? run_text_encoder(paths, inputs, place)
                                  : options.part == "unet"       ? run_unet(paths, inputs, place)
                                                                 : run_vae(paths, inputs, place, options.part == "vae_decode", strip);
  Json shapes = Json::object();
  for (NamedTensor& tensor : made) {
    tensor.tensor = tensor.tensor.to(torch::kCPU, torch::kFloat32).contiguous();
    shapes[tensor.name] = tensor.tensor.sizes().vec();
  }
  write_safetensors(options.out, made);
  context.output.done({{"part", options.part}, {"out", options.out}, {"shapes", shapes}}, format("{}: {}", options.out, shapes.dump()));
}

}  // namespace

void add_forward_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<ForwardArguments>();
  CLI::App* command =
      add_command(app, context, "forward", "Runs one part of a model on tensors from a file, to compare with other programs");
  command
      ->add_option("part", options->part,
                   "text_encoder (ids, mask -> states), unet (x, t, context, mask -> output), vae_encode (images -> mean, logvar), "
                   "vae_decode (latents, not scaled -> images); a mask may be absent")
      ->required()
      ->check(CLI::IsMember({"text_encoder", "unet", "vae_encode", "vae_decode"}));
  command->add_option("--model", options->model, "As for generate")->required();
  command->add_option("--inputs", options->inputs, "A safetensors file with the tensors by these names")->required();
  command->add_option("--out", options->out, "The safetensors file to write, in fp32")->required();
  command->add_option("--dtype", options->dtype, "Number format to compute in")->check(CLI::IsMember({"fp32", "bf16"}));
  command->add_option("--device", options->device, "As for generate; the CPU unless given");
  command->add_flag("--strips", options->strips, "Run the VAE in strips of 32 rows, as --vae-tiling on does");
  command->callback([&context, options] {
    context.action = [&context, options] {
      keep_freed_memory();
      forward(*options, context);
    };
  });
}

}  // namespace darkroom
