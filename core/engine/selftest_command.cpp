// SPDX-License-Identifier: Apache-2.0
#include <ATen/Context.h>

#include "core/base/format.h"
#include "core/engine/commands.h"
#include "core/engine/device_list.h"
#include "core/engine/self_test_cases.h"

namespace darkroom {
namespace {

void self_test(const std::string& device_name, CommandContext& context) {
  const torch::Device device = resolve_device(device_name);
  at::globalContext().setAllowTF32CuDNN(false);  // float32 is held to float32
  at::globalContext().setAllowTF32CuBLAS(false);
  int64_t passed = 0;
  int64_t failed = 0;
  for (const SelfTestCase& group : self_test_cases()) {
    context.cancel.check();
    double worst = 0;  // of the group's comparisons that are good, as a share of their limits
    int64_t count = 0;
    group.run(device, [&](const SelfTestFigure& figure) {
      ++(figure.good() ? passed : failed);
      ++count;
      context.output.event("selftest", {{"case", figure.name}, {"error", figure.error}, {"limit", figure.limit}, {"good", figure.good()}});
      if (figure.good()) {
        worst = std::max(worst, figure.limit > 0 ? figure.error / figure.limit : 0);
      } else {
        context.output.say(format("FAIL  {}: relative error {:.2e}, allowed {:.0e}", figure.name, figure.error, figure.limit));
      }
    });
    context.output.say(format("{:<12} {:>3} comparisons, the worst good one at {:.0f} % of its limit", group.name, count, worst * 100));
  }
  if (failed > 0) {
    fail(ErrorCode::failed, "{} of {} comparisons on {} are off: pictures and training on this device cannot be trusted.", failed,
         passed + failed, device.str());
  }
  context.output.done({{"passed", passed}, {"failed", failed}, {"device", device.str()}},
                      format("{}: {} comparisons, all within rounding.", device.str(), passed));
}

}  // namespace

void add_selftest_command(CLI::App& app, CommandContext& context) {
  auto device = std::make_shared<std::string>("auto");
  CLI::App* command = add_command(app, context, "selftest", "Whether kernels and networks compute rightly on a device");
  command->add_option("--device", *device, "auto, cpu, cuda:0, …");
  command->callback([&context, device] { context.action = [&context, device] { self_test(*device, context); }; });
}

}  // namespace darkroom
