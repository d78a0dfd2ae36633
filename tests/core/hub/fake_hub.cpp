// SPDX-License-Identifier: Apache-2.0
#include "tests/core/hub/fake_hub.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "core/base/json.h"

namespace darkroom::test {

std::string noise(size_t bytes, uint32_t seed) {
  std::mt19937 generator(seed);
  std::string text(bytes, '\0');
  std::generate(text.begin(), text.end(), [&generator] { return static_cast<char>(generator()); });
  return text;
}

std::string json_text(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

FakeHub::FakeHub()
    : storage_(std::make_unique<HttpServer>(
          [this](const ServedRequest& request, Connection& connection) { answer_storage(request, connection); })),
      hub_(
          std::make_unique<HttpServer>([this](const ServedRequest& request, Connection& connection) { answer_hub(request, connection); })) {
}

void FakeHub::add_small(const std::string& path, const std::string& content) {
  Digest digest = start_digest(DigestKind::sha1, content.size());
  digest.update(content);
  files_[path] = {content, {DigestKind::sha1, digest.finish()}};
}

void FakeHub::add_large(const std::string& path, const std::string& content) {
  files_[path] = {content, {DigestKind::sha256, digest_of(DigestKind::sha256, content)}};
}

void FakeHub::forget_requests() {
  storage_->forget_requests();
  hub_->forget_requests();
}

std::string FakeHub::page(size_t first) const {
  Json entries = Json::array();
  entries.push_back({{"type", "directory"}, {"path", "unet"}, {"size", 0}, {"oid", std::string(40, 'd')}});
  size_t index = 0;
  for (const auto& [path, file] : files_) {
    if (index++ < first || index > first + page_size) {
      continue;
    }
    Json entry{{"type", "file"}, {"path", path}, {"size", file.content.size()}};
    if (file.hash.kind == DigestKind::sha256) {
      entry["oid"] = std::string(40, 'a');
      entry["lfs"] = {{"oid", file.hash.hex}, {"size", file.content.size()}, {"pointerSize", 134}};
    } else {
      entry["oid"] = file.hash.hex;
    }
    entries.push_back(entry);
  }
  return entries.dump();
}

void FakeHub::answer_hub(const ServedRequest& request, Connection& connection) {
  if (!wanted_token.empty() && request.header("authorization") != "Bearer " + wanted_token) {
    return connection.answer(401, R"({"error":"Invalid username or password."})");
  }
  if (is_gated) {
    return connection.answer(403, R"({"error":"Access to model artist/model is restricted."})", {{"X-Error-Code", "GatedRepo"}});
  }
  const std::string api = "/api/" + kind + "/" + repository;
  const std::string tree = api + "/tree/" + commit + "?recursive=true";
  const std::string resolve = (kind == "datasets" ? "/datasets/" : "/") + repository + "/resolve/" + commit + "/";
  if (request.target == api + "/revision/main") {
    return connection.answer(200,
                             std::string(R"({"sha":")") + commit + R"(","cardData":)" + (card_data.empty() ? "null" : card_data) + "}");
  }
  if (request.target.starts_with(api + "/revision/")) {
    return connection.answer(404, R"({"error":"Invalid rev id"})", {{"X-Error-Code", "RevisionNotFound"}});
  }
  if (request.target.starts_with(tree)) {
    const size_t cursor = request.target.find("&cursor=");
    const size_t first = cursor == std::string::npos ? 0 : std::stoul(request.target.substr(cursor + 8));
    std::vector<std::pair<std::string, std::string>> headers;
    if (first + page_size < files_.size()) {
      headers.emplace_back("Link", "<" + url() + tree + "&cursor=" + std::to_string(first + page_size) + ">; rel=\"next\"");
    }
    return connection.answer(200, page(first), headers);
  }
  const auto file = request.target.starts_with(resolve) ? files_.find(request.target.substr(resolve.size())) : files_.end();
  if (file == files_.end()) {
    const bool is_repository = request.target.find(repository) != std::string::npos;
    return connection.answer(404, R"({"error":"not found"})", {{"X-Error-Code", is_repository ? "EntryNotFound" : "RepoNotFound"}});
  }
  if (file->second.hash.kind == DigestKind::sha256) {
    return connection.answer(302, "Found",
                             {{"Location", storage_->url() + "/blob/" + file->first + "?signature=secret"},
                              {"X-Repo-Commit", commit},
                              {"X-Linked-Size", std::to_string(file->second.content.size())},
                              {"X-Linked-Etag", "\"" + file->second.hash.hex + "\""}});
  }
  connection.answer(200, file->second.content, {{"ETag", "\"" + file->second.hash.hex + "\""}, {"X-Repo-Commit", commit}});
}

void FakeHub::answer_storage(const ServedRequest& request, Connection& connection) {
  if (faults.answers-- <= 0) {
    return connection.answer(503, "");
  }
  const std::string path = request.target.substr(6, request.target.find('?') - 6);
  const std::string& content = faults.wrong_bytes.empty() ? files_.at(path).content : faults.wrong_bytes;
  const auto tag = request.header("if-range");
  const uint64_t asked = request.range_start().value_or(0);
  const bool is_partial = asked > 0 && !faults.ignore_range && (!tag || *tag == faults.entity_tag);
  if (is_partial && asked >= content.size()) {
    return connection.answer(416, "", {{"Content-Range", "bytes */" + std::to_string(content.size())}});
  }
  const uint64_t first = is_partial ? asked : 0;
  const int64_t lie = is_partial ? 0 : faults.length_lie;
  std::vector<std::pair<std::string, std::string>> headers{
      {"ETag", faults.entity_tag}, {"Content-Length", std::to_string(static_cast<int64_t>(content.size() - first) + lie)}};
  if (is_partial) {
    headers.emplace_back("Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(content.size() - 1) + "/" +
                                              std::to_string(content.size()));
  }
  connection.head(is_partial ? 206 : 200, headers);
  std::string_view body = std::string_view(content).substr(first, faults.break_after);
  const bool breaks = body.size() < content.size() - first || lie != 0;
  constexpr uint64_t pieces_per_s = 100;
  const uint64_t piece = faults.bytes_per_s > 0 ? std::max<uint64_t>(1, faults.bytes_per_s / pieces_per_s) : body.size();
  while (!body.empty() && connection.send(body.substr(0, piece))) {
    body.remove_prefix(std::min<size_t>(piece, body.size()));
    if (faults.bytes_per_s > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1000 / pieces_per_s));
    }
  }
  if (breaks) {
    connection.break_off();
  }
}

}  // namespace darkroom::test
