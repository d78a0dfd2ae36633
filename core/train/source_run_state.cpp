// SPDX-License-Identifier: Apache-2.0
// The source run's loader went on with a warning where its optimiser could not be read. Here it is all or nothing.
#include "core/train/source_run_state.h"

#include <algorithm>
#include <map>

#include "core/base/format.h"
#include "core/checkpoint/torch_archive.h"
#include "core/checkpoint/weights_io.h"
#include "core/model/model_file.h"
#include "core/train/training_model.h"

namespace darkroom {
namespace {

constexpr const char* optimizer_key = "optimizer_state_dict";
const std::string state_prefix = "optimizer_state_dict.state.";

Weights weights_of(const ParameterLayout& layout, const ModelFile& file, WeightsChoice choice) {
  return load_weights(MatchedWeights(layout, file.shared_files(), file.tensors(Part::unet, choice)), torch::kFloat32, torch::kCPU);
}

// The slots' names in the order in which the file has their live weights.
std::vector<std::string> names_in_file_order(const ModelFile& file, const TorchArchive& archive) {
  std::map<std::string, std::string> name_of;
  for (const RenamedTensor& tensor : file.tensors(Part::unet, WeightsChoice::live)) {
    name_of[tensor.file_name] = tensor.name;
  }
  std::vector<std::string> names;
  for (const TensorInfo& info : archive.tensors()) {
    if (const auto found = name_of.find(info.name); found != name_of.end()) {
      names.push_back(found->second);
    }
  }
  return names;
}

void require_one_group(const TorchArchive& archive, size_t parameters) {
  const std::optional<ArchiveValue> groups = archive.root().find({optimizer_key, "param_groups"});
  if (!groups || groups->size() != 1) {
    fail(ErrorCode::bad_input, "{}: {}.param_groups: expected one group, got {}: which moment belongs to which weight cannot be told",
         archive.path().string(), optimizer_key, groups ? groups->size() : 0);
  }
  const std::optional<ArchiveValue> members = (*groups)[0].find("params");
  const size_t count = members ? members->size() : 0;
  if (count != parameters) {
    fail(ErrorCode::bad_input, "{}: {}.param_groups.0.params: the optimiser has {} parameters, the weights {}", archive.path().string(),
         optimizer_key, count, parameters);
  }
}

// A count that newer versions of torch keep as a tensor, older ones as a number.
int64_t step_of(const TorchArchive& archive, size_t index) {
  const std::string name = format("{}{}.step", state_prefix, index);
  if (archive.contains(name)) {
    return archive.tensor(name).to(torch::kInt64).item<int64_t>();
  }
  const std::string number = std::to_string(index);
  return archive.integer({optimizer_key, "state", number, "step"}).value_or(-1);
}

torch::Tensor moment_of(const TorchArchive& archive, size_t index, const char* part, const ParameterSlot& slot) {
  const std::string name = format("{}{}.{}", state_prefix, index, part);
  if (!archive.contains(name)) {
    fail(ErrorCode::bad_input,
         "{}: {} is missing: parameter {} ({}) would go on without its moment. To start with the weights alone, say "
         "\"state\": \"weights\" beside \"from\" in /model/init.",
         archive.path().string(), name, index, slot.name);
  }
  torch::Tensor moment = archive.tensor(name).to(torch::kFloat32);
  if (moment.sizes() != at::IntArrayRef(slot.shape)) {
    fail(ErrorCode::bad_input, "{}: {} is [{}], but the {}th parameter is {} [{}]", archive.path().string(), name,
         fmt::join(moment.sizes(), ","), index, slot.name, fmt::join(slot.shape, ","));
  }
  return moment;
}

}  // namespace

bool is_source_run_checkpoint(const std::filesystem::path& path) {
  return std::filesystem::is_regular_file(path) && TorchArchive::is_archive(path) &&
         TorchArchive(path).root().find(optimizer_key).has_value();
}

int64_t load_source_run_checkpoint(ParameterArena& arena, Optimizer& optimizer, const std::filesystem::path& path) {
  const ModelFile file(path);
  const TorchArchive& archive = *file.files().archive();
  if (!file.has_ema() || !file.has_live()) {
    fail(ErrorCode::bad_input,
         "{}: {} is missing: a run that goes on needs both. To start with the weights alone, say \"state\": \"weights\" "
         "beside \"from\" in /model/init.",
         path.string(), file.has_live() ? "the EMA (ema_state_dict.shadow)" : "the live weights (unet_state_dict)");
  }
  std::vector<std::string> parts = optimizer.parts();
  std::sort(parts.begin(), parts.end());
  if (parts != std::vector<std::string>{"exp_avg", "exp_avg_sq"}) {
    fail(ErrorCode::bad_input,
         "{}: holds AdamW's moments; with another /optimizer/name say \"state\": \"weights\" beside \"from\" in "
         "/model/init",
         path.string());
  }
  const std::vector<std::string> names = names_in_file_order(file, archive);
  require_one_group(archive, names.size());
  OptimizerState state;
  int64_t updates = -1;
  for (size_t i = 0; i < names.size(); ++i) {
    const ParameterSlot& slot = arena.layout().slot(arena.layout().index_of(names[i]));
    state["exp_avg." + slot.name] = moment_of(archive, i, "exp_avg", slot);
    state["exp_avg_sq." + slot.name] = moment_of(archive, i, "exp_avg_sq", slot);
    const int64_t step = step_of(archive, i);
    if (step < 1 || (updates >= 0 && step != updates)) {
      fail(ErrorCode::bad_input, "{}: {}{}.step is {}, expected a count of updates that all parameters share{}", path.string(),
           state_prefix, i, step, updates >= 0 ? format(", {}", updates) : std::string());
    }
    updates = step;
  }
  load_arena(arena, weights_of(arena.layout(), file, WeightsChoice::live), {weights_of(arena.layout(), file, WeightsChoice::ema)});
  optimizer.load(state, path.string());
  return updates;
}

}  // namespace darkroom
