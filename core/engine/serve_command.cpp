// SPDX-License-Identifier: Apache-2.0
#include "core/base/format.h"
#include "core/base/heap.h"
#include "core/base/log.h"
#include "core/engine/commands.h"
#include "core/engine/link_server.h"
#include "core/protocol/local_socket.h"

namespace darkroom {
namespace {

struct ServeArguments {
  bool stdio = false;
  std::string socket;
};

constexpr int accept_poll_ms = 200;

void serve(const ServeArguments& options, const CommandContext& context) {
  if (options.stdio) {
    const std::unique_ptr<Channel> channel = stdio_channel();
    serve_link(*channel, context.cancel);
    return;
  }
  LocalListener listener(local_socket_path(options.socket));
  log().info("Listening on {}", listener.path().string());
  while (!context.cancel.cancelled()) {
    if (const std::unique_ptr<Channel> channel = listener.accept(accept_poll_ms)) {
      try {
        serve_link(*channel, context.cancel);
      } catch (const Error& error) {
        log().warn("The link was closed: {}", error.what());  // the next studio is welcome all the same
      }
    }
  }
}

}  // namespace

void add_serve_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand("serve", "Serve a studio: its protocol on stdio or on a local socket");
  auto* stdio =
      command->add_flag("--stdio", options->stdio, "On standard input and output; ends with them (ssh HOST darkroom-engine serve --stdio)");
  command->add_option("--socket", options->socket, "On a socket of this name, which only this user can open")->excludes(stdio);
  command->callback([&context, options] {
    if (!options->stdio && options->socket.empty()) {
      fail(ErrorCode::usage, "serve needs --stdio or --socket NAME.");
    }
    context.action = [&context, options] {
      keep_freed_memory();
      serve(*options, context);
    };
  });
}

}  // namespace darkroom
