// SPDX-License-Identifier: Apache-2.0
#include "core/base/mapped_file.h"

#include <QFile>
#include <QTemporaryDir>
#include <algorithm>

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

constexpr size_t file_size = 1 << 18;

bool all_are(std::span<const std::byte> bytes, char value) {
  return std::all_of(bytes.begin(), bytes.end(), [value](std::byte byte) { return byte == std::byte(value); });
}

}  // namespace

class MappedFileTest : public QObject {
  Q_OBJECT

 private slots:
  void letGoReadsTheFileAgainAndTouchesNothingElse() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("weights"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(file_size, 'a'));
    file.close();
    MappedFile map(folder.filePath("weights").toStdString());
    const std::span<std::byte> bytes = map.bytes();
    QCOMPARE(bytes.size(), file_size);
    std::fill(bytes.begin(), bytes.end(), std::byte('b'));
    MappedFile::let_go(bytes.subspan(file_size / 4, file_size / 2));
    QVERIFY(all_are(bytes.first(file_size / 4), 'b'));
    QVERIFY(all_are(bytes.subspan(file_size / 4, file_size / 2), 'a'));
    QVERIFY(all_are(bytes.last(file_size / 4), 'b'));
    // A part that holds no whole page, memory that is no file's, and what reaches beyond a map.
    MappedFile::let_go(bytes.first(100));
    QVERIFY(all_are(bytes.first(100), 'b'));
    std::vector<std::byte> own(file_size, std::byte('c'));
    MappedFile::let_go(own);
    QVERIFY(all_are(own, 'c'));
    MappedFile::let_go({bytes.data() + file_size / 2, file_size});
    QVERIFY(all_are(bytes.last(file_size / 4), 'b'));
    MappedFile::let_go({});
  }

  void aFileThatIsNotThereIsNamed() {
    try {
      MappedFile map("/nowhere/at/all");
      QFAIL("opened");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::not_found);
      QVERIFY(std::string(error.what()).find("/nowhere/at/all") == 0);
    }
  }
};

DARKROOM_TEST(MappedFileTest);
#include "mapped_file_test.moc"
