// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/checkpoint.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/error.h"
#include "core/checkpoint/host_copy.h"
#include "core/checkpoint/state_hash.h"
#include "tests/core/checkpoint/small_checkpoint.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

void change_byte(const std::filesystem::path& path, std::streamoff place) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(place);
  const int byte = file.get();
  file.seekp(place);
  file.put(static_cast<char>(byte ^ 1));
}

}  // namespace

class CheckpointTest : public QObject {
  Q_OBJECT

  const ParameterLayout layout_ = small_layout();

 private slots:
  void whatIsReadIsWhatWasWritten() {
    const QTemporaryDir folder;
    const std::filesystem::path path = step_folder(folder.path().toStdString(), 3);
    const CheckpointContent content = small_content(layout_, 3);
    write_checkpoint(path, content);
    const CheckpointState state = read_checkpoint(path, layout_);
    for (size_t i = 0; i < content.master.size(); ++i) {
      QVERIFY(torch::equal(state.master[i], content.master[i]));
      QVERIFY(torch::equal(state.ema[i], content.ema[i]));
      QVERIFY(torch::equal(state.part("exp_avg", layout_)[i], content.state[i].tensor));
    }
    QCOMPARE(state.meta.at("step").get<int>(), 3);
    state.require_only({"exp_avg", "exp_avg_sq"});
  }

  void stateThatIsMissingOrForeignIsNamed() {
    const QTemporaryDir folder;
    const std::filesystem::path path = step_folder(folder.path().toStdString(), 3);
    write_checkpoint(path, small_content(layout_, 3));
    const CheckpointState state = read_checkpoint(path, layout_);
    QVERIFY(error_of([&] { state.part("momentum", layout_); }).find("momentum.conv.weight is missing") != std::string::npos);
    QVERIFY(error_of([&] { state.require_only({"exp_avg"}); }).find("exp_avg_sq.") != std::string::npos);
  }

  void everyChangedByteIsNoticed() {
    const QTemporaryDir folder;
    const std::filesystem::path path = step_folder(folder.path().toStdString(), 3);
    write_checkpoint(path, small_content(layout_, 3));
    for (const std::string& name : checkpoint_files()) {
      const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path / name));
      for (const std::streamoff place : {std::streamoff{0}, size / 2, size - 1}) {
        change_byte(path / name, place);
        QVERIFY2(error_of([&] { verify_checkpoint(path); }).find(name) != std::string::npos, name.c_str());
        change_byte(path / name, place);
      }
      std::filesystem::resize_file(path / name, static_cast<uintmax_t>(size) - 1);
      QVERIFY2(error_of([&] { verify_checkpoint(path); }).find("bytes, but was saved with") != std::string::npos, name.c_str());
      std::filesystem::resize_file(path / name, static_cast<uintmax_t>(size));
      change_byte(path / name, size - 1);
      QVERIFY(!error_of([&] { verify_checkpoint(path); }).empty());
      std::filesystem::remove_all(path);
      write_checkpoint(path, small_content(layout_, 3));
    }
  }

  void hashIsOfWhatDecidesTheNextStepAlone() {
    const QTemporaryDir folder;
    const std::filesystem::path parent = folder.path().toStdString();
    CheckpointContent content = small_content(layout_, 3);
    write_checkpoint(parent / "one", content);
    content.facts["time"] = 12345;
    content.facts["reason"] = "request";
    write_checkpoint(parent / "two", content);
    QCOMPARE(checkpoint_state_hash(parent / "two"), checkpoint_state_hash(parent / "one"));
    QVERIFY(!first_difference(parent / "one", parent / "two"));
  }

  void firstBufferThatDiffersIsNamed_data() {
    QTest::addColumn<QString>("part");
    QTest::addColumn<QString>("detail");
    QTest::addRow("weights") << "unet"
                             << "linear.weight: 1 of 32 numbers differ";
    QTest::addRow("average") << "unet_ema"
                             << "linear.weight: 1 of 32 numbers differ";
    QTest::addRow("moment") << "exp_avg_sq"
                            << "exp_avg_sq.linear.weight: 1 of 32 numbers differ";
    QTest::addRow("cursor") << "cursor"
                            << "{\"step\":3}";
    QTest::addRow("guard") << "guard"
                           << "{}";
    QTest::addRow("quarantine") << "quarantine"
                                << "{}";
  }

  void firstBufferThatDiffersIsNamed() {
    QFETCH(const QString, part);
    QFETCH(const QString, detail);
    const QTemporaryDir folder;
    const std::filesystem::path parent = folder.path().toStdString();
    write_checkpoint(parent / "one", small_content(layout_, 3));
    CheckpointContent other = small_content(layout_, 3);
    const std::string name = part.toStdString();
    if (name == "unet") {
      other.master[1][7][3] += 1;
    } else if (name == "unet_ema") {
      other.ema[1][7][3] += 1;
    } else if (name == "exp_avg_sq") {
      other.state[3].tensor[7][3] += 1;
    } else {
      other.facts[name] = {{"changed", 1}};
    }
    write_checkpoint(parent / "two", other);
    const auto difference = first_difference(parent / "one", parent / "two");
    QVERIFY(difference);
    QCOMPARE(QString::fromStdString(difference->part), part);
    QVERIFY2(difference->detail.find(detail.toStdString()) != std::string::npos, difference->detail.c_str());
    QVERIFY(checkpoint_state_hash(parent / "one") != checkpoint_state_hash(parent / "two"));
  }

  void hostCopyDoesNotFollowTheOriginal() {
    torch::Tensor flat = torch::arange(12, torch::kFloat32);
    CheckpointContent content;
    content.layout = &layout_;
    content.master = {flat.slice(0, 0, 6).view({2, 3}), flat.slice(0, 6, 12).view({3, 2}).t()};
    content.state = {{"bytes.x", torch::arange(5, torch::kUInt8)}};
    HostCopier copier;
    copier.prepare(content);
    const CheckpointContent copy = copier.copy(content);
    QVERIFY(torch::equal(copy.master[1], content.master[1]));
    QCOMPARE(copy.master[1].strides().vec(), content.master[1].strides().vec());
    flat.zero_();
    QCOMPARE(copy.master[1].sum().item<double>(), 6.0 + 7 + 8 + 9 + 10 + 11);
    QCOMPARE(copy.master[0].storage().data(), copy.master[1].storage().data());  // one memory, copied once
    QVERIFY(torch::equal(copy.state[0].tensor, torch::arange(5, torch::kUInt8)));
  }
};

DARKROOM_TEST(CheckpointTest);
#include "checkpoint_test.moc"
