// SPDX-License-Identifier: Apache-2.0
#include "core/hub/part_file.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "tests/byte_view.h"
#include "tests/core/hub/fake_hub.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::bytes_of;
using darkroom::test::says;
using darkroom::test::thrown_by;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t part_size = 300000;
}  // namespace

class PartFileTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    file_ = folder_->filePath("model.bin").toStdString();
  }

  void aPartIsContinuedAndBecomesTheFile() {
    const std::string content = darkroom::test::noise(part_size);
    {
      PartFile part(file_);
      part.start({"sha256 aa", part_size, "\"tag\""});
      part.append(bytes_of(content.substr(0, 1000)));
    }
    QCOMPARE(resumable_bytes(file_, "sha256 aa", part_size), uint64_t{1000});
    QCOMPARE(resumable_bytes(file_, "sha256 bb", part_size), uint64_t{0});
    QCOMPARE(resumable_bytes(file_, "sha256 aa", part_size + 1), uint64_t{0});
    PartFile part(file_);
    QCOMPARE(part.length(), uint64_t{1000});
    QCOMPARE(part.identity().value().entity_tag, std::string("\"tag\""));
    part.append(bytes_of(std::string_view(content).substr(1000)));
    std::string read;
    part.read_all([&read](std::span<const std::byte> bytes) { read.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); });
    QVERIFY(read == content);
    part.finish();
    QVERIFY(read_file(file_) == content);
    QVERIFY(!fs::exists(part_path(file_)));
    QVERIFY(!fs::exists(part_description_path(file_)));
  }

  void aPartThatNobodyDescribedStartsFromNothing_data() {
    QTest::addColumn<QString>("description");
    QTest::newRow("missing") << "";
    QTest::newRow("cut") << "{\"darkroom_part\": 1, \"content\": \"sha2";
    QTest::newRow("other version") << R"({"darkroom_part": 2, "content": "x", "size": 300000, "entity_tag": ""})";
    QTest::newRow("other types") << R"({"darkroom_part": 1, "content": 5, "size": "x", "entity_tag": ""})";
    QTest::newRow("of a shorter file") << R"({"darkroom_part": 1, "content": "x", "size": 99, "entity_tag": ""})";
    QTest::newRow("a list") << "[]";
  }
  void aPartThatNobodyDescribedStartsFromNothing() {
    QFETCH(QString, description);
    write_file_atomically(part_path(file_), std::string(100, 'x'));
    if (!description.isEmpty()) {
      write_file_atomically(part_description_path(file_), description.toStdString());
    }
    const PartFile part(file_);
    QCOMPARE(part.length(), uint64_t{0});
    QCOMPARE(fs::file_size(part_path(file_)), uint64_t{0});
  }

  void twoWritersAreNotLetIn() {
    const PartFile first(file_);
    QVERIFY(says(thrown_by([&] { const PartFile second(file_); }), ErrorCode::busy, "model.bin.part"));
  }

  void smallFilesHaveNoDescription() {
    PartFile part(file_);
    part.start({"sha256 aa", 100, ""});
    QVERIFY(!fs::exists(part_description_path(file_)));
    part.start({"sha256 aa", part_size, ""});
    QVERIFY(fs::exists(part_description_path(file_)));
    part.discard();
    QVERIFY(!fs::exists(part_path(file_)));
    QVERIFY(!fs::exists(part_description_path(file_)));
  }

  void aLinkInThePartsPlaceIsNotFollowed() {
    const std::string elsewhere = folder_->filePath("precious").toStdString();
    write_file_atomically(elsewhere, "precious");
    fs::create_symlink(elsewhere, part_path(file_));
    QCOMPARE(thrown_by([&] { const PartFile part(file_); }).code(), ErrorCode::io);
    QCOMPARE(read_file(elsewhere), std::string("precious"));
  }

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  fs::path file_;
};

DARKROOM_TEST(PartFileTest);
#include "part_file_test.moc"
