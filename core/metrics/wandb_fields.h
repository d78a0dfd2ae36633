// SPDX-License-Identifier: Apache-2.0
// Numbers of the fields of wandb_internal.proto (wandb 0.31) that are written or read here.
#pragma once

#include <protozero/types.hpp>

namespace darkroom::wandb {

namespace record_field {
inline constexpr protozero::pbf_tag_type number = 1, history = 2, summary = 3, files = 6, run = 17, exit = 18, header = 21;
}
namespace run_field {
inline constexpr protozero::pbf_tag_type run_id = 1, project = 3, config = 4, display_name = 8, host = 13, starting_step = 14,
                                         start_time = 17, resumed = 18;
}
namespace item_field {
inline constexpr protozero::pbf_tag_type key = 1, nested_key = 2, value_json = 16;
}

}  // namespace darkroom::wandb
