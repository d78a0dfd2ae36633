// SPDX-License-Identifier: Apache-2.0
// `darkroom-engine forward` with the embedded model: what tests/parity/compare_full_size.py relies on.
#include <QFile>
#include <QTemporaryDir>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using darkroom::Json;
using darkroom::test::run_engine;

namespace {

// A safetensors file with one float32 tensor whose values rise from -1 to 1.
void write_ramp(const QString& path, const std::string& name, const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    count *= extent;
  }
  std::string header = Json{{name, {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {0, 4 * count}}}}}.dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const auto length = static_cast<uint64_t>(header.size());
  QByteArray bytes(reinterpret_cast<const char*>(&length), sizeof length);
  bytes.append(header.data(), static_cast<qsizetype>(header.size()));
  for (int64_t i = 0; i < count; ++i) {
    const float value = 2.0F * static_cast<float>(i) / static_cast<float>(count) - 1;
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(bytes);
}

std::vector<float> values_of(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) {
    return {};
  }
  const QByteArray bytes = file.readAll();
  uint64_t header = 0;
  std::memcpy(&header, bytes.constData(), sizeof header);
  std::vector<float> values((static_cast<size_t>(bytes.size()) - 8 - header) / sizeof(float));
  std::memcpy(values.data(), bytes.constData() + 8 + header, values.size() * sizeof(float));
  return values;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float most = a.size() == b.size() && !a.empty() ? 0 : std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    most = std::max(most, std::abs(a[i] - b[i]));
  }
  return most;
}

}  // namespace

class ForwardTest : public QObject {
  Q_OBJECT

 private slots:
  void stripsOfTheVaeAreItsPicture() {
    write_ramp(at("in"), "latents", {1, 4, 21, 10});
    const QStringList call{"forward", "vae_decode", "--model", "pocket", "--inputs", at("in"), "--json"};
    const auto whole = run_engine(call + QStringList{"--out", at("whole")});
    QVERIFY2(whole.exit_code == 0, whole.output.constData());
    const Json shape = whole.last()["shapes"]["images"];
    QCOMPARE(shape[1].get<int>(), 3);
    QCOMPARE(shape[2].get<int>() * 10, shape[3].get<int>() * 21);
    QCOMPARE(run_engine(call + QStringList{"--out", at("strips"), "--strips"}).exit_code, 0);
    const float apart = largest_difference(values_of(at("whole")), values_of(at("strips")));
    QVERIFY2(apart < 1e-4F, QByteArray::number(apart));
  }

  void bfloat16IsNearFloat32AndNotTheSame() {
    write_ramp(at("in"), "images", {1, 3, 64, 64});
    const QStringList call{"forward", "vae_encode", "--model", "pocket", "--inputs", at("in")};
    QCOMPARE(run_engine(call + QStringList{"--out", at("fp32")}).exit_code, 0);
    QCOMPARE(run_engine(call + QStringList{"--out", at("bf16"), "--dtype", "bf16"}).exit_code, 0);
    const float apart = largest_difference(values_of(at("fp32")), values_of(at("bf16")));
    QVERIFY2(apart > 0 && apart < 1, QByteArray::number(apart));
  }

  void saysWhichTensorIsMissing() {
    write_ramp(at("in"), "images", {1, 3, 8, 8});
    const auto result = run_engine({"forward", "vae_decode", "--model", "pocket", "--inputs", at("in"), "--out", at("x"), "--json"});
    QCOMPARE(result.exit_code, 3);
    QVERIFY2(result.output.contains("latents") && !QFile::exists(at("x")), result.output.constData());
  }

 private:
  QString at(const char* name) const { return folder_.filePath(QString(name) + ".safetensors"); }
  QTemporaryDir folder_;
};

DARKROOM_TEST(ForwardTest);
#include "forward_test.moc"
