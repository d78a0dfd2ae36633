// SPDX-License-Identifier: Apache-2.0
#include "core/store/image_table.h"

#include <sstream>
#include <stdexcept>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::string_view columns = "id, path, created, prompt, negative, options_json, seed, width, height, model, rating, deleted";

ImageRow row_of(const Statement& statement) {
  ImageRow row;
  row.id = statement.integer(0);
  row.path = statement.text(1);
  row.created = statement.real(2);
  row.prompt = statement.text(3);
  row.negative = statement.text(4);
  row.options_json = statement.text(5);
  row.seed = statement.integer(6);
  row.width = statement.integer(7);
  row.height = statement.integer(8);
  row.model = statement.text(9);
  row.rating = statement.integer(10);
  row.deleted = statement.integer(11) != 0;
  return row;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  constexpr size_t most_words = 32;
  for (std::string word; words.size() < most_words && stream >> word;) {
    words.push_back(word);
  }
  return words;
}

/// The WHERE clause of a query; its parameters are bound by bind_conditions in the same order.
std::string conditions(const ImageQuery& query) {
  std::string sql = "deleted = ?";
  for (size_t i = 0; i < words_of(query.words).size(); ++i) {
    sql += " AND prompt LIKE ? ESCAPE '\\'";
  }
  if (!query.model.empty()) {
    sql += " AND model = ?";
  }
  if (query.min_rating > 0) {
    sql += " AND rating >= ?";
  }
  if (query.created_from) {
    sql += " AND created >= ?";
  }
  if (query.created_to) {
    sql += " AND created < ?";
  }
  return sql;
}

int bind_conditions(Statement& statement, const ImageQuery& query) {
  int next = 1;
  statement.bind(next++, query.deleted ? 1 : 0);
  for (const std::string& word : words_of(query.words)) {
    std::string pattern = "%";
    for (const char c : word) {
      if (c == '%' || c == '_' || c == '\\') {
        pattern.push_back('\\');  // the user's own characters, not wildcards
      }
      pattern.push_back(c);
    }
    statement.bind(next++, pattern + "%");
  }
  if (!query.model.empty()) {
    statement.bind(next++, query.model);
  }
  if (query.min_rating > 0) {
    statement.bind(next++, query.min_rating);
  }
  if (query.created_from) {
    statement.bind(next++, *query.created_from);
  }
  if (query.created_to) {
    statement.bind(next++, *query.created_to);
  }
  return next;
}

std::vector<std::string> texts_of(Statement statement) {
  std::vector<std::string> texts;
  while (statement.step()) {
    texts.push_back(statement.text(0));
  }
  return texts;
}

}  // namespace

int64_t ImageTable::put(const ImageRow& row) {
  Statement statement = database_.prepare(
      "INSERT INTO image (path, created, prompt, negative, options_json, seed, width, height, model, rating, deleted) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (path) DO UPDATE SET created = excluded.created, prompt = excluded.prompt, negative = excluded.negative, "
      "options_json = excluded.options_json, seed = excluded.seed, width = excluded.width, height = excluded.height, model = "
      "excluded.model "
      "RETURNING id");
  statement.bind(1, row.path).bind(2, row.created).bind(3, row.prompt).bind(4, row.negative).bind(5, row.options_json).bind(6, row.seed);
  statement.bind(7, row.width).bind(8, row.height).bind(9, row.model).bind(10, row.rating).bind(11, row.deleted ? 1 : 0);
  statement.step();
  const int64_t id = statement.integer(0);
  statement.run();
  return id;
}

std::optional<ImageRow> ImageTable::get(int64_t id) const {
  Statement statement = database_.prepare(format("SELECT {} FROM image WHERE id = ?", columns));
  statement.bind(1, id);
  return statement.step() ? std::optional(row_of(statement)) : std::nullopt;
}

std::optional<ImageRow> ImageTable::find_path(const std::string& path) const {
  Statement statement = database_.prepare(format("SELECT {} FROM image WHERE path = ?", columns));
  statement.bind(1, path);
  return statement.step() ? std::optional(row_of(statement)) : std::nullopt;
}

std::vector<std::string> ImageTable::paths() const {
  Statement statement = database_.prepare("SELECT path FROM image");
  std::vector<std::string> paths;
  while (statement.step()) {
    paths.push_back(statement.text(0));
  }
  return paths;
}

std::vector<ImageRow> ImageTable::list(const ImageQuery& query) const {
  Statement statement = database_.prepare(
      format("SELECT {} FROM image WHERE {} ORDER BY created DESC, id DESC LIMIT ? OFFSET ?", columns, conditions(query)));
  const int next = bind_conditions(statement, query);
  statement.bind(next, query.limit).bind(next + 1, query.offset);
  std::vector<ImageRow> rows;
  while (statement.step()) {
    rows.push_back(row_of(statement));
  }
  return rows;
}

int64_t ImageTable::count(const ImageQuery& query) const {
  Statement statement = database_.prepare(format("SELECT count(*) FROM image WHERE {}", conditions(query)));
  bind_conditions(statement, query);
  statement.step();
  return statement.integer(0);
}

void ImageTable::set_rating(int64_t id, int64_t rating) {
  if (rating < 0 || rating > 5) {
    throw std::invalid_argument(format("[set_rating] a rating is 0 to 5, got {}", rating));
  }
  database_.prepare("UPDATE image SET rating = ? WHERE id = ?").bind(1, rating).bind(2, id).run();
}

void ImageTable::set_deleted(int64_t id, bool deleted) {
  database_.prepare("UPDATE image SET deleted = ? WHERE id = ?").bind(1, deleted ? 1 : 0).bind(2, id).run();
}

void ImageTable::remove(int64_t id) { database_.prepare("DELETE FROM image WHERE id = ?").bind(1, id).run(); }

std::vector<std::string> ImageTable::recent_prompts(int64_t limit) const {
  Statement statement = database_.prepare("SELECT prompt FROM image WHERE prompt <> '' GROUP BY prompt ORDER BY max(created) DESC LIMIT ?");
  statement.bind(1, limit);
  return texts_of(std::move(statement));
}

std::vector<std::string> ImageTable::models() const {
  return texts_of(database_.prepare("SELECT DISTINCT model FROM image WHERE model <> '' ORDER BY model"));
}

}  // namespace darkroom
