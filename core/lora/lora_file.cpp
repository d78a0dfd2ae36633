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

const char* role_name(LoraRole role) {
  switch (role) {
    case LoraRole::down:
      return "down";
    case LoraRole::up:
      return "up";
    case LoraRole::mid:
      return "mid";
    case LoraRole::alpha:
      return "alpha";
  }
  return "";
}

std::string shape_text(const TensorInfo& info) { return format("[{}]", fmt::join(info.shape, ",")); }

bool is_pointwise(const TensorInfo& info) {
  return info.shape.size() == 2 || (info.shape.size() == 4 && info.shape[2] == 1 && info.shape[3] == 1);
}

// What keeps the shapes of a layer from being multiplied; absent when nothing does.
std::optional<std::string> shape_problem(const TensorInfo& down, const TensorInfo& up, const TensorInfo* mid) {
  for (const TensorInfo* info : {&down, &up, mid}) {
    if (info != nullptr && info->shape.size() != 2 && info->shape.size() != 4) {
      return format("{} is {}, expected two or four extents", info->name, shape_text(*info));
    }
    if (info != nullptr && !c10::isFloatingType(info->dtype)) {
      return format("{} is {}, expected a floating-point type", info->name, safetensors_dtype_name(info->dtype));
    }
  }
  const int64_t rank = down.shape[0];
  if (rank == 0 || up.shape[1] == 0) {
    return format("{} is {}: a rank of 0", down.name, shape_text(down));
  }
  if (!is_pointwise(up)) {
    return format("{} is {}, expected [out,rank] or [out,rank,1,1]", up.name, shape_text(up));
  }
  if (mid == nullptr) {
    return up.shape[1] == rank ? std::nullopt : std::optional(format("down is {}, but up is {}", shape_text(down), shape_text(up)));
  }
  if (!is_pointwise(down) || mid->shape.size() != 4 || mid->shape[0] != up.shape[1] || mid->shape[1] != rank) {
    return format("down is {} and up {}, but mid is {}", shape_text(down), shape_text(up), shape_text(*mid));
  }
  return std::nullopt;
}

std::vector<Found> gather(const WeightFiles& file, std::vector<std::string>& unknown, ProblemList& problems) {
  std::vector<Found> layers;
  std::map<std::pair<LoraPart, std::string>, size_t> index;
  for (const TensorInfo& info : file.tensors()) {
    if (const std::optional<std::string_view> kind = unsupported_adapter(info.name)) {
      fail(ErrorCode::bad_input, "{}: is {} (\"{}\"); plain, convolution and Tucker LoRA can be merged", file.path().string(), *kind,
           info.name);
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
      problems.add(format("{} and {} are both {} of {}", layer.names[key->role], info.name, role_name(key->role), layer.layer));
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
                           : format("{} is {} {}, expected one number", name, safetensors_dtype_name(info.dtype), shape_text(info)));
    return 1;
  }
  return alpha;
}

}  // namespace

LoraFile::LoraFile(const fs::path& path) : file_(path), card_(read_lora_card(file_.metadata())) {
  ProblemList problems;
  const std::vector<Found> layers = gather(file_, unknown_, problems);
  if (layers.empty()) {
    fail(ErrorCode::bad_input, "{}: none of its {} tensors is named as in a LoRA{}", path.string(), file_.tensors().size(),
         unknown_.empty() ? "" : format("; the first is \"{}\"", unknown_.front()));
  }
  const std::map<LoraPart, LoraSettings> settings = read_lora_settings(file_.metadata(), path.string());
  std::optional<LoraSettings> beside;
  for (const Found& layer : layers) {
    const auto named = [&](LoraRole role) {
      const auto found = layer.names.find(role);
      return found == layer.names.end() ? std::string() : found->second;
    };
    LoraModule module{layer.part, layer.layer, named(LoraRole::down), named(LoraRole::up), std::nullopt, 0, 1};
    if (module.down.empty() || module.up.empty()) {
      problems.add(
          format("{}: has {}, but no {}", layer.layer, role_name(layer.names.begin()->first), module.down.empty() ? "down" : "up"));
      continue;
    }
    if (const std::string mid = named(LoraRole::mid); !mid.empty()) {
      module.mid = mid;
    }
    if (const auto problem =
            shape_problem(file_.info(module.down), file_.info(module.up), module.mid ? &file_.info(*module.mid) : nullptr)) {
      problems.add(format("{}: {}", layer.layer, *problem));
      continue;
    }
    module.rank = file_.info(module.down).shape[0];
    if (const std::string alpha = named(LoraRole::alpha); !alpha.empty()) {
      module.strength = alpha_of(file_, alpha, problems) / static_cast<double>(module.rank);
    } else if (const auto found = settings.find(layer.part); found != settings.end()) {
      module.strength = found->second.strength(layer.layer, module.rank);
    } else if (layer.bare_peft) {
      if (!beside) {
        beside = adapter_config(path);
      }
      module.strength = beside->strength(layer.layer, module.rank);
    }
    modules_.push_back(std::move(module));
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
