// SPDX-License-Identifier: Apache-2.0
// All that is wrong with a file is said at once: who made it can then see the pattern.
#include "core/lora/lora_file.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/base/format.h"
#include "core/lora/lora_settings.h"
#include "core/lora/problem_list.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// The tensors of one layer as they are gathered from the header.
struct Found {
  LoraPart part = LoraPart::unet;
  std::string layer;
  bool bare_peft = false;
  std::map<LoraRole, std::string> names;
};

std::vector<Found> gather(const WeightFiles& file, std::vector<std::string>& unknown, ProblemList& problems) {
  std::vector<Found> layers;
  std::map<std::pair<LoraPart, std::string>, size_t> index;
  for (const TensorInfo& info : file.tensors()) {
    if (const std::optional<std::string_view> kind = unsupported_adapter(info.name)) {
      fail(ErrorCode::bad_input, "{}: is {} (\"{}\"); LoRA, LoHa, LoKr and differences of weights can be merged", file.path().string(),
           *kind, info.name);
    }
    std::optional<LoraKey> key = parse_lora_key(info.name);
    if (!key) {
      unknown.push_back(info.name);
      continue;
    }
    const auto [entry, is_new] = index.try_emplace({key->part, key->layer}, layers.size());
    if (is_new) {
      layers.push_back({key->part, std::move(key->layer), key->bare_peft, {}});
    }
    Found& layer = layers[entry->second];
    if (!layer.names.try_emplace(key->role, info.name).second) {
      problems.add(format("{} and {} are both {} of {}", layer.names[key->role], info.name, lora_role_name(key->role), layer.layer));
    }
  }
  return layers;
}

// PEFT keeps the alpha of its own files beside them.
LoraSettings adapter_config(const fs::path& file) {
  const fs::path config = file.parent_path() / "adapter_config.json";
  if (!fs::is_regular_file(config)) {
    fail(ErrorCode::not_found, "{}: is a PEFT adapter, whose lora_alpha stands in {}; that file is not there", file.string(),
         config.string());
  }
  return LoraSettings(read_json_file(config), config.string());
}

double alpha_of(const WeightFiles& file, const std::string& name, ProblemList& problems) {
  const TensorInfo& info = file.info(name);
  const bool is_number = info.numel() == 1 && (c10::isFloatingType(info.dtype) || c10::isIntegralType(info.dtype, /*includeBool=*/false));
  const double alpha = is_number ? file.tensor(name).to(torch::kDouble).item<double>() : std::nan("");
  if (!std::isfinite(alpha) || alpha == 0) {
    problems.add(is_number ? format("{} is {}, expected a number other than 0", name, alpha)
                           : format("{} is {} {}, expected one number", name, safetensors_dtype_name(info.dtype), shape_text(info.shape)));
    return 1;
  }
  return alpha;
}

// What the file does to a layer's weight and to its bias, not settled yet.
std::vector<LoraModule> modules_of(const Found& layer) {
  std::vector<LoraModule> modules;
  LoraModule weight{.part = layer.part, .layer = layer.layer, .tensors = layer.names, .shape = {}};
  if (const auto bias = weight.tensors.extract(LoraRole::diff_b)) {
    modules.push_back(
        {.part = layer.part, .layer = layer.layer, .field = LoraField::bias, .tensors = {{LoraRole::diff_b, bias.mapped()}}, .shape = {}});
  }
  if (!weight.tensors.empty()) {
    modules.insert(modules.begin(), std::move(weight));
  }
  return modules;
}

// What multiplies the changes of a file: alphas from its tensors, from its header, or from PEFT's file beside it.
class Strengths {
 public:
  explicit Strengths(const WeightFiles& file) : file_(file), header_(read_lora_settings(file.metadata(), file.path().string())) {}

  double of(const LoraModule& module, bool bare_peft, ProblemList& problems) {
    if (module.rank == 0) {
      return 1;  // LoKr of two whole factors has an alpha, which its trainer does not use either
    }
    if (module.has(LoraRole::alpha)) {
      return alpha_of(file_, module.name(LoraRole::alpha), problems) / static_cast<double>(module.rank);
    }
    if (const auto found = header_.find(module.part); found != header_.end()) {
      return found->second.strength(module.layer, module.rank);
    }
    if (bare_peft && !beside_) {
      beside_ = adapter_config(file_.path());
    }
    return bare_peft ? beside_->strength(module.layer, module.rank) : 1;
  }

 private:
  const WeightFiles& file_;
  std::map<LoraPart, LoraSettings> header_;
  std::optional<LoraSettings> beside_;
};

}  // namespace

LoraFile::LoraFile(const fs::path& path) : file_(path), card_(read_lora_card(file_.metadata())) {
  ProblemList problems;
  const std::vector<Found> layers = gather(file_, unknown_, problems);
  if (layers.empty()) {
    fail(ErrorCode::bad_input, "{}: none of its {} tensors is named as in a LoRA{}", path.string(), file_.tensors().size(),
         unknown_.empty() ? "" : format("; the first is \"{}\"", unknown_.front()));
  }
  Strengths strengths(file_);
  for (const Found& layer : layers) {
    for (LoraModule& module : modules_of(layer)) {
      if (const std::optional<std::string> problem = settle_lora_module(module, file_)) {
        problems.add(format("{}: {}", layer.layer, *problem));
        continue;
      }
      if (layer.bare_peft && module.kind != LoraKind::low_rank) {
        problems.add(format("{}: PEFT's LoHa and LoKr are scaled by rules of their own; LyCORIS' can be merged", layer.layer));
        continue;
      }
      module.strength = strengths.of(module, layer.bare_peft, problems);
      modules_.push_back(std::move(module));
    }
  }
  problems.throw_if_any(path.string() + ": is no LoRA that can be merged");
}

int64_t LoraFile::count(LoraPart part) const {
  return std::count_if(modules_.begin(), modules_.end(), [part](const LoraModule& module) { return module.part == part; });
}

int64_t LoraFile::rank() const {
  return std::max_element(modules_.begin(), modules_.end(), [](const LoraModule& a, const LoraModule& b) { return a.rank < b.rank; })->rank;
}

}  // namespace darkroom
