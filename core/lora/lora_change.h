// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "core/lora/lora_file.h"

namespace darkroom {

/// Adds a module's change to a parameter: sum += scale · strength · change, or as lora_module.h says where the module has a dora_scale.
///
/// sum     float32, of a shape that the module fits (lora_module.h), dense, contiguous or channels_last, on any device; changed in place
/// scale   finite; with a dora_scale it moves sum that share of the way to the weight of the wanted lengths
/// throws  Error{bad_input} naming the file and the tensor that holds a NaN or an infinity
/// cost    beside sum's own memory that of one product of matrices as large (LoHa: two, LoRA: none)
void add_change(torch::Tensor& sum, const LoraFile& file, const LoraModule& module, double scale);

}  // namespace darkroom
