// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_listing.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/hub/hub_refusal.h"
#include "core/hub/safe_path.h"

namespace darkroom {
namespace {

constexpr size_t most_page_bytes = size_t{64} << 20;
constexpr size_t most_pages = 5000;
constexpr size_t most_files = 2'000'000;
constexpr uint64_t largest_file = uint64_t{1} << 50;

struct Page {
  HttpAnswer answer;
  Json json;
};

// One JSON document. `tries` again where that may help.
Page get_json(HttpClient& client, const std::string& url, const HubQuestion& question, const RetryPolicy& policy,
              const CancelToken& cancel) {
  for (int fruitless = 1;; ++fruitless) {
    std::string body;
    const BodySink take = [&body, &url](std::span<const std::byte> bytes) {
      if (body.size() + bytes.size() > most_page_bytes) {
        fail(ErrorCode::protocol, "{}: the answer is longer than {} MiB; refused", shown_url(url), most_page_bytes >> 20);
      }
      body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return true;
    };
    const HttpResult result =
        client.get({url, {{"Accept", "application/json"}}}, [&take](const std::vector<HttpAnswer>&) { return BodySink(take); });
    std::string reason;
    std::optional<double> asked_s;
    if (result.broken) {
      reason = *result.broken;
    } else if (result.answer().status == 200) {
      return {result.answer(), parse_json(body, shown_url(url))};
    } else if (may_pass_by_itself(result.answer().status)) {
      reason = format("the hub answered {}", result.answer().status);
      asked_s = retry_after_s(result.answer(), std::chrono::system_clock::now());
    } else {
      refuse_answer(result.answer(), body, question);
    }
    wait_for_next_try(policy, shown_url(url), reason, fruitless, asked_s, cancel);
  }
}

HubFile read_entry(const Json& entry, const std::string& where) {
  const auto text = [&entry](const char* key) {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  HubFile file;
  file.path = text("path");
  if (const auto reason = unsafe_reason(file.path)) {
    // Escaped: a hostile name may hold what a terminal obeys.
    const std::string shown = Json(file.path).dump(-1, ' ', true, Json::error_handler_t::replace);
    fail(ErrorCode::protocol, "{}: the path {} {}; nothing was written", where, shown, *reason);
  }
  Json size = entry.value("size", Json());
  std::string hex = text("oid");
  if (const auto lfs = entry.find("lfs"); lfs != entry.end() && lfs->is_object()) {
    // The entry's own oid is that of the pointer file in git.
    size = lfs->value("size", size);
    hex = lfs->value("oid", Json()).is_string() ? (*lfs)["oid"].get<std::string>() : std::string();
    if (hex.starts_with("sha256:")) {
      hex.erase(0, 7);
    }
  }
  if (!size.is_number_unsigned() || size.get<uint64_t>() > largest_file) {
    fail(ErrorCode::protocol, "{}: '{}' has no usable size", where, file.path);
  }
  file.size = size.get<uint64_t>();
  file.hash = published_hash(hex);
  return file;
}

CardLicense license_of(const Json& information) {
  CardLicense license;
  const auto card = information.find("cardData");
  if (card == information.end() || !card->is_object()) {
    return license;
  }
  const auto text = [card](const char* key) {
    const auto found = card->find(key);
    if (found != card->end() && found->is_array() && !found->empty() && found->front().is_string()) {
      return found->front().get<std::string>();
    }
    return found != card->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return {text("license"), text("license_name"), text("license_link")};
}

}  // namespace

HubListing list_repository(HttpClient& client, const HubAccess& access, const HubRepository& repository, const std::string& revision,
                           const RetryPolicy& policy, const CancelToken& cancel) {
  const HubQuestion question{access, repository, revision, {}};
  HubListing listing;
  const std::string about = revision_url(access.endpoint, repository, revision);
  const Page information = get_json(client, about, question, policy, cancel);
  if (!information.json.is_object() || !information.json.value("sha", Json()).is_string()) {
    fail(ErrorCode::protocol, "{}: no commit in the answer (\"sha\"); is this a hub?", shown_url(about));
  }
  listing.commit = information.json["sha"].get<std::string>();
  listing.license = license_of(information.json);

  std::optional<std::string> url = tree_url(access.endpoint, repository, listing.commit);
  for (size_t pages = 0; url; ++pages) {
    if (pages == most_pages) {
      fail(ErrorCode::protocol, "{}: more than {} pages of files; refused", shown_url(*url), most_pages);
    }
    const Page page = get_json(client, *url, question, policy, cancel);
    if (!page.json.is_array()) {
      fail(ErrorCode::protocol, "{}: expected a list of files", shown_url(*url));
    }
    for (const Json& entry : page.json) {
      if (entry.is_object() && entry.value("type", Json()) == Json("file")) {
        listing.files.push_back(read_entry(entry, shown_url(*url)));
      }
    }
    if (listing.files.size() > most_files) {
      fail(ErrorCode::protocol, "{}: more than {} files; refused", shown_url(*url), most_files);
    }
    const std::optional<std::string> next = next_page(page.answer);
    url = next ? std::optional(resolve_url(page.answer.url, *next)) : std::nullopt;
  }
  std::sort(listing.files.begin(), listing.files.end(), [](const HubFile& a, const HubFile& b) { return a.path < b.path; });
  const auto twice =
      std::adjacent_find(listing.files.begin(), listing.files.end(), [](const HubFile& a, const HubFile& b) { return a.path == b.path; });
  if (twice != listing.files.end()) {
    fail(ErrorCode::protocol, "{}: the path '{}' is listed twice", shown_url(about), twice->path);
  }
  return listing;
}

}  // namespace darkroom
