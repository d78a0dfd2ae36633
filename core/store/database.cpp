// SPDX-License-Identifier: Apache-2.0
// synchronous=NORMAL: a power cut may lose the last commits but never the file; what was lost is found again from the workspace's files.
#include "core/store/database.h"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>

#include "core/base/format.h"
#include "core/store/migrations.h"

namespace darkroom {

Database::Database(std::filesystem::path path) : path_(std::move(path)) {
  constexpr int busy_timeout_ms = 5000;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  try {
    if (sqlite3_open_v2(path_.string().c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
      fail_here("open");
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    // The file may have come from elsewhere: its schema must not be able to do more than hold data.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
    migrate();
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::fail_here(std::string_view action) const {
  const int code = handle_ != nullptr ? sqlite3_errcode(handle_) & 0xff : SQLITE_NOMEM;
  const ErrorCode kind = code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? ErrorCode::bad_input
                         : code == SQLITE_BUSY || code == SQLITE_LOCKED  ? ErrorCode::busy
                         : code == SQLITE_NOMEM                          ? ErrorCode::out_of_memory
                                                                         : ErrorCode::io;
  const std::string_view hint =
      kind == ErrorCode::bad_input ? " (the index can be removed: it is made anew from the workspace's files)" : "";
  fail(kind, "{}: cannot {}: {}{}", path_.string(), action, handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory", hint);
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail_here("run a statement");
  }
}

int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(handle_); }

int64_t Database::changed_rows() const { return sqlite3_changes(handle_); }

int64_t Database::schema_version() {
  Statement statement = prepare("PRAGMA user_version");
  statement.step();
  return statement.integer(0);
}

void Database::migrate() {
  const auto newest = static_cast<int64_t>(migrations().size());
  if (schema_version() == newest) {
    return;
  }
  Transaction transaction(*this);
  const int64_t version = schema_version();  // again: another process may have been quicker
  if (version > newest) {
    fail(ErrorCode::bad_input, "{}: was written by a newer Darkroom (index version {}, this one knows {})", path_.string(), version,
         newest);
  }
  for (int64_t number = version + 1; number <= newest; ++number) {
    execute(std::string(migrations()[static_cast<size_t>(number - 1)].sql));
    execute(format("PRAGMA user_version = {}", number));
  }
  transaction.commit();
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  if (sqlite3_prepare_v2(database_.handle_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) != SQLITE_OK) {
    database_.fail_here("prepare a statement");
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::bind(int parameter, int64_t value) {
  if (sqlite3_bind_int64(statement_, parameter, value) != SQLITE_OK) {
    database_.fail_here("bind a value");
  }
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  if (sqlite3_bind_double(statement_, parameter, value) != SQLITE_OK) {
    database_.fail_here("bind a value");
  }
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  // A null pointer would be NULL instead of an empty text.
  const char* data = value.data() != nullptr ? value.data() : "";
  if (sqlite3_bind_text64(statement_, parameter, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK) {
    database_.fail_here("bind a value");
  }
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  if (sqlite3_bind_null(statement_, parameter) != SQLITE_OK) {
    database_.fail_here("bind a value");
  }
  return *this;
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) {
    return true;
  }
  if (result != SQLITE_DONE) {
    sqlite3_reset(statement_);
    database_.fail_here("run a statement");
  }
  sqlite3_reset(statement_);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text != nullptr ? std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Transaction::Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (open_) {
    sqlite3_exec(database_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace darkroom
