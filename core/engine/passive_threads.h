// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace darkroom {

/// Makes the OpenMP threads of this process sleep while they wait for each other, instead of spinning. Call first in main.
///
/// A spinning thread holds the core that its partner needs as soon as anything else runs on the machine: a picture beside a training run
/// on two cores took 30 s an image with spinning threads and 0.5 s with sleeping ones. OMP_WAIT_POLICY or GOMP_SPINCOUNT, when set, win.
void wait_passively(char** argv);

}  // namespace darkroom
