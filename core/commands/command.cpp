// SPDX-License-Identifier: Apache-2.0
#include "core/commands/command.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "core/base/format.h"

namespace darkroom {
namespace {

std::string duration_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 60) {
    return format("{} s", whole);
  }
  return whole < 3600 ? format("{}:{:02} min", whole / 60, whole % 60) : format("{}:{:02} h", whole / 3600, whole % 3600 / 60);
}

std::string progress_text(const Progress& progress) {
  const bool bytes = progress.unit == "bytes";
  std::string text = progress.stage;
  if (progress.total && *progress.total > 0) {
    text += bytes ? format("  {} of {}", bytes_text(progress.done), bytes_text(*progress.total))
                  : format("  {}/{} {}", progress.done, *progress.total, progress.unit);
  } else {
    text += bytes ? format("  {}", bytes_text(progress.done)) : format("  {} {}", progress.done, progress.unit);
  }
  if (progress.units_per_s) {
    text += bytes ? format("  {}/s", bytes_text(static_cast<uint64_t>(std::llround(*progress.units_per_s))))
                  : format("  {:.{}f} {}/s", *progress.units_per_s, *progress.units_per_s < 10 ? 2 : 0, progress.unit);
  }
  if (progress.seconds_left) {
    text += format("  {} left", duration_text(*progress.seconds_left));
  }
  if (!progress.note.empty()) {
    text += "  " + progress.note;
  }
  return text;
}

void print_line(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

std::string json_line(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

void CommandOutput::end_bar() {
  if (bar_shown_) {
    std::fputc('\n', stdout);
    bar_shown_ = false;
  }
}

void CommandOutput::progress(const Progress& progress) {
  if (json_) {
    Json fields{{"event", "progress"}, {"stage", progress.stage}, {"done", progress.done}, {"unit", progress.unit}};
    if (progress.total) {
      fields["total"] = *progress.total;
    }
    if (progress.units_per_s) {
      fields["units_per_s"] = *progress.units_per_s;
    }
    if (progress.seconds_left) {
      fields["seconds_left"] = *progress.seconds_left;
    }
    if (!progress.note.empty()) {
      fields["note"] = progress.note;
    }
    print_line(json_line(fields));
    return;
  }
  const bool finished = progress.total && progress.done >= *progress.total;
  if (isatty(STDOUT_FILENO) != 0) {
    if (progress.stage != last_stage_) {
      end_bar();
    }
    constexpr int width = 28;
    std::string bar;
    if (progress.total && *progress.total > 0) {
      const auto filled = static_cast<int>(static_cast<double>(progress.done) * width / static_cast<double>(*progress.total));
      for (int i = 0; i < width; ++i) {
        bar += i < filled ? "━" : "·";
      }
      bar += "  ";
    }
    std::fputs(("\r\x1b[2K" + bar + progress_text(progress)).c_str(), stdout);
    std::fflush(stdout);
    bar_shown_ = true;
  } else if (progress.stage != last_stage_ || finished || monotonic_seconds() - last_line_s_ >= 5) {
    print_line(progress_text(progress));
    last_line_s_ = monotonic_seconds();
  }
  last_stage_ = progress.stage;
}

void CommandOutput::say(const std::string& text) {
  if (!json_) {
    end_bar();
    print_line(text);
  }
}

void CommandOutput::event(const std::string& name, Json fields) {
  if (json_) {
    Json line{{"event", name}};
    for (auto& [key, value] : fields.items()) {
      line[key] = std::move(value);
    }
    print_line(json_line(line));
  }
}

void CommandOutput::done(Json fields, const std::string& text) {
  end_bar();
  if (json_) {
    event("done", std::move(fields));
  } else if (!text.empty()) {
    print_line(text);
  }
}

void CommandOutput::error(const std::string& code, const std::string& message) {
  end_bar();
  if (json_) {
    print_line(json_line(Json{{"event", "error"}, {"code", code}, {"message", message}}));
  }
  std::fputs(format("darkroom-engine: {}\n", message).c_str(), stderr);
}

CLI::App* add_command(CLI::App& app, CommandContext& context, const std::string& name, const std::string& help) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_flag_callback(
      "--json", [&context] { context.output.set_json(true); }, "One JSON object a line on stdout instead of text");
  return command;
}

}  // namespace darkroom
