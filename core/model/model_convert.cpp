// SPDX-License-Identifier: Apache-2.0
// Wide tensors come first in a safetensors file: readers view its bytes as numbers, and an int64 behind an odd count of halves would not be
// aligned.
#include "core/model/model_convert.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/checkpoint/key_map.h"
#include "core/checkpoint/torch_archive.h"
#include "core/checkpoint/torch_archive_writer.h"
#include "core/model/model_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

using Make = std::function<torch::Tensor(size_t)>;

// A part of the source, opened.
struct OpenPart {
  Part part;
  Json config;
  MatchedWeights weights;
};

struct Output {
  std::vector<TensorInfo> infos;
  std::vector<std::function<torch::Tensor()>> make;

  void add(TensorInfo info, std::function<torch::Tensor()> source) {
    infos.push_back(std::move(info));
    make.push_back(std::move(source));
  }
};

// Counts what is written and listens for a cancel.
class Counter {
 public:
  Counter(ConvertSummary& summary, uint64_t total, const ProgressSink& sink, const CancelToken& cancel)
      : summary_(summary), cancel_(cancel), meter_(sink, "convert", total, "bytes") {}

  void add(const torch::Tensor& tensor) {
    cancel_.check();
    ++summary_.tensors;
    summary_.bytes += tensor.nbytes();
    meter_.update(summary_.bytes);
  }
  void finish() { meter_.finish(); }

 private:
  ConvertSummary& summary_;
  const CancelToken& cancel_;
  ProgressMeter meter_;
};

template <typename Config, typename Model>
OpenPart opened(Part part, const PartSource& source, const Config& config, const Model& model) {
  return {part, to_json(config), match_part(model.layout(), source, part)};
}

OpenPart open_part(Part part, const PartSource& source) {
  if (part == Part::unet) {
    const UNetConfig config = read_unet_config(source);
    return opened(part, source, config, *make_unet(config));
  }
  if (part == Part::vae) {
    const VaeConfig config = read_vae_config(source);
    return opened(part, source, config, Vae(config));
  }
  const ClipTextConfig config = read_text_encoder_config(source);
  return opened(part, source, config, ClipText(config));
}

torch::ScalarType output_dtype(const TensorInfo& info, const ConvertOptions& options) { return options.dtype.value_or(info.dtype); }

uint64_t output_bytes(const OpenPart& part, const ConvertOptions& options) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < part.weights.size(); ++i) {
    const TensorInfo& info = part.weights.info(i);
    bytes += static_cast<uint64_t>(info.numel()) * c10::elementSize(output_dtype(info, options));
  }
  return bytes;
}

std::vector<size_t> wide_first(const std::vector<TensorInfo>& infos) {
  std::vector<size_t> order(infos.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return c10::elementSize(infos[a].dtype) > c10::elementSize(infos[b].dtype); });
  return order;
}

PartContent converted_content(const OpenPart& part, const ConvertOptions& options, Counter& counter) {
  std::vector<TensorInfo> infos;
  for (size_t i = 0; i < part.weights.size(); ++i) {
    infos.push_back(part.weights.info(i));
    infos.back().dtype = output_dtype(infos.back(), options);
  }
  const std::vector<size_t> order = wide_first(infos);
  PartContent content{part.part, part.config, {}, {}};
  for (const size_t i : order) {
    content.tensors.push_back(infos[i]);
  }
  content.make = [&part, &counter, order, infos](size_t at) {
    torch::Tensor tensor = part.weights.tensor(order[at], infos[order[at]].dtype, torch::kCPU);
    counter.add(tensor);
    return tensor;
  };
  return content;
}

// --- a single file

std::string compvis_name(const OpenPart& part, const std::string& name, const UNetKeyMap& unet, const VaeKeyMap& vae) {
  switch (part.part) {
    case Part::unet:
      return format("{}{}", compvis_unet_prefix, unet.to_compvis(name).value());
    case Part::vae:
      return format("{}{}", compvis_vae_prefix, vae.to_compvis(name).value());
    case Part::text_encoder:
      return format("{}{}", compvis_text_prefix, name);
  }
  return name;
}

void add_compvis_part(Output& output, const OpenPart& part, const ConvertOptions& options) {
  std::vector<std::string> names;
  for (size_t i = 0; i < part.weights.size(); ++i) {
    names.push_back(part.weights.info(i).name);
  }
  const UNetKeyMap unet = UNetKeyMap::of_diffusers(names);
  const VaeKeyMap vae = VaeKeyMap::of_diffusers(names);
  for (size_t i = 0; i < part.weights.size(); ++i) {
    const TensorInfo& info = part.weights.info(i);
    const torch::ScalarType dtype = output_dtype(info, options);
    std::string name = compvis_name(part, info.name, unet, vae);
    std::vector<int64_t> shape = part.part == Part::vae ? VaeKeyMap::compvis_shape(name, info.shape) : info.shape;
    output.add({std::move(name), dtype, shape},
               [&part, i, dtype, shape] { return part.weights.tensor(i, dtype, torch::kCPU).view(shape); });
  }
}

void add_position_ids(Output& output, const Json& text_config) {
  const auto length = text_config.at("max_position_embeddings").get<int64_t>();
  output.add({format("{}{}", compvis_text_prefix, position_ids_name), torch::kInt64, {1, length}},
             [length] { return torch::arange(length, torch::kInt64).unsqueeze(0); });
}

void add_markers(Output& output, const Json& scheduler) {
  const auto empty = [] { return torch::empty({0}); };
  if (scheduler.value("prediction_type", "epsilon") == "v_prediction") {
    output.add({"v_pred", torch::kFloat32, {0}}, empty);
  }
  if (scheduler.value("rescale_betas_zero_snr", false)) {
    output.add({"ztsnr", torch::kFloat32, {0}}, empty);
  }
}

void write_single_file(const fs::path& out, const std::vector<OpenPart>& parts, const Json& scheduler, const ConvertOptions& options,
                       Counter& counter) {
  Output output;
  Json written = Json::object();
  for (const OpenPart& part : parts) {
    add_compvis_part(output, part, options);
    written[std::string(part_name(part.part))] = part.config;
    if (part.part == Part::text_encoder) {
      add_position_ids(output, part.config);
    }
  }
  add_markers(output, scheduler);
  written["scheduler"] = scheduler;
  const std::vector<size_t> order = wide_first(output.infos);
  std::vector<TensorInfo> infos;
  infos.reserve(order.size());
  for (const size_t i : order) {
    infos.push_back(output.infos[i]);
  }
  write_safetensors(out, infos,
                    [&](size_t at) {
                      torch::Tensor tensor = output.make[order[at]]();
                      counter.add(tensor);
                      return tensor;
                    },
                    {{model_metadata_key, written.dump()}});
}

// --- a source-run file

struct SourceRunSets {
  std::optional<MatchedWeights> live;
  std::optional<MatchedWeights> ema;
};

// Both sets of a source that has them; else the one there is, as live weights.
SourceRunSets both_sets(const fs::path& source, const OpenPart& chosen, const std::string& weights_used) {
  SourceRunSets sets;
  if (weights_used == "model") {
    sets.live = chosen.weights;
    return sets;
  }
  const ParameterLayout layout = make_unet(unet_config_from_json(chosen.config, source.string()))->layout();
  for (const WeightsChoice choice : {WeightsChoice::live, WeightsChoice::ema}) {
    const ModelPaths paths = resolve_model(source, choice);
    (paths.weights_used == "ema" ? sets.ema : sets.live) = match_part(layout, paths.require_unet(), Part::unet);
  }
  return sets;
}

// What a source-run file says of its training besides weights.
struct RunFacts {
  int64_t epoch = 0;
  int64_t step = 0;
  int64_t ema_steps = 0;
  double ema_decay = 0.9999;
};

RunFacts facts_of(const fs::path& source) {
  RunFacts facts;
  if (fs::is_directory(source)) {
    if (fs::is_regular_file(source / "meta.json")) {
      const Json meta = read_json_file(source / "meta.json");
      facts.epoch = meta.value("epoch", facts.epoch);
      facts.step = meta.value("step", facts.step);
      facts.ema_steps = facts.step;
    }
    return facts;
  }
  const WeightFiles files(source);
  if (const TorchArchive* archive = files.archive()) {
    facts.epoch = archive->integer({"epoch"}).value_or(0);
    facts.step = archive->integer({"global_step"}).value_or(0);
    facts.ema_steps = archive->integer({"ema_state_dict", "step_count"}).value_or(0);
    facts.ema_decay = archive->real({"ema_state_dict", "decay"}).value_or(facts.ema_decay);
  }
  return facts;
}

ArchiveTree::Id add_weights(ArchiveTree& tree, std::vector<std::function<torch::Tensor()>>& make, const MatchedWeights& weights,
                            const ConvertOptions& options) {
  const ArchiveTree::Id dict = tree.dict();
  for (size_t i = 0; i < weights.size(); ++i) {
    const TensorInfo& info = weights.info(i);
    const torch::ScalarType dtype = output_dtype(info, options);
    tree.set_item(dict, info.name, tree.tensor(dtype, info.shape));
    make.emplace_back([&weights, i, dtype] { return weights.tensor(i, dtype, torch::kCPU); });
  }
  return dict;
}

void write_source_run(const fs::path& out, const SourceRunSets& sets, const RunFacts& facts, const ConvertOptions& options,
                      Counter& counter) {
  ArchiveTree tree;
  std::vector<std::function<torch::Tensor()>> make;
  const ArchiveTree::Id root = tree.dict();
  tree.set_root(root);
  tree.set_item(root, "epoch", tree.integer(facts.epoch));
  tree.set_item(root, "global_step", tree.integer(facts.step));
  const MatchedWeights& live = sets.live ? *sets.live : *sets.ema;
  tree.set_item(root, "unet_state_dict", add_weights(tree, make, live, options));
  if (sets.ema) {
    const ArchiveTree::Id average = tree.dict();
    tree.set_item(average, "shadow", add_weights(tree, make, *sets.ema, options));
    tree.set_item(average, "step_count", tree.integer(facts.ema_steps));
    tree.set_item(average, "decay", tree.real(facts.ema_decay));
    tree.set_item(root, "ema_state_dict", average);
  }
  write_torch_archive(out, tree, [&](size_t i) {
    torch::Tensor tensor = make.at(i)();
    counter.add(tensor);
    return tensor;
  });
}

// --- what goes where

std::vector<OpenPart> open_parts(const ModelPaths& paths, const ConvertOptions& options, ConvertSummary& summary) {
  std::vector<OpenPart> parts;
  for (const Part part : all_parts) {
    const std::optional<PartSource>& source = paths.source(part);
    if (options.to == ModelForm::source_run && part != Part::unet) {
      if (source) {
        summary.notes.push_back(format("a source-run file has no place for the {}; it was left out", part_name(part)));
      }
      continue;
    }
    if (!source) {
      summary.notes.push_back(format("{} has no {}; the result has none either", paths.model.string(), part_name(part)));
      continue;
    }
    parts.push_back(open_part(part, *source));
    summary.parts.push_back(part);
  }
  return parts;
}

bool is_scratch(const OpenPart& part) { return part.part == Part::unet && part.config.at("_class_name") == "DarkroomScratchUNet"; }

void require_parts(const ModelPaths& paths, const ConvertOptions& options, const std::vector<OpenPart>& parts) {
  if (options.to != ModelForm::diffusers) {
    paths.require_unet();
  }
  if (options.to == ModelForm::single_file) {
    paths.require_vae();
    paths.require_text_encoder();
    if (std::any_of(parts.begin(), parts.end(), is_scratch)) {
      fail(ErrorCode::bad_input,
           "{}: its UNet has the layout \"scratch\", for which the names of single files do not exist; write a diffusers folder or a "
           "source-run file",
           paths.model.string());
    }
  }
}

void require_suffix(const fs::path& out, const ConvertOptions& options) {
  if (options.to == ModelForm::single_file && out.extension() != ".safetensors") {
    fail(ErrorCode::usage, "{}: a single file must be called *.safetensors; other programs go by the name", out.string());
  }
  if (options.to == ModelForm::source_run && out.extension() != ".pt") {
    fail(ErrorCode::usage, "{}: a source-run file must be called *.pt", out.string());
  }
}

uint64_t total_bytes(const std::vector<OpenPart>& parts, const ConvertOptions& options, const SourceRunSets& sets) {
  uint64_t bytes = 0;
  for (const OpenPart& part : parts) {
    bytes += output_bytes(part, options);
  }
  return sets.live && sets.ema ? 2 * bytes : bytes;
}

}  // namespace

ModelForm model_form_from_name(std::string_view name) {
  if (name == "diffusers") {
    return ModelForm::diffusers;
  }
  if (name == "single-file") {
    return ModelForm::single_file;
  }
  if (name == "source-run") {
    return ModelForm::source_run;
  }
  throw std::invalid_argument(format("[model_form_from_name] expected diffusers, single-file or source-run, got {}", name));
}

ModelForm model_form_of_path(const fs::path& path) {
  return path.extension() == ".safetensors" ? ModelForm::single_file
         : path.extension() == ".pt"        ? ModelForm::source_run
                                            : ModelForm::diffusers;
}

ConvertSummary convert_model(const fs::path& source, const fs::path& out, const ConvertOptions& options, const ProgressSink& sink,
                             const CancelToken& cancel) {
  require_suffix(out, options);
  require_free(out, options.existing);
  if (options.to != ModelForm::diffusers && fs::is_directory(out)) {
    fail(ErrorCode::busy, "{}: is a folder; a file cannot take its place", out.string());
  }
  const ModelPaths paths = resolve_model(source, options.weights, options.parts);
  ConvertSummary summary;
  summary.weights_used = paths.weights_used;
  const std::vector<OpenPart> parts = open_parts(paths, options, summary);
  require_parts(paths, options, parts);
  SourceRunSets sets;
  if (options.to == ModelForm::source_run) {
    sets = both_sets(paths.model, parts.front(), paths.weights_used);
    summary.weights_used = sets.live && sets.ema ? "live and ema" : paths.weights_used;
  }
  Counter counter(summary, total_bytes(parts, options, sets), sink, cancel);
  if (!out.parent_path().empty()) {
    fs::create_directories(out.parent_path());
  }
  switch (options.to) {
    case ModelForm::diffusers: {
      std::vector<PartContent> contents;
      contents.reserve(parts.size());
      for (const OpenPart& part : parts) {
        contents.push_back(converted_content(part, options, counter));
      }
      write_model_folder(out, contents, paths.scheduler, options.existing);
      break;
    }
    case ModelForm::single_file:
      write_single_file(out, parts, paths.scheduler, options, counter);
      break;
    case ModelForm::source_run:
      write_source_run(out, sets, facts_of(paths.model), options, counter);
      break;
  }
  counter.finish();
  return summary;
}

}  // namespace darkroom
