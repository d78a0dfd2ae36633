// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/base/format.h"

namespace darkroom {
namespace {

spdlog::level::level_enum level_from_environment() {
  const char* wanted = std::getenv("DARKROOM_LOG");
  return wanted == nullptr ? spdlog::level::info : spdlog::level::from_str(wanted);
}

std::shared_ptr<spdlog::logger>& instance() {
  static std::shared_ptr<spdlog::logger> logger = [] {
    auto plain = std::make_shared<spdlog::logger>("darkroom", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    plain->set_level(level_from_environment());
    return plain;
  }();
  return logger;
}

}  // namespace

void init_log(const LogIdentity& identity, const std::optional<std::filesystem::path>& file) {
  std::vector<spdlog::sink_ptr> sinks{std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  if (file) {
    sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file->string()));
  }
  std::string name = identity.role;
  if (identity.rank) {
    name += format(" rank {}", *identity.rank);
  }
  if (!identity.run_id.empty()) {
    name += format(" run {}", identity.run_id);
  }
  auto logger = std::make_shared<spdlog::logger>(name, sinks.begin(), sinks.end());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %L [%n] %v");
  logger->set_level(level_from_environment());
  logger->flush_on(spdlog::level::info);
  instance() = std::move(logger);
}

void Log::write(LogLevel level, std::string_view text) {
  static constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                         spdlog::level::err};
  instance()->log(levels[static_cast<size_t>(level)], spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace darkroom
