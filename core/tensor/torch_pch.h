// SPDX-License-Identifier: Apache-2.0
// The one precompiled header of all torch targets. Measure before adding a header to it.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/format.h"
#include "core/base/json.h"
