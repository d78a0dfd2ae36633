// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"
#include "core/engine/commands.h"
#include "core/engine/device_list.h"

namespace darkroom {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

void show_devices(CommandContext& context) {
  Json devices = Json::array();
  for (const DeviceInfo& device : list_devices()) {
    devices.push_back({{"id", device.id},
                       {"name", device.name},
                       {"memory_bytes", device.memory_total_bytes},
                       {"cores", device.cores},
                       {"detail", device.detail}});
    context.output.say(format("{:<8} {}  {:.1f} GiB{}  {}", device.id, device.name, static_cast<double>(device.memory_total_bytes) / gib,
                              device.cores > 0 ? format("  {} cores", device.cores) : "", device.detail));
  }
  context.output.done({{"devices", devices}, {"auto", resolve_device("auto").str()}});
}

}  // namespace

void add_devices_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = add_command(app, context, "devices", "What there is to compute on");
  command->callback([&context] { context.action = [&context] { show_devices(context); }; });
}

}  // namespace darkroom
