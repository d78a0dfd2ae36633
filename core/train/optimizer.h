// SPDX-License-Identifier: Apache-2.0
// The rules that change the weights of an arena, behind one interface.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/plan/training_plan.h"
#include "core/tensor/parameter_arena.h"

namespace darkroom {

/// An optimiser's state by the names that checkpoints use: "<part>.<slot's name>".
using OptimizerState = std::map<std::string, torch::Tensor>;

/// What one step is told besides the plan.
struct OptimizerStep {
  double lr = 0;
  int64_t update = 1;              ///< 1 for the first update of the state; for bias corrections
  std::vector<double> ema_decays;  ///< one for each average of the arena
};

/// One rule over one arena: clips, updates the master, lets the averages follow, refreshes the working copy and clears the gradient,
/// without waiting for the host. Not thread-safe.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// gradient_norm  float64 [] on the arena's device; where it is not finite nothing changes but the gradient, which is cleared
  virtual void step(const OptimizerStep& step, const torch::Tensor& gradient_norm) = 0;

  /// Views of the state, in the order of the slots; they follow later steps. What a checkpoint keeps.
  virtual std::vector<NamedTensor> state() const = 0;
  /// The parts that state() has, without the slots' names.
  virtual std::vector<std::string> parts() const = 0;
  /// As in the first step of a run.
  virtual void reset() = 0;
  /// Takes over a state that state() of the same rule gave, for an arena of any memory format.
  /// where   the file, for messages
  /// throws  Error{bad_input} naming a tensor that is missing or does not fit
  virtual void load(const OptimizerState& state, const std::string& where) = 0;

  /// state() by name.
  OptimizerState named_state() const;
};

/// The rule of a plan: "adamw", "adamw8bit" or "adafactor".
/// arena   with Moments as moments_of says; must outlive the optimiser
/// throws  std::invalid_argument for another name
std::unique_ptr<Optimizer> make_optimizer(const OptimizerPlan& plan, double clip_norm, ParameterArena& arena);

/// What the arena must hold for a rule.
Moments moments_of(const OptimizerPlan& plan);

/// Memory that a rule's state takes, in bytes, the arena's moments included.
int64_t optimizer_state_bytes(const OptimizerPlan& plan, const ParameterLayout& layout);

}  // namespace darkroom
