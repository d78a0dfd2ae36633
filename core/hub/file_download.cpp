// SPDX-License-Identifier: Apache-2.0
// Every try asks the hub again and not the storage host that an earlier answer named: those addresses are signed and run out.
#include "core/hub/file_download.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/hub/part_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t most_error_body = size_t{64} << 10;

// The hash of the bytes of a part, kept up to date while they come.
class RunningDigest {
 public:
  explicit RunningDigest(uint64_t size) : size_(size) {}

  void start(const std::optional<PublishedHash>& expected) {
    expected_ = expected;
    first_byte_.reset();
    digest_.reset();
    if (expected_) {
      digest_.emplace(start_digest(expected_->kind, size_));
    }
  }
  void update(std::span<const std::byte> bytes) {
    if (!first_byte_ && !bytes.empty()) {
      first_byte_ = bytes.front();
    }
    if (digest_) {
      digest_->update(bytes);
    }
  }
  const std::optional<PublishedHash>& expected() const { return expected_; }
  bool begins_like_a_page() const { return first_byte_ == std::byte{'<'}; }
  /// What the bytes hash to; nothing where no hash is expected. Ends the digest.
  std::optional<PublishedHash> result() {
    if (!digest_) {
      return std::nullopt;
    }
    PublishedHash found{expected_->kind, digest_->finish()};
    digest_.reset();
    return found;
  }

 private:
  uint64_t size_;
  std::optional<PublishedHash> expected_;
  std::optional<Digest> digest_;
  std::optional<std::byte> first_byte_;
};

class Download {
 public:
  Download(HttpClient& client, const WantedFile& file, const RefuseAnswer& refuse, const RetryPolicy& policy, const PositionSink& at,
           const CancelToken& cancel)
      : client_(client),
        file_(file),
        refuse_(refuse),
        policy_(policy),
        at_(at),
        cancel_(cancel),
        part_(file.destination),
        digest_(file.size) {}

  FetchedFile run() {
    continue_part();
    for (bool is_second = false;; is_second = true) {
      fetch_all();
      const std::optional<PublishedHash> found = digest_.result();
      if (!found || found == digest_.expected()) {
        result_.is_verified = found.has_value();
        part_.finish();
        return result_;
      }
      reject(*found, is_second);
    }
  }

 private:
  std::string name() const { return file_.destination.string(); }

  void continue_part() {
    if (part_.identity() && (part_.identity()->size != file_.size || (file_.hash && part_.identity()->content != file_.hash->text()))) {
      part_.clear();
    }
    digest_.start(file_.hash ? file_.hash : hash_of_identity());
    part_.read_all([this](std::span<const std::byte> bytes) {
      cancel_.check();
      digest_.update(bytes);
    });
    result_.resumed_at = part_.length();
    at_(part_.length());
  }

  std::optional<PublishedHash> hash_of_identity() const {
    if (!part_.identity() || file_.tags == TagMeaning::opaque) {
      return std::nullopt;
    }
    const std::string& content = part_.identity()->content;
    return published_hash(content.substr(content.rfind(' ') + 1));
  }

  void fetch_all() {
    if (file_.size == 0 && !part_.identity()) {
      start_anew({file_.hash ? file_.hash->text() : std::string(), 0, {}}, file_.hash);
    }
    uint64_t best = part_.length();
    for (int fruitless = 0; part_.length() < file_.size;) {
      std::optional<double> asked_s;
      const std::string reason = try_once(asked_s);
      if (part_.length() == file_.size) {
        break;
      }
      // A server that always starts anew and always breaks off must not be asked for ever: only what was never reached before counts.
      fruitless = part_.length() > best ? 0 : fruitless + 1;
      best = std::max(best, part_.length());
      if (fruitless >= policy_.tries || asked_s.value_or(0) > policy_.longest_wait_s) {
        fail(ErrorCode::io, "{}: given up at {} of {} bytes: {}. The same command goes on from there.", name(), part_.length(), file_.size,
             reason);
      }
      const double delay_s = retry_delay_s(policy_, std::max(0, fruitless - 1), asked_s, retry_jitter());
      log().warn("{}: {} at {} of {} bytes; again in {:.1f} s", name(), reason, part_.length(), file_.size, delay_s);
      wait_for(delay_s, cancel_);
    }
  }

  // One request. Returns why the file is not whole yet.
  std::string try_once(std::optional<double>& asked_s) {
    HttpRequest request{file_.url, {{"Accept-Encoding", "identity"}}};
    if (part_.length() > 0) {
      request.headers.emplace_back("Range", format("bytes={}-", part_.length()));
      const std::string& tag = part_.identity()->entity_tag;
      if (!tag.empty() && !tag.starts_with("W/")) {
        request.headers.emplace_back("If-Range", tag);
      }
    }
    refusal_.clear();
    error_body_.clear();
    is_body_ours_ = false;
    const HttpResult result = client_.get(request, [this](const std::vector<HttpAnswer>& hops) { return take_head(hops); });
    if (is_body_ours_ || !refusal_.empty()) {
      return !refusal_.empty() ? refusal_ : result.broken.value_or("the server sent less than the file");
    }
    if (result.broken) {
      return *result.broken;
    }
    const HttpAnswer& answer = result.answer();
    if (answer.status == 416) {
      part_.clear();
      digest_.start(file_.hash);
      return "the server has no such range";
    }
    // A signed address that ran out is refused by the storage host, not by the hub.
    const bool is_elsewhere = url_origin(answer.url) != url_origin(result.hops.front().url);
    const bool is_stale_address = is_elsewhere && (answer.status == 401 || answer.status == 403);
    if (!may_pass_by_itself(answer.status) && !is_stale_address) {
      refuse_(answer, error_body_);
      throw std::invalid_argument("[download_file] `refuse` must throw");
    }
    asked_s = retry_after_s(answer, std::chrono::system_clock::now());
    return format("{} answered {}", shown_url(answer.url), answer.status);
  }

  BodySink take_head(const std::vector<HttpAnswer>& hops) {
    const HttpAnswer& answer = hops.back();
    if (answer.status == 200) {
      return take_whole(hops);
    }
    if (answer.status == 206) {
      return take_rest(hops);
    }
    return [this](std::span<const std::byte> bytes) {
      error_body_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return error_body_.size() < most_error_body;
    };
  }

  // What the hub itself says that the content is.
  std::optional<PublishedHash> hash_of_answer(const std::vector<HttpAnswer>& hops) const {
    if (file_.tags == TagMeaning::opaque) {
      return std::nullopt;
    }
    for (const HttpAnswer& hop : hops) {
      if (const auto linked = hop.header("x-linked-etag")) {
        return published_hash(entity_tag_value(*linked));
      }
    }
    const auto tag = hops.front().header("etag");
    return tag ? published_hash(entity_tag_value(*tag)) : std::nullopt;
  }

  // The content that the answer is of. Throws when the hub contradicts its own listing.
  std::optional<PublishedHash> expected_hash(const std::vector<HttpAnswer>& hops) const {
    const std::optional<PublishedHash> said = hash_of_answer(hops);
    if (file_.hash && said && said->kind == file_.hash->kind && *said != *file_.hash) {
      fail(ErrorCode::io, "{}: the hub offers {}, but listed {}: the repository is changing; run the command again", name(), said->text(),
           file_.hash->text());
    }
    return file_.hash ? file_.hash : said;
  }

  BodySink refuse_body(std::string reason) {
    refusal_ = std::move(reason);
    return [](std::span<const std::byte>) { return false; };
  }

  BodySink take_whole(const std::vector<HttpAnswer>& hops) {
    const HttpAnswer& answer = hops.back();
    if (const auto encoding = answer.header("content-encoding"); encoding && *encoding != "identity") {
      return refuse_body(format("the server sent {} although asked not to", *encoding));
    }
    const std::optional<PublishedHash> expected = expected_hash(hops);
    const std::string tag = answer.header("etag").value_or("");
    start_anew({expected ? expected->text() : format("etag {}", entity_tag_value(tag)), file_.size, tag}, expected);
    return sink(answer);
  }

  BodySink take_rest(const std::vector<HttpAnswer>& hops) {
    const HttpAnswer& answer = hops.back();
    const std::optional<ContentRange> range = content_range(answer);
    const std::optional<PublishedHash> expected = expected_hash(hops);
    const std::string tag = answer.header("etag").value_or("");
    const bool is_first = part_.length() == 0;
    const bool is_other = !is_first && ((!tag.empty() && !part_.identity()->entity_tag.empty() && tag != part_.identity()->entity_tag) ||
                                        (expected && part_.identity()->content != expected->text()));
    if (!range || range->first != part_.length() || is_other) {
      part_.clear();
      digest_.start(expected);
      return refuse_body(is_other ? "the file changed at the server" : "the server sent another range than was asked for");
    }
    if (is_first) {
      start_anew({expected ? expected->text() : format("etag {}", entity_tag_value(tag)), file_.size, tag}, expected);
    }
    return sink(answer);
  }

  void start_anew(const PartIdentity& identity, const std::optional<PublishedHash>& expected) {
    if (part_.length() > 0) {
      log().warn("{}: the server starts anew; {} bytes are fetched again", name(), part_.length());
      result_.resumed_at = 0;
    }
    part_.start(identity);
    digest_.start(expected);
    at_(0);
  }

  BodySink sink(const HttpAnswer& answer) {
    is_body_ours_ = true;
    // Without this a server that announces more than there is would be waited for.
    const uint64_t left = file_.size - part_.length();
    const bool ends_by_itself = content_length(answer).value_or(left) <= left;
    return [this, ends_by_itself](std::span<const std::byte> bytes) {
      cancel_.check();
      const uint64_t room = file_.size - part_.length();
      const bool is_too_much = bytes.size() > room;
      bytes = bytes.first(std::min<uint64_t>(bytes.size(), room));
      part_.append(bytes);
      digest_.update(bytes);
      result_.downloaded += bytes.size();
      at_(part_.length());
      return !is_too_much && (ends_by_itself || part_.length() < file_.size);
    };
  }

  void reject(const PublishedHash& found, bool is_second) {
    const std::string what =
        format("{}: {} instead of {}{}", name(), found.text(), digest_.expected()->text(),
               digest_.begins_like_a_page() ? "; it begins like a web page: does a proxy or a log-in page answer in the hub's place?" : "");
    if (is_second) {
      part_.discard();
      fail(ErrorCode::io, "{}. Twice; deleted.", what);
    }
    log().warn("{}. Deleted; fetched once more.", what);
    part_.clear();
    digest_.start(file_.hash);
    result_.resumed_at = 0;
    at_(0);
  }

  HttpClient& client_;
  const WantedFile& file_;
  const RefuseAnswer& refuse_;
  const RetryPolicy& policy_;
  const PositionSink& at_;
  const CancelToken& cancel_;
  PartFile part_;
  RunningDigest digest_;
  FetchedFile result_;
  std::string refusal_;  // why the body of an answer is not taken
  std::string error_body_;
  bool is_body_ours_ = false;
};

}  // namespace

FetchedFile download_file(HttpClient& client, const WantedFile& file, const RefuseAnswer& refuse, const RetryPolicy& policy,
                          const PositionSink& at, const CancelToken& cancel) {
  return Download(client, file, refuse, policy, at, cancel).run();
}

FetchedFile download_file(HttpClient& client, const WantedFile& file, const HubQuestion& question, const RetryPolicy& policy,
                          const PositionSink& at, const CancelToken& cancel) {
  return download_file(
      client, file, [&question](const HttpAnswer& answer, const std::string& body) { refuse_answer(answer, body, question); }, policy, at,
      cancel);
}

bool copy_file_verified(const fs::path& source, const WantedFile& file, const PositionSink& at, const CancelToken& cancel) {
  PartFile part(file.destination);
  part.start({file.hash.value().text(), file.size, {}});
  RunningDigest digest(file.size);
  digest.start(file.hash);
  std::ifstream stream(source, std::ios::binary);
  std::vector<char> buffer(size_t{1} << 20);
  while (stream && part.length() < file.size) {
    cancel.check();
    stream.read(buffer.data(), static_cast<std::streamsize>(std::min<uint64_t>(buffer.size(), file.size - part.length())));
    const auto bytes = std::as_bytes(std::span(buffer).first(static_cast<size_t>(stream.gcount())));
    part.append(bytes);
    digest.update(bytes);
    at(part.length());
  }
  if (part.length() != file.size || digest.result() != file.hash) {
    part.discard();
    return false;
  }
  part.finish();
  return true;
}

bool is_already_there(const WantedFile& file, const PieceSeen& seen) {
  std::error_code missing;
  if (!fs::is_regular_file(file.destination, missing) || fs::file_size(file.destination) != file.size) {
    return false;
  }
  if (!file.hash) {
    return true;
  }
  if (file.hash->kind == DigestKind::sha256) {
    return digest_of_file(DigestKind::sha256, file.destination, seen) == file.hash->hex;
  }
  Digest digest = start_digest(file.hash->kind, file.size);
  add_file(digest, file.destination, seen);
  return digest.finish() == file.hash->hex;
}

}  // namespace darkroom
