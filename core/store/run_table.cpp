// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_table.h"

namespace darkroom {
namespace {

RunStatus status_of(const Statement& statement) { return run_status_from_json(parse_json(statement.text(0), "index"), "index"); }

}  // namespace

void RunTable::put(const RunStatus& status) {
  database_
      .prepare(
          "INSERT OR REPLACE INTO run (folder, id, name, state, step, total_steps, created, changed, status_json) VALUES (?, ?, ?, ?, ?, "
          "?, ?, ?, ?)")
      .bind(1, status.folder)
      .bind(2, status.id)
      .bind(3, status.name)
      .bind(4, run_state_name(status.state))
      .bind(5, status.step)
      .bind(6, status.total_steps)
      .bind(7, status.created)
      .bind(8, status.changed)
      .bind(9, to_json(status).dump(-1, ' ', false, Json::error_handler_t::replace))
      .run();
}

std::optional<RunStatus> RunTable::get(const std::string& folder) const {
  Statement statement = database_.prepare("SELECT status_json FROM run WHERE folder = ?");
  statement.bind(1, folder);
  return statement.step() ? std::optional(status_of(statement)) : std::nullopt;
}

std::vector<RunStatus> RunTable::list() const {
  Statement statement = database_.prepare("SELECT status_json FROM run ORDER BY created DESC, folder");
  std::vector<RunStatus> statuses;
  while (statement.step()) {
    statuses.push_back(status_of(statement));
  }
  return statuses;
}

void RunTable::remove(const std::string& folder) { database_.prepare("DELETE FROM run WHERE folder = ?").bind(1, folder).run(); }

void RunTable::rebuild(const std::vector<RunStatus>& statuses) {
  Transaction transaction(database_);
  database_.execute("DELETE FROM run");
  for (const RunStatus& status : statuses) {
    put(status);
  }
  transaction.commit();
}

}  // namespace darkroom
