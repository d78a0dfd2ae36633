// SPDX-License-Identifier: Apache-2.0
// The length of a file is asked for before the file: a part is continued only when it is of the same length.
#include "core/hub/url_list.h"

#include <algorithm>
#include <map>
#include <memory>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/hub/file_queue.h"
#include "core/hub/safe_path.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view hash_mark = "sha256=";
constexpr std::string_view path_mark = "as=";

std::string_view next_word(std::string_view& line) {
  line = trimmed(line);
  const size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

std::string last_part(std::string_view url) {
  const std::string_view path = url.substr(0, url.find_first_of("?#"));
  return std::string(path.substr(path.rfind('/') + 1));
}

ListedUrl parse_line(std::string_view line, const std::string& place) {
  ListedUrl listed;
  listed.url = next_word(line);
  if (!listed.url.starts_with("https://") && !listed.url.starts_with("http://")) {
    fail(ErrorCode::bad_input, "{}: expected a URL that begins with https:// or http://, got '{}'", place, listed.url);
  }
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    if (word.starts_with(hash_mark)) {
      listed.hash = published_hash(word.substr(hash_mark.size()));
      if (!listed.hash || listed.hash->kind != DigestKind::sha256) {
        fail(ErrorCode::bad_input, "{}: expected sha256= and 64 hex digits in lower case, got '{}'", place, word);
      }
    } else if (word.starts_with(path_mark)) {
      listed.path = word.substr(path_mark.size());
    } else {
      fail(ErrorCode::bad_input, "{}: expected sha256=HEX or as=PATH behind the URL, got '{}'", place, word);
    }
  }
  if (listed.path.empty()) {
    listed.path = last_part(listed.url);
  }
  if (const auto reason = unsafe_reason(listed.path)) {
    fail(ErrorCode::bad_input, "{}: the path '{}' {}; give another one with as=PATH", place, listed.path, *reason);
  }
  return listed;
}

[[noreturn]] void refuse_url(const std::string& url, const HttpAnswer& answer) {
  const ErrorCode code = answer.status == 404 || answer.status == 410                           ? ErrorCode::not_found
                         : answer.status == 401 || answer.status == 403 || answer.status == 451 ? ErrorCode::bad_input
                                                                                                : ErrorCode::failed;
  fail(code, "{}: {} answered {}", shown_url(url), url_origin(answer.url), answer.status);
}

// One thread's connections, one a server.
class Fetcher {
 public:
  Fetcher(const UrlListRequest& request, CancelToken stop) : request_(request), stop_(std::move(stop)) {}

  FileReport fetch(FileJob& job, std::atomic<uint64_t>& downloaded) {
    HttpClient& client = client_for(job.file.url);
    job.file.size = length_of(client, job.file.url);
    job.size = job.file.size;
    const FetchedFile fetched = download_file(
        client, job.file, [&job](const HttpAnswer& answer, const std::string&) { refuse_url(job.file.url, answer); }, request_.retry,
        [&job](uint64_t position) { job.position = position; }, stop_);
    downloaded += fetched.downloaded;
    return fetched_report(job, fetched);
  }

 private:
  HttpClient& client_for(const std::string& url) {
    const std::string origin(url_origin(url));
    std::unique_ptr<HttpClient>& client = clients_[origin];
    if (!client) {
      client = std::make_unique<HttpClient>(HttpSettings{.endpoint = origin, .stall_timeout_s = request_.stall_timeout_s}, stop_);
    }
    return *client;
  }

  // By a request for the first byte: servers that know ranges answer with the whole length, others begin to send and are cut off.
  uint64_t length_of(HttpClient& client, const std::string& url) {
    for (int fruitless = 1;; ++fruitless) {
      const HttpResult result =
          client.get({url, {{"Range", "bytes=0-0"}, {"Accept-Encoding", "identity"}}},
                     [](const std::vector<HttpAnswer>&) -> BodySink { return [](std::span<const std::byte>) { return false; }; });
      std::string reason;
      std::optional<double> asked_s;
      if (result.broken || !result.has_answer()) {
        reason = result.broken.value_or("no answer came");
      } else {
        const HttpAnswer& answer = result.answer();
        const std::optional<ContentRange> range = content_range(answer);
        const std::optional<uint64_t> length = answer.status == 206 && range ? range->total : content_length(answer);
        if (answer.status == 416) {
          return 0;  // of nothing there is no first byte
        }
        if ((answer.status == 200 || answer.status == 206) && length) {
          return *length;
        }
        if (answer.status == 200 || answer.status == 206) {
          fail(ErrorCode::failed, "{}: the server does not say how long the file is, so it could not be told whole from cut",
               shown_url(url));
        }
        if (!may_pass_by_itself(answer.status)) {
          refuse_url(url, answer);
        }
        reason = format("answered {}", answer.status);
        asked_s = retry_after_s(answer, std::chrono::system_clock::now());
      }
      wait_for_next_try(request_.retry, shown_url(url), reason, fruitless, asked_s, stop_);
    }
  }

  const UrlListRequest& request_;
  CancelToken stop_;
  std::map<std::string, std::unique_ptr<HttpClient>> clients_;
};

bool is_present(const ListedUrl& listed, const fs::path& destination, const PieceSeen& seen) {
  std::error_code missing;
  if (!fs::is_regular_file(destination, missing)) {
    return false;
  }
  return !listed.hash || digest_of_file(DigestKind::sha256, destination, seen) == listed.hash->hex;
}

}  // namespace

std::vector<ListedUrl> parse_url_list(std::string_view text, std::string_view where) {
  std::vector<ListedUrl> listed;
  std::map<std::string, size_t> lines;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    listed.push_back(parse_line(line, format("{}, line {}", where, number)));
    const auto [known, is_new] = lines.emplace(listed.back().path, number);
    if (!is_new) {
      fail(ErrorCode::bad_input, "{}: lines {} and {} would both become the file '{}'; give one another name with as=PATH", where,
           known->second, number, known->first);
    }
  }
  if (listed.empty()) {
    fail(ErrorCode::bad_input, "{}: holds no URL; expected a line a file: URL [sha256=HEX] [as=PATH]", where);
  }
  return listed;
}

UrlListSummary download_url_list(const UrlListRequest& request, const DownloadWatcher& watcher, const CancelToken& cancel) {
  const double started_s = monotonic_seconds();
  make_folder(request.out);
  UrlListSummary summary;
  summary.files = request.files.size();
  std::vector<std::string> paths;
  FileJobs jobs;
  const PieceSeen seen = [&cancel](uint64_t) { cancel.check(); };
  for (const ListedUrl& listed : request.files) {
    paths.push_back(listed.path);
    const fs::path destination = request.out / listed.path;
    if (is_present(listed, destination, seen)) {
      ++summary.present_files;
      const uint64_t bytes = fs::file_size(destination);
      summary.bytes += bytes;
      if (watcher.file_done) {
        watcher.file_done({listed.path, FileOutcome::present, bytes, 0, listed.hash.has_value()});
      }
      continue;
    }
    auto job = std::make_unique<FileJob>();
    job->path = listed.path;
    job->file = {.url = listed.url, .destination = destination, .size = 0, .hash = listed.hash, .tags = TagMeaning::opaque};
    jobs.push_back(std::move(job));
  }
  check_file_names(paths, request.out);
  if (watcher.planned) {
    watcher.planned({.commit = {}, .files = summary.files, .bytes = 0, .present_files = summary.present_files, .missing_bytes = 0});
  }
  if (!jobs.empty()) {
    make_job_folders(jobs);
    summary.downloaded_bytes = fetch_files(
        jobs, "download", std::nullopt,
        [&request](const CancelToken& stop) -> FetchFile {
          return [fetcher = std::make_shared<Fetcher>(request, stop)](FileJob& job, std::atomic<uint64_t>& downloaded) {
            return fetcher->fetch(job, downloaded);
          };
        },
        [&summary](const FileReport& report) {
          summary.bytes += report.bytes;
          summary.resumed_files += report.outcome == FileOutcome::resumed ? 1 : 0;
          summary.unverified_files += report.is_verified ? 0 : 1;
        },
        watcher, cancel);
  }
  summary.seconds = monotonic_seconds() - started_s;
  return summary;
}

}  // namespace darkroom
