// SPDX-License-Identifier: Apache-2.0
#include "core/model/hash_cache.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/digest.h"
#include "core/checkpoint/safetensors.h"
#include "tests/core/model/small_model.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

void age(const fs::path& path, std::chrono::seconds seconds) { fs::last_write_time(path, fs::file_time_type::clock::now() - seconds); }

}  // namespace

class HashCacheTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void aFileIsReadOnceForItsHash() {
    write_text(at("a"), "abc");
    age(at("a"), std::chrono::seconds(60));
    QCOMPARE(hash("a", "first"), std::string("first"));
    QCOMPARE(hash("a", "second"), std::string("first"));
    QCOMPARE(computed_, 1);
    // Another cache object finds it in the file; another kind of hash does not.
    QCOMPARE(HashCache(at("cache.jsonl")).value("kind", {at("a")}, [] { return std::string("third"); }), std::string("first"));
    QCOMPARE(HashCache(at("cache.jsonl")).value("other", {at("a")}, [] { return std::string("fourth"); }), std::string("fourth"));
  }

  void aChangedFileIsHashedAgain() {
    write_text(at("a"), "abc");
    age(at("a"), std::chrono::seconds(60));
    hash("a", "first");
    age(at("a"), std::chrono::seconds(50));
    QCOMPARE(hash("a", "second"), std::string("second"));
    write_text(at("a"), "abcd");
    age(at("a"), std::chrono::seconds(50));
    QCOMPARE(hash("a", "third"), std::string("third"));
  }

  void aFileThatJustChangedIsNotRemembered() {
    write_text(at("a"), "abc");
    QCOMPARE(hash("a", "first"), std::string("first"));
    QCOMPARE(hash("a", "second"), std::string("second"));
    QVERIFY(!fs::exists(at("cache.jsonl")));
  }

  void tornLinesAndUnwritablePlacesAreNoError() {
    write_text(at("a"), "abc");
    age(at("a"), std::chrono::seconds(60));
    write_text(at("cache.jsonl"), "{\"kind\": \"ki\n[]\n{\"kind\": 3, \"files\": 4, \"hash\": \"x\"}\nnot json");
    QCOMPARE(hash("a", "first"), std::string("first"));
    QCOMPARE(hash("a", "second"), std::string("first"));
    fs::create_directories(at("folder.jsonl"));
    QCOMPARE(HashCache(at("folder.jsonl")).value("kind", {at("a")}, [] { return std::string("x"); }), std::string("x"));
    QCOMPARE(HashCache("/proc/none/cache.jsonl").value("kind", {at("a")}, [] { return std::string("x"); }), std::string("x"));
  }

  void theCacheStaysSmall() {
    write_text(at("a"), "abc");
    age(at("a"), std::chrono::seconds(60));
    std::string lines;
    for (int i = 0; i < 1500; ++i) {
      lines += "{\"kind\":\"kind\",\"files\":[[" + std::to_string(i) + ",0,0,0]],\"hash\":\"x\"}\n";
    }
    write_text(at("cache.jsonl"), lines);
    hash("a", "first");
    const std::string text = read_file(at("cache.jsonl"));
    QCOMPARE(std::count(text.begin(), text.end(), '\n'), ptrdiff_t{1000});
    QCOMPARE(hash("a", "second"), std::string("first"));
  }

  void modelHashesAreThoseOfA1111() {
    write_text(at("a"), "abc");
    const HashCache cache(at("cache.jsonl"));
    QCOMPARE(model_sha256(at("a"), cache), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(model_short_hash(at("a"), cache), std::string("ba7816bf8f"));
    QVERIFY(!error_of([&] { model_sha256(at("missing"), cache); }).empty());
  }

  void aTensorHashDoesNotSeeMetadata() {
    const std::vector<NamedTensor> tensors = {{"w", torch::arange(8.0, torch::kFloat32)}};
    write_safetensors(at("a.safetensors"), tensors);
    write_safetensors(at("b.safetensors"), tensors, {{"note", "of another length"}});
    const HashCache cache(at("cache.jsonl"));
    const auto bytes = static_cast<const char*>(tensors[0].tensor.const_data_ptr());
    QCOMPARE(tensor_data_sha256(at("a.safetensors"), cache), digest_of(DigestKind::sha256, std::string_view(bytes, 32)));
    QCOMPARE(tensor_data_sha256(at("b.safetensors"), cache), tensor_data_sha256(at("a.safetensors"), cache));
    QVERIFY(model_sha256(at("a.safetensors"), cache) != model_sha256(at("b.safetensors"), cache));
  }

 private:
  fs::path at(const std::string& name) const { return fs::path(folder_->path().toStdString()) / name; }
  std::string hash(const std::string& name, const std::string& fresh) {
    return HashCache(at("cache.jsonl")).value("kind", {at(name)}, [&] {
      ++computed_;
      return fresh;
    });
  }
  std::unique_ptr<QTemporaryDir> folder_;
  int computed_ = 0;
};

DARKROOM_TEST(HashCacheTest);
#include "hash_cache_test.moc"
