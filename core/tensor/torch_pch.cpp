// SPDX-License-Identifier: Apache-2.0
// Compiles the precompiled header; holds nothing else.
#include "core/tensor/torch_pch.h"
