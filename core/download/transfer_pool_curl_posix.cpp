// SPDX-License-Identifier: Apache-2.0
// One thread and libcurl's multi interface: what costs time is decoding, and a thread a connection would only take the decoders' turn.
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/base/utf8.h"
#include "core/download/host_queue.h"
#include "core/download/http_words.h"
#include "core/download/robots_tag.h"
#include "core/download/transfer_pool.h"
#include "core/hub/curl_setup.h"
#include "core/hub/http_answer.h"
#include "core/hub/lower_case.h"
#include "core/hub/url_parts.h"

namespace darkroom {
namespace {

constexpr long most_redirects = 5;
constexpr size_t most_header_bytes = size_t{256} << 10;
constexpr uint64_t large_bodies_bytes = uint64_t{256} << 20;
constexpr size_t kept_handles = 64;

std::optional<NetworkAddress> address_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    std::array<uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &four.sin_addr, bytes.size());
    return NetworkAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    NetworkAddress found;
    std::memcpy(found.bytes.data(), &six.sin6_addr, found.bytes.size());
    return found;
  }
  return std::nullopt;
}

struct Transfer {
  uint64_t id = 0;
  std::string url;
  std::string host;
  int tries = 0;

  CURL* easy = nullptr;  // while it runs
  const TransferOptions* options = nullptr;
  BodyBudget* budget = nullptr;
  uint64_t* downloaded = nullptr;
  HttpAnswer answer;  // the last one's status and the headers that matter here
  size_t header_bytes = 0;
  std::string body;
  LargeBodyPermit permit;
  std::string refused_address;
  bool is_disallowed = false;
  bool is_too_large = false;
  bool is_paused = false;
  bool was_paused = false;

  void forget_answer() {
    answer = {};
    header_bytes = 0;
    body = {};
    permit.reset();
    refused_address.clear();
    is_disallowed = is_too_large = is_paused = was_paused = false;
  }

  bool take_header(std::string_view line) {
    header_bytes += line.size();
    line = trimmed(line);
    if (line.starts_with("HTTP/")) {
      answer = {};
      answer.status = status_of_line(line);
    } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
      const std::string name = lower_case(std::string(line.substr(0, colon)));
      if (name == "x-robots-tag" || name == "retry-after" || name == "content-length") {
        answer.headers.emplace_back(name, trimmed(line.substr(colon + 1)));
      }
    } else if (line.empty() && answer.status == 200) {
      begin_body();
    }
    return header_bytes <= most_header_bytes && !is_disallowed && !is_too_large;
  }

  void begin_body() {
    for (const auto& [name, value] : answer.headers) {
      is_disallowed = is_disallowed ||
                      (name == "x-robots-tag" && robots_tag_disallows(value, options->user_agent_token, options->disallowing_directives));
    }
    const uint64_t length = content_length(answer).value_or(0);
    is_too_large = length > options->most_bytes;
    body.reserve(std::min<uint64_t>(length, BodyBudget::small_bytes));
  }

  // How much of `bytes` was taken: all, none, or a request to wait.
  size_t take_body(std::string_view bytes) {
    if (answer.status != 200) {
      *downloaded += bytes.size();
      return bytes.size();  // the page of an error: let go by
    }
    if (body.size() + bytes.size() > options->most_bytes) {
      is_too_large = true;
      return bytes.size() + 1;
    }
    if (!permit && body.size() + bytes.size() > BodyBudget::small_bytes) {
      permit = budget->take();
      if (!permit) {
        is_paused = was_paused = true;
        return CURL_WRITEFUNC_PAUSE;
      }
    }
    *downloaded += bytes.size();
    body.append(bytes);
    return bytes.size();
  }
};

size_t on_header(char* text, size_t size, size_t count, void* user) {
  const size_t bytes = size * count;
  return static_cast<Transfer*>(user)->take_header({text, bytes}) ? bytes : 0;
}

size_t on_body(char* text, size_t size, size_t count, void* user) { return static_cast<Transfer*>(user)->take_body({text, size * count}); }

curl_socket_t on_open_socket(void* user, curlsocktype purpose, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::optional<NetworkAddress> wanted = purpose == CURLSOCKTYPE_IPCXN ? address_of(address->addr) : std::nullopt;
  const std::optional<std::string_view> refusal =
      wanted ? transfer.options->addresses.refusal(*wanted) : std::optional<std::string_view>("not an IP address");
  if (refusal) {
    transfer.refused_address = *refusal;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

struct TransferPool::State {
  explicit State(TransferOptions given)
      : options(std::move(given)), hosts(options.connections_per_host), budget(large_bodies_bytes, options.most_bytes) {
    start_curl();
    multi = curl_multi_init();
    if (multi == nullptr) {
      fail(ErrorCode::failed, "libcurl does not start");
    }
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections));
  }
  ~State() {
    for (auto& [id, transfer] : transfers) {
      if (transfer->easy != nullptr) {
        curl_multi_remove_handle(multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
      }
    }
    for (CURL* easy : idle) {
      curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start(Transfer& transfer);
  void start_ready(size_t most_running);
  void take_finished();
  void finish(Transfer& transfer, CURLcode code);
  void resume_paused();
  void report(Transfer& transfer, std::string error, std::string detail);
  bool again(Transfer& transfer, std::optional<double> asked_s);

  TransferOptions options;
  HostQueue hosts;
  BodyBudget budget;
  CURLM* multi = nullptr;
  std::vector<CURL*> idle;
  std::unordered_map<uint64_t, std::unique_ptr<Transfer>> transfers;
  size_t running = 0;
  uint64_t downloaded = 0;
  std::vector<FetchedBody> finished;
};

void TransferPool::State::start(Transfer& transfer) {
  if (idle.empty()) {
    transfer.easy = curl_easy_init();
  } else {
    transfer.easy = idle.back();
    idle.pop_back();
    curl_easy_reset(transfer.easy);
  }
  if (transfer.easy == nullptr) {
    fail(ErrorCode::out_of_memory, "libcurl has no memory for another connection");
  }
  transfer.forget_answer();
  transfer.options = &options;
  transfer.budget = &budget;
  transfer.downloaded = &downloaded;
  CURL* const easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_URL, transfer.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, most_redirects);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout_s * 1000));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(options.timeout_s)));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.longest_s * 1000));
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, static_cast<long>(options.names_kept_s));
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  if (const char* certificates = certificate_list()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, certificates);
  }
  curl_multi_add_handle(multi, easy);
  ++running;
}

void TransferPool::State::start_ready(size_t most_running) {
  const double now_s = monotonic_seconds();
  const size_t most = std::min(most_running, static_cast<size_t>(options.connections));
  while (running < most) {
    const std::optional<uint64_t> id = hosts.next(now_s);
    if (!id) {
      return;
    }
    start(*transfers.at(*id));
  }
}

void TransferPool::State::resume_paused() {
  if (budget.free() <= 0) {
    return;
  }
  for (auto& [id, transfer] : transfers) {
    if (transfer->is_paused && budget.free() > 0) {
      transfer->is_paused = false;
      curl_easy_pause(transfer->easy, CURLPAUSE_CONT);  // calls on_body, which takes the permit or pauses again
    }
  }
}

void TransferPool::State::report(Transfer& transfer, std::string error, std::string detail) {
  FetchedBody result{.id = transfer.id, .bytes = {}, .error = std::move(error), .detail = std::move(detail), .permit = {}};
  if (result.error.empty()) {
    result.bytes = std::move(transfer.body);
    result.permit = std::move(transfer.permit);
  }
  finished.push_back(std::move(result));
  transfers.erase(transfer.id);
}

bool TransferPool::State::again(Transfer& transfer, std::optional<double> asked_s) {
  if (transfer.tries + 1 >= options.retry.tries || asked_s.value_or(0) > options.retry.longest_wait_s) {
    return false;
  }
  const double until_s = monotonic_seconds() + retry_delay_s(options.retry, transfer.tries, asked_s, retry_jitter());
  ++transfer.tries;
  transfer.forget_answer();
  if (asked_s) {
    hosts.leave_alone(transfer.host, until_s);
  }
  hosts.add(transfer.host, transfer.id, until_s);
  return true;
}

void TransferPool::State::finish(Transfer& transfer, CURLcode code) {
  long connect_errno = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_OS_ERRNO, &connect_errno);
  curl_multi_remove_handle(multi, transfer.easy);
  if (idle.size() < kept_handles) {
    idle.push_back(transfer.easy);
  } else {
    curl_easy_cleanup(transfer.easy);
  }
  transfer.easy = nullptr;
  --running;
  hosts.done(transfer.host);
  const int status = transfer.answer.status;
  if (transfer.is_disallowed) {
    return report(transfer, "Use of image disallowed by X-Robots-Tag directive", {});
  }
  if (transfer.is_too_large) {
    return report(transfer, format("larger than {} bytes", options.most_bytes), {});
  }
  if (!transfer.refused_address.empty() && code != CURLE_OK) {
    return report(transfer, format("address not allowed: {}", transfer.refused_address), {});
  }
  if (code == CURLE_OK && status == 200) {
    return report(transfer, {}, {});
  }
  if (code == CURLE_OK) {
    const std::optional<double> asked_s = retry_after_s(transfer.answer, std::chrono::system_clock::now());
    if (may_pass_by_itself(status) && again(transfer, asked_s)) {
      return;
    }
    return report(transfer, http_status_words(status), {});
  }
  if (transfer.was_paused && code == CURLE_OPERATION_TIMEDOUT) {
    transfer.forget_answer();  // our own decoders kept it waiting
    hosts.add(transfer.host, transfer.id);
    return;
  }
  const TransferFault fault = transfer_fault(code);
  if (fault.may_pass && again(transfer, std::nullopt)) {
    return;
  }
  report(transfer, fault.words, connect_errno != 0 ? describe_errno(static_cast<int>(connect_errno)) : std::string());
}

void TransferPool::State::take_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    char* user = nullptr;
    const CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
    finish(*reinterpret_cast<Transfer*>(user), code);
  }
}

TransferPool::TransferPool(TransferOptions options) : state_(std::make_unique<State>(std::move(options))) {}
TransferPool::~TransferPool() = default;

void TransferPool::add(uint64_t id, const std::string& url) {
  const std::optional<UrlParts> parts = parse_url({}, url);
  if (!parts) {
    state_->finished.push_back({.id = id, .bytes = {}, .error = "not a http(s) URL", .detail = {}, .permit = {}});
    return;
  }
  auto transfer = std::make_unique<Transfer>();
  transfer->id = id;
  transfer->url = url;
  transfer->host = parts->host + ":" + parts->port;
  state_->hosts.add(transfer->host, id);
  state_->transfers.emplace(id, std::move(transfer));
}

size_t TransferPool::load() const { return state_->transfers.size() + state_->finished.size(); }

std::vector<FetchedBody> TransferPool::work(int wait_ms, size_t most_running) {
  State& state = *state_;
  state.resume_paused();
  state.start_ready(most_running);
  int running = 0;
  curl_multi_perform(state.multi, &running);
  state.take_finished();
  if (state.finished.empty()) {
    if (const std::optional<double> next_s = state.hosts.next_time()) {
      wait_ms = static_cast<int>(std::clamp(std::ceil((*next_s - monotonic_seconds()) * 1000), 0.0, static_cast<double>(wait_ms)));
    }
    curl_multi_poll(state.multi, nullptr, 0, wait_ms, nullptr);
    curl_multi_perform(state.multi, &running);
    state.take_finished();
  }
  return std::exchange(state.finished, {});
}

void TransferPool::wake() { curl_multi_wakeup(state_->multi); }

uint64_t TransferPool::downloaded_bytes() const { return state_->downloaded; }

}  // namespace darkroom
