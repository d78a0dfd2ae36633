// SPDX-License-Identifier: Apache-2.0
// The table itself; include core/plan/parameter_spec.h. Defaults are the recipe's.
#pragma once

#include "core/plan/parameter_spec.h"

namespace darkroom {
namespace parameter_choices {

inline constexpr std::string_view samplers[] = {"ddim"};
inline constexpr std::string_view spacings[] = {"leading", "trailing", "linspace", "source_run"};
inline constexpr std::string_view weights[] = {"ema", "live"};
inline constexpr std::string_view dtypes[] = {"auto", "fp32", "bf16", "fp16"};
inline constexpr std::string_view layouts[] = {"sd15", "scratch", "pocket"};
inline constexpr std::string_view precisions[] = {"bf16", "fp32"};
inline constexpr std::string_view memory_formats[] = {"channels_last", "contiguous"};
inline constexpr std::string_view recompute[] = {"auto", "on", "off"};
inline constexpr std::string_view optimizers[] = {"adamw"};
inline constexpr std::string_view wandb[] = {"off", "offline"};
inline constexpr std::string_view schedules[] = {"cosine", "constant"};
inline constexpr std::string_view predictions[] = {"epsilon", "v_prediction"};

}  // namespace parameter_choices

inline constexpr double largest_seed = 9007199254740991.0;  // 2^53 - 1: exact in every JSON reader

inline constexpr ParameterSpec parameter_table[] = {
    // ---- generate
    {.key = "generate.model", .option = "model", .label = "Model", .kind = ParameterKind::path, .default_text = "pocket",
     .help = "The model to draw with: the embedded `pocket`, a diffusers folder, or a run's checkpoint folder."},
    {.key = "generate.vae", .option = "vae", .label = "VAE", .kind = ParameterKind::path, .default_kind = DefaultKind::derived,
     .default_text = "the model's own", .help = "Folder of a VAE to use instead of the model's own, or where it has none."},
    {.key = "generate.text_encoder", .option = "text-encoder", .label = "Text encoder", .kind = ParameterKind::path,
     .default_kind = DefaultKind::derived, .default_text = "the model's own",
     .help = "Folder of a CLIP text encoder to use instead of the model's own, or where it has none."},
    {.key = "generate.prompt", .option = "prompt", .label = "Prompt", .kind = ParameterKind::text, .help = "What the image should show."},
    {.key = "generate.negative", .option = "negative", .label = "Negative prompt", .kind = ParameterKind::text,
     .help = "What the image should not show; takes the place of the empty caption in guidance."},
    {.key = "generate.seed", .option = "seed", .label = "Seed", .kind = ParameterKind::integer, .min = 0, .max = largest_seed, .step = 1,
     .default_number = 0, .help = "Start of the random numbers: the same seed and options give the same image; image i of a call uses seed + i."},
    {.key = "generate.steps", .option = "steps", .label = "Steps", .kind = ParameterKind::integer, .unit = "steps", .min = 1, .max = 1000,
     .step = 1, .default_kind = DefaultKind::derived, .default_number = 50, .default_text = "the model's own, else 50",
     .help = "How many times the sampler asks the model; more is slower and finer."},
    {.key = "generate.cfg_scale", .option = "cfg", .label = "CFG scale", .kind = ParameterKind::real, .min = 0, .max = 30, .step = 0.5,
     .default_number = 7.5, .help = "How strongly the prompt pulls: 7.5 for scenes, 8.5 for portraits; 9 and more gives artefacts; 1 is no guidance."},
    {.key = "generate.eta", .option = "eta", .label = "Eta", .kind = ParameterKind::real, .min = 0, .max = 1, .step = 0.05, .default_number = 0,
     .help = "Noise that DDIM adds at each step: 0 is deterministic, 1 as noisy as DDPM."},
    {.key = "generate.clip_skip", .option = "clip-skip", .label = "CLIP skip", .kind = ParameterKind::integer, .unit = "layers", .min = 1,
     .max = 12, .step = 1, .default_number = 1, .help = "Which layer of the text encoder counts, from the end: 1 is the last one."},
    {.key = "generate.sampler", .option = "sampler", .label = "Sampler", .kind = ParameterKind::choice, .default_kind = DefaultKind::derived,
     .default_text = "the model's own, else ddim", .choices = parameter_choices::samplers, .help = "The rule that turns noise into an image."},
    {.key = "generate.spacing", .option = "spacing", .label = "Timestep spacing", .kind = ParameterKind::choice,
     .default_kind = DefaultKind::derived, .default_text = "the model's own", .choices = parameter_choices::spacings,
     .help = "Which of the noise levels of training the steps visit."},
    {.key = "generate.width", .option = "width", .label = "Width", .kind = ParameterKind::integer, .unit = "px", .min = 8, .max = 4096, .step = 8,
     .default_kind = DefaultKind::derived, .default_number = 512, .default_text = "the size that the model was made for; 512 for SD 1.5",
     .help = "Width of the image, a multiple of 8."},
    {.key = "generate.height", .option = "height", .label = "Height", .kind = ParameterKind::integer, .unit = "px", .min = 8, .max = 4096,
     .step = 8, .default_kind = DefaultKind::derived, .default_number = 512,
     .default_text = "the size that the model was made for; 512 for SD 1.5", .help = "Height of the image, a multiple of 8."},
    {.key = "generate.count", .option = "count", .label = "Count", .kind = ParameterKind::integer, .unit = "images", .min = 1, .max = 10000,
     .step = 1, .default_number = 1, .help = "How many images to make, each with the next seed."},
    {.key = "generate.batch", .option = "batch", .label = "Batch", .kind = ParameterKind::integer, .unit = "images", .min = 1, .max = 256,
     .step = 1, .default_number = 1, .help = "How many images go through the model at once; more needs more memory and changes no picture."},
    {.key = "generate.weights", .option = "weights", .label = "Weights", .kind = ParameterKind::choice, .default_text = "ema",
     .choices = parameter_choices::weights, .help = "Averaged weights (ema, where there are any) or those of the last step (live)."},
    {.key = "generate.device", .option = "device", .label = "Device", .kind = ParameterKind::text, .default_text = "auto",
     .help = "Where to compute: auto picks CUDA, then MPS, then the CPU; `darkroom-engine devices` lists them."},
    {.key = "generate.dtype", .option = "dtype", .label = "Number format", .kind = ParameterKind::choice, .default_text = "auto",
     .choices = parameter_choices::dtypes, .help = "Precision of the networks; auto picks by device."},
    {.key = "generate.noise", .option = "noise", .label = "Noise file", .kind = ParameterKind::path, .default_kind = DefaultKind::derived,
     .default_text = "drawn from the seed", .help = "A safetensors file with tensor `noise` [B,4,H/f,W/f] to start from, instead of the seeds."},
    {.key = "generate.save_latents", .option = "save-latents", .label = "Latents file", .kind = ParameterKind::path,
     .default_kind = DefaultKind::derived, .default_text = "not written",
     .help = "Writes the final latents, before the VAE, to this safetensors file."},
    {.key = "generate.out", .option = "out", .label = "Output", .kind = ParameterKind::path, .default_kind = DefaultKind::derived,
     .default_text = "the current folder", .help = "A file name ending in .png, or a folder."},

    // ---- plan
    {.key = "plan.name", .label = "Name", .kind = ParameterKind::text, .help = "What the plan is called."},
    {.key = "plan.seed", .label = "Seed", .kind = ParameterKind::integer, .min = 0, .max = largest_seed, .step = 1, .default_number = 42,
     .help = "Start of all random numbers of the training: order of the data, noise, timesteps, caption dropout."},
    {.key = "plan.precision", .label = "Precision", .kind = ParameterKind::choice, .default_text = "bf16", .choices = parameter_choices::precisions,
     .help = "Number format of the forward and backward pass; the weights themselves stay fp32."},
    {.key = "plan.memory_format", .label = "Memory layout", .kind = ParameterKind::choice, .default_text = "channels_last",
     .choices = parameter_choices::memory_formats, .help = "Order of image-like tensors in memory; changes speed, not results beyond rounding."},
    {.key = "plan.recompute", .label = "Recompute activations", .kind = ParameterKind::choice, .default_text = "auto",
     .choices = parameter_choices::recompute,
     .help = "Computes activations a second time in the backward pass: about 40 % less memory, a third more work; auto decides by memory."},
    {.key = "plan.clip_norm", .label = "Gradient clip", .kind = ParameterKind::real, .min = 0, .max = 1000, .step = 0.1, .default_number = 1.0,
     .help = "Largest global norm of the gradient; longer ones are scaled down; 0 never clips."},

    // ---- model
    {.key = "model.layout", .label = "Layout", .kind = ParameterKind::choice, .default_text = "sd15", .choices = parameter_choices::layouts,
     .help = "Shape of the UNet: SD 1.5's, the source run's own, or the small pocket model's."},
    {.key = "model.init_seed", .label = "Initialisation seed", .kind = ParameterKind::integer, .min = 0, .max = largest_seed, .step = 1,
     .default_number = 0, .help = "Random numbers of fresh weights; written as {\"init\": {\"seed\": N}}."},
    {.key = "model.init_from", .label = "Start from", .kind = ParameterKind::path, .default_kind = DefaultKind::derived,
     .default_text = "fresh weights", .help = "A model or a checkpoint to start or branch from; written as {\"init\": {\"from\": PATH}}."},
    {.key = "model.vae", .label = "VAE", .kind = ParameterKind::path, .help = "Folder of the frozen VAE that made the latents, or `pocket`."},
    {.key = "model.text_encoder", .label = "Text encoder", .kind = ParameterKind::path,
     .help = "Folder of the frozen CLIP text encoder, or `pocket`."},
    {.key = "model.text_attention_mask", .label = "Mask padding", .kind = ParameterKind::boolean, .default_number = 0,
     .help = "Whether the text encoder ignores the padding of short captions: the source run's way; SD 1.5 does not."},

    // ---- batch
    {.key = "batch.per_device", .label = "Batch per device", .kind = ParameterKind::integer, .unit = "images", .min = 1, .max = 4096, .step = 1,
     .default_number = 24, .help = "Images of one forward pass on each device."},
    {.key = "batch.accumulation", .label = "Accumulation", .kind = ParameterKind::integer, .unit = "micro-steps", .min = 1, .max = 1024, .step = 1,
     .default_number = 2, .help = "Forward and backward passes that make one optimiser step."},

    // ---- optimizer
    {.key = "optimizer.name", .label = "Optimiser", .kind = ParameterKind::choice, .default_text = "adamw",
     .choices = parameter_choices::optimizers, .help = "The rule that changes the weights."},
    {.key = "optimizer.beta1", .label = "Beta 1", .kind = ParameterKind::real, .min = 0, .max = 0.9999999, .step = 0.01, .default_number = 0.9,
     .help = "Memory of the first moment, the mean of gradients."},
    {.key = "optimizer.beta2", .label = "Beta 2", .kind = ParameterKind::real, .min = 0, .max = 0.9999999, .step = 0.001,
     .default_number = 0.999, .help = "Memory of the second moment, the mean of squared gradients."},
    {.key = "optimizer.eps", .label = "Epsilon", .kind = ParameterKind::real, .min = 1e-16, .max = 1, .step = 0,
     .scale = ParameterScale::logarithmic, .default_number = 1e-8, .help = "Added to the divisor, so that tiny gradients do not explode."},
    {.key = "optimizer.weight_decay", .label = "Weight decay", .kind = ParameterKind::real, .min = 0, .max = 1, .step = 0.01,
     .default_number = 0.01, .help = "How far each step pulls the weights towards zero, times the learning rate."},

    // ---- ema
    {.key = "ema.decay", .label = "EMA decay", .kind = ParameterKind::real, .min = 0, .max = 0.9999999, .step = 0.0001, .default_number = 0.9999,
     .help = "Memory of the averaged weights that images are made with; 0 copies the live weights."},
    {.key = "ema.warmup", .label = "EMA warm-up", .kind = ParameterKind::boolean, .default_number = 1,
     .help = "Starts with a short memory, min(decay, (1+step)/(10+step)), so that early weights are forgotten."},

    // ---- checkpoint
    {.key = "checkpoint.every_steps", .label = "Checkpoint every", .kind = ParameterKind::integer, .unit = "steps", .min = 0, .max = 1e9, .step = 1,
     .default_number = 1500, .help = "Optimiser steps between checkpoints inside an epoch; 0 makes none there."},
    {.key = "checkpoint.every_epochs", .label = "Checkpoint every", .kind = ParameterKind::integer, .unit = "epochs", .min = 0, .max = 1e6,
     .step = 1, .default_number = 1, .help = "Epochs between checkpoints at the end of an epoch; 0 makes none there."},
    {.key = "checkpoint.keep_last", .label = "Keep last", .kind = ParameterKind::integer, .unit = "checkpoints", .min = 2, .max = 1e6, .step = 1,
     .default_number = 3, .help = "How many checkpoints from inside epochs are kept; older ones are removed after a newer one is safe."},
    {.key = "checkpoint.keep_epochs", .label = "Keep epochs", .kind = ParameterKind::boolean, .default_number = 1,
     .help = "Whether checkpoints at the end of an epoch are kept for ever."},

    // ---- validation
    {.key = "validation.every_epochs", .label = "Validate every", .kind = ParameterKind::integer, .unit = "epochs", .min = 0, .max = 1e6, .step = 1,
     .default_number = 1, .help = "Epochs between validation passes with sample pictures; 0 makes none."},
    {.key = "validation.samples", .label = "Validation rows", .kind = ParameterKind::integer, .unit = "images", .min = 0, .max = 1e7, .step = 1,
     .default_number = 500, .help = "Rows of the validation split that the loss is measured on."},
    {.key = "validation.steps", .label = "Sampler steps", .kind = ParameterKind::integer, .unit = "steps", .min = 1, .max = 1000, .step = 1,
     .default_number = 25, .help = "Sampler steps of the sample pictures, drawn with the averaged weights."},
    {.key = "validation.cfg", .label = "CFG scale", .kind = ParameterKind::real, .min = 0, .max = 30, .step = 0.5, .default_number = 7.5,
     .help = "Guidance of the sample pictures."},
    {.key = "validation.seed", .label = "Seed", .kind = ParameterKind::integer, .min = 0, .max = largest_seed, .step = 1, .default_number = 42,
     .help = "Seed of the sample pictures and of the validation noise: the same each time, so that epochs can be compared."},

    // ---- logging
    {.key = "logging.tensorboard", .label = "TensorBoard", .kind = ParameterKind::boolean, .default_number = 1,
     .help = "Writes event files for TensorBoard beside the run's own metrics."},
    {.key = "logging.wandb", .label = "Weights & Biases", .kind = ParameterKind::choice, .default_text = "off", .choices = parameter_choices::wandb,
     .help = "Weights & Biases records (offline only: nothing is sent anywhere); not written by this version."},

    // ---- phase
    {.key = "phase.name", .label = "Name", .kind = ParameterKind::text, .help = "What the phase is called; unique in its plan."},
    {.key = "phase.epochs", .label = "Epochs", .kind = ParameterKind::integer, .unit = "epochs", .min = 1, .max = 1e6, .step = 1,
     .default_number = 1, .help = "How often the loader of the phase is run through."},
    {.key = "phase.peak_lr", .label = "Peak learning rate", .kind = ParameterKind::real, .min = 0, .max = 1, .step = 0,
     .scale = ParameterScale::logarithmic, .default_number = 1e-5, .help = "Learning rate at the end of the warm-up."},
    {.key = "phase.warmup_steps", .label = "Warm-up", .kind = ParameterKind::integer, .unit = "steps", .min = 0, .max = 1e9, .step = 1,
     .default_number = 500, .help = "Optimiser steps over which the learning rate rises to its peak."},
    {.key = "phase.schedule", .label = "Schedule", .kind = ParameterKind::choice, .default_text = "cosine", .choices = parameter_choices::schedules,
     .help = "How the learning rate goes on after the warm-up, over the optimiser steps that the loader really yields."},
    {.key = "phase.warmup_from", .label = "Warm-up from", .kind = ParameterKind::real, .min = 0, .max = 1, .step = 0.01, .default_number = 0.01,
     .help = "Where the warm-up starts, as a fraction of the peak."},
    {.key = "phase.floor", .label = "Floor", .kind = ParameterKind::real, .min = 0, .max = 1, .step = 0.01, .default_number = 0.01,
     .help = "Where the schedule ends and stays, as a fraction of the peak."},
    {.key = "phase.cfg_dropout", .label = "CFG dropout", .kind = ParameterKind::real, .min = 0, .max = 1, .step = 0.01, .default_number = 0.05,
     .help = "Probability that a caption is replaced by the empty one, which guidance needs."},
    {.key = "phase.min_snr_gamma", .label = "Min-SNR gamma", .kind = ParameterKind::real, .min = 0, .max = 100, .step = 0.5, .default_number = 5.0,
     .help = "Caps the weight of nearly clean samples in the loss; 2 hurt faces in the source run; 0 weighs all alike."},
    {.key = "phase.prediction", .label = "Prediction", .kind = ParameterKind::choice, .default_text = "epsilon",
     .choices = parameter_choices::predictions, .help = "What the UNet learns to predict: the noise, or v."},

    // ---- source
    {.key = "source.dataset", .label = "Dataset", .kind = ParameterKind::path, .help = "A dataset folder with latents."},
    {.key = "source.share", .label = "Share", .kind = ParameterKind::real, .min = 0, .max = 1, .step = 0.01, .default_number = 1.0,
     .help = "Fraction of the phase's samples that come from here; the shares of a phase sum to 1."},
    {.key = "source.limit", .label = "Limit", .kind = ParameterKind::integer, .unit = "rows", .min = 1, .max = 1e12, .step = 1,
     .default_kind = DefaultKind::derived, .default_text = "all rows", .help = "Uses at most so many rows of the dataset."},
};

}  // namespace darkroom
