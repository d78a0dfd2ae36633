// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/safetensors.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

std::string file_of(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(header.size() >> (8 * i));
  }
  return bytes + header + data;
}

const std::string eight(8, '\1');

}  // namespace

class SafetensorsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void everyDtypeSurvivesTheRoundTrip() {
    std::vector<NamedTensor> tensors;
    for (const torch::ScalarType dtype : {torch::kFloat32, torch::kHalf, torch::kBFloat16, torch::kDouble, torch::kInt64, torch::kInt32,
                                          torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
      tensors.push_back({safetensors_dtype_name(dtype), torch::randint(0, 2, {3, 4, 2}).to(dtype)});
    }
    tensors.push_back({"scalar", torch::tensor(2.5F)});
    tensors.push_back({"empty", torch::zeros({0, 7})});
    tensors.push_back({"odd \"name\" é", torch::ones({1})});
    const fs::path path = at("all.safetensors");
    write_safetensors(path, tensors, {{"note", "a \"quoted\" word"}});
    QVERIFY(!fs::exists(at("all.safetensors.tmp")));
    const SafetensorsFile file(path);
    QCOMPARE(file.tensors().size(), tensors.size());
    for (const NamedTensor& entry : tensors) {
      const torch::Tensor read = file.tensor(entry.name);
      QVERIFY2(read.scalar_type() == entry.tensor.scalar_type() && at::equal(read, entry.tensor), entry.name.c_str());
    }
    QCOMPARE(file.metadata().at("format"), std::string("pt"));
    QCOMPARE(file.metadata().at("note"), std::string("a \"quoted\" word"));
  }

  void headersArePaddedToEightBytes() {
    for (const char* name : {"a", "ab", "abc", "abcdefgh"}) {
      const std::vector<NamedTensor> tensors = {{name, torch::ones({2})}};
      write_safetensors(at("x"), tensors);
      const std::string bytes = read_file(at("x"));
      QCOMPARE(static_cast<unsigned char>(bytes[0]) % 8, 0);
      QCOMPARE(bytes.size() % 8, size_t{0});
    }
  }

  void channelsLastIsStoredInTheUsualOrder() {
    const torch::Tensor weight = torch::randn({3, 2, 3, 3});
    const std::vector<NamedTensor> tensors = {{"w", weight.contiguous(at::MemoryFormat::ChannelsLast)}};
    write_safetensors(at("x"), tensors);
    const torch::Tensor read = SafetensorsFile(at("x")).tensor("w");
    QVERIFY(read.is_contiguous() && at::equal(read, weight));
  }

  void tensorsOutliveTheFileObjectAndNeverWriteToIt() {
    const std::vector<NamedTensor> tensors = {{"w", torch::ones({1000})}};
    write_safetensors(at("x"), tensors);
    const std::string before = read_file(at("x"));
    torch::Tensor read;
    {
      const SafetensorsFile file(at("x"));
      read = file.tensor("w");
    }
    read.mul_(2);
    QCOMPARE(read.sum().item<double>(), 2000.0);
    QVERIFY(read_file(at("x")) == before);
  }

  void misalignedTensorsAreReadToo() {
    const std::vector<NamedTensor> tensors = {{"bytes", torch::ones({3}, torch::kUInt8)}, {"floats", torch::arange(5.0, torch::kFloat32)}};
    write_safetensors(at("x"), tensors);
    QVERIFY(at::equal(SafetensorsFile(at("x")).tensor("floats"), tensors[1].tensor));
  }

  void rejectsMalformedFiles_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const auto row = [](const char* name, const std::string& bytes, const char* reason) {
      QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << QByteArray(reason);
    };
    const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
    row("empty file", "", "too few");
    row("seven bytes", "1234567", "too few");
    row("truncated data", file_of(good, "1234"), "cut off");
    row("trailing data", file_of(good, eight + "x"), "something follows");
    row("header beyond the file", std::string("\xff\0\0\0\0\0\0\0{}", 10), "announces a header");
    row("header beyond the limit", std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), "announces a header");
    row("not an object", file_of("[]", ""), "must be a JSON object");
    row("leading space", file_of(" {}", ""), "must be a JSON object");
    row("trailing newline", file_of("{}\n", ""), "must be a JSON object");
    row("NUL inside", file_of(std::string("{\0}", 3), ""), "must be a JSON object");
    row("two objects", file_of("{}{}", ""), "not valid JSON");
    row("cut JSON", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})", eight), "not valid JSON");
    row("invalid UTF-8", file_of("{\"\xff\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", eight), "not valid JSON");
    row("name twice",
        file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight),
        "stands twice");
    row("key twice", file_of(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", eight), "stands twice");
    row("unknown key", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":[1]}})", eight), "unknown key");
    row("missing shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", eight), "expected dtype, shape");
    row("unknown dtype", file_of(R"({"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}})", eight), "unknown dtype");
    row("dtype a number", file_of(R"({"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}})", eight), "stands where it may not");
    row("negative extent", file_of(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", eight), "below 0");
    row("exponent", file_of(R"({"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}})", eight), "not a whole number");
    row("null shape", file_of(R"({"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}})", eight), "null");
    row("nested shape", file_of(R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})", eight), "list stands where");
    row("object in a list", file_of(R"({"a":{"dtype":"F32","shape":[{}],"data_offsets":[0,8]}})", eight), "nested deeper");
    row("deep object", file_of(R"({"a":{"b":{"c":{}}}})", eight), "");
    row("rank nine", file_of(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}})", eight), "more than 8");
    row("three offsets", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}})", eight), "two numbers");
    row("backwards", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", eight), "backwards");
    row("too small for its shape", file_of(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", eight), "needs 12 bytes");
    row("overflowing shape", file_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", eight), "too many");
    row("wrapping shape", file_of(R"({"a":{"dtype":"F32","shape":[4611686018427387905,2],"data_offsets":[0,8]}})", eight), "too many");
    row("hole in front", file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight), "leave a hole");
    row("overlap",
        file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight),
        "overlap");
    row("metadata not strings", file_of(R"({"__metadata__":{"a":1}})", ""), "stands where it may not");
    row("metadata nested", file_of(R"({"__metadata__":{"a":{}}})", ""), "nested deeper");
    row("top-level value", file_of(R"({"a":"F32"})", ""), "stands where it may not");
  }
  void rejectsMalformedFiles() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, reason);
    const fs::path path = at("bad.safetensors");
    std::ofstream(path, std::ios::binary).write(bytes.data(), bytes.size());
    try {
      const SafetensorsFile file(path);
      QFAIL("accepted");
    } catch (const Error& error) {
      const std::string text = error.what();
      QVERIFY2(error.code() == ErrorCode::bad_input && text.starts_with(path.string()), text.c_str());
      QVERIFY2(text.find(reason.toStdString()) != std::string::npos, text.c_str());
    }
  }

  void acceptsTrailingSpacesAndNoTensors() {
    std::ofstream(at("x"), std::ios::binary) << file_of("{}   ", "");
    QVERIFY(SafetensorsFile(at("x")).tensors().empty());
  }

  void namesAMissingFileAndTensor() {
    QVERIFY_EXCEPTION_THROWN(SafetensorsFile(at("nothing")), Error);
    const std::vector<NamedTensor> tensors = {{"w", torch::ones({1})}};
    write_safetensors(at("x"), tensors);
    QVERIFY_EXCEPTION_THROWN(SafetensorsFile(at("x")).tensor("v"), Error);
  }

  void refusesBrokenAnnouncementsAndLeavesNothingBehind() {
    const std::vector<NamedTensor> twice = {{"w", torch::ones({1})}, {"w", torch::ones({1})}};
    QVERIFY_EXCEPTION_THROWN(write_safetensors(at("x"), twice), std::invalid_argument);
    const std::vector<TensorInfo> infos = {{"w", torch::kFloat32, {2}}};
    QVERIFY_EXCEPTION_THROWN(write_safetensors(at("x"), infos, [](size_t) { return torch::ones({3}); }), std::invalid_argument);
    QVERIFY(fs::is_empty(folder_->path().toStdString()));
  }

 private:
  fs::path at(const char* name) const { return fs::path(folder_->path().toStdString()) / name; }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(SafetensorsTest);
#include "safetensors_test.moc"
