// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace darkroom::app::fixture {

/// How long a test waits for what the real engine does for the studio. Long: the machine may do other things.
inline constexpr int kPatience_ms = 120'000;

}  // namespace darkroom::app::fixture
