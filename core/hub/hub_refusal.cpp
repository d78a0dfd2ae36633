// SPDX-License-Identifier: Apache-2.0
// X-Error-Code is what tells a gated repository from a missing one; without it the hub answers 401 to both, so that names do not leak.
#include "core/hub/hub_refusal.h"

#include "core/base/format.h"
#include "core/base/json.h"

namespace darkroom {
namespace {

constexpr size_t longest_message = 300;

// What the server says itself, made fit for one line of a terminal.
std::string message_of(const HttpAnswer& answer, const std::string& body) {
  std::string text = answer.header("x-error-message").value_or("");
  if (text.empty()) {
    const Json json = Json::parse(body, nullptr, false);
    if (json.is_object() && json.contains("error") && json["error"].is_string()) {
      text = json["error"].get<std::string>();
    }
  }
  std::string clean;
  for (const char c : text.substr(0, longest_message)) {
    clean += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return clean.empty() ? clean : format(" (the hub says: {})", clean);
}

std::string how_to_get_a_token(const HubQuestion& question) {
  return format("Make a token at {}/settings/tokens and set HF_TOKEN to it.", question.access.endpoint);
}

std::string subject(const HubQuestion& question) {
  return question.file.empty() ? question.repository.text() : format("{}: {}", question.repository.text(), question.file);
}

[[noreturn]] void refuse_access(const HttpAnswer& answer, const std::string& error_code, const std::string& said,
                                const HubQuestion& question) {
  const bool has_token = !question.access.token.empty();
  const std::string page = page_url(question.access.endpoint, question.repository);
  if (error_code == "GatedRepo") {
    if (has_token) {
      fail(ErrorCode::bad_input, "{}: gated, and the account of the token from {} was not admitted. Accept the terms at {} with it.{}",
           subject(question), question.access.token_source, page, said);
    }
    fail(ErrorCode::bad_input, "{}: gated. Accept the terms at {}. {}{}", subject(question), page, how_to_get_a_token(question), said);
  }
  if (!has_token) {
    fail(ErrorCode::bad_input, "{}: the hub wants a token ({}): the repository is private or gated, or does not exist. {}{}",
         subject(question), answer.status, how_to_get_a_token(question), said);
  }
  if (answer.status == 401) {
    fail(ErrorCode::bad_input, "{}: the hub does not accept the token from {} (401), or the repository does not exist. {}{}",
         subject(question), question.access.token_source, how_to_get_a_token(question), said);
  }
  fail(ErrorCode::bad_input, "{}: the token from {} does not allow to read this (403). Give it the right to read {}.{}", subject(question),
       question.access.token_source, page, said);
}

[[noreturn]] void refuse_name(const std::string& error_code, const std::string& said, const HubQuestion& question) {
  if (error_code == "RevisionNotFound") {
    fail(ErrorCode::not_found, "{}: has no revision '{}'; expected a branch, a tag or a commit{}", question.repository.text(),
         question.revision, said);
  }
  if (error_code == "EntryNotFound" || (error_code.empty() && !question.file.empty())) {
    fail(ErrorCode::not_found, "{}: revision '{}' has no file '{}'{}", question.repository.text(), question.revision, question.file, said);
  }
  const bool is_model = question.repository.kind == RepositoryKind::model;
  fail(ErrorCode::not_found, "{}: there is no such {} at {}, or it is private. A {} is written {}.{}", question.repository.text(),
       is_model ? "model" : "dataset", question.access.endpoint, is_model ? "dataset" : "model",
       is_model ? "datasets/" + question.repository.id : question.repository.id, said);
}

}  // namespace

void refuse_answer(const HttpAnswer& answer, const std::string& body, const HubQuestion& question) {
  const std::string error_code = answer.header("x-error-code").value_or("");
  const std::string said = message_of(answer, body);
  if (answer.status == 401 || answer.status == 403) {
    refuse_access(answer, error_code, said, question);
  }
  if (answer.status == 404) {
    refuse_name(error_code, said, question);
  }
  if (answer.status == 410) {
    fail(ErrorCode::not_found, "{}: was taken away from the hub (410){}", subject(question), said);
  }
  if (answer.status == 451) {
    fail(ErrorCode::bad_input, "{}: may not be given out, for legal reasons (451){}", subject(question), said);
  }
  fail(ErrorCode::failed, "{}: {} answered {}{}", subject(question), shown_url(answer.url), answer.status, said);
}

}  // namespace darkroom
