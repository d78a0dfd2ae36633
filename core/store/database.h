// SPDX-License-Identifier: Apache-2.0
// SQLite with RAII. The index of a workspace: everything in it can be rebuilt from files. One connection a thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace darkroom {

class Database;

/// A prepared statement. Parameters and columns are counted as SQLite does: parameters from 1, columns from 0. Not thread-safe.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;

  Statement& bind(int parameter, int64_t value);
  Statement& bind(int parameter, int value) { return bind(parameter, static_cast<int64_t>(value)); }
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view value);
  Statement& bind(int parameter, const std::string& value) { return bind(parameter, std::string_view(value)); }
  Statement& bind(int parameter, const char* value) { return bind(parameter, std::string_view(value)); }
  Statement& bind_null(int parameter);

  /// True: a row is there. False: done (and reset, ready to be bound again). throws Error{io | busy}
  bool step();
  /// Runs to the end, for statements without rows.
  void run();

  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

/// An open database. Not thread-safe; open one a thread, WAL lets them read while one writes.
class Database {
 public:
  /// Opens or creates, sets WAL, foreign keys, synchronous=NORMAL (the index can be rebuilt) and a busy timeout of 5 s, then migrates.
  /// throws  Error{io} naming the file; Error{bad_input} when it is no database, damaged, or written by a newer Darkroom
  explicit Database(std::filesystem::path path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Several statements without parameters.
  void execute(const std::string& sql);
  Statement prepare(std::string_view sql) { return Statement(*this, sql); }
  int64_t last_row_id() const;
  int64_t changed_rows() const;  ///< by the last statement
  /// Number of the last migration applied.
  int64_t schema_version();

  const std::filesystem::path& path() const { return path_; }

 private:
  friend class Statement;
  friend class Transaction;
  [[noreturn]] void fail_here(std::string_view action) const;
  void migrate();

  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
};

/// BEGIN IMMEDIATE … COMMIT; rolled back when it is destroyed without commit().
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace darkroom
