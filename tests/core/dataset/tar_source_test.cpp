// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/dataset/tar_source.h"
#include "tests/core/dataset/tar_bytes.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

class TarSourceTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  TarSource open(const std::string& bytes, const TarLimits& limits = {}) {
    const std::filesystem::path path = folder_.filePath("a.tar").toStdString();
    write_file_atomically(path, bytes);
    return TarSource(path, limits);
  }

  static bool rejected(const TarSource& tar, const std::string& name, const std::string& reason) {
    for (const TarReject& reject : tar.rejects()) {
      if (reject.name == name && reject.reason.find(reason) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

 private slots:
  void adjacentMembersOfOneKeyMakeASample() {
    const TarSource tar = open(tar_member("a/b.jpg", "JPG") + tar_member("a/b.seg.PNG", "PNG") + tar_member("a/b.txt", "a cat") +
                               tar_member("c.txt", "x") + tar_end());
    QCOMPARE(tar.samples().size(), size_t{2});
    QCOMPARE(tar.samples()[0].key, std::string("a/b"));
    QCOMPARE(tar.samples()[0].fields.size(), size_t{3});
    QCOMPARE(tar.samples()[0].fields[1].name, std::string("seg.png"));
    QCOMPARE(tar.read(*tar.samples()[0].find("txt")), std::string("a cat"));
    QCOMPARE(tar.read(*tar.samples()[0].image()), std::string("JPG"));
    QVERIFY(tar.samples()[1].image() == nullptr);
    QVERIFY(tar.rejects().empty());
  }

  void keyEndsAtTheFirstDotOfTheBaseName() {
    QCOMPARE(split_sample_name("x.y/a.b.c")->key, std::string("x.y/a"));
    QCOMPARE(split_sample_name("x.y/a.b.c")->field, std::string("b.c"));
    QVERIFY(!split_sample_name("a/nodot"));
    QVERIFY(!split_sample_name("a/.hidden"));
    QCOMPARE(split_sample_name("a.")->field, std::string());
  }

  void linksAndDevicesAreQuarantinedAndNeverFollowed() {
    std::string link = tar_header("l.txt", 0, '2');
    link.replace(157, 11, "/etc/passwd");
    sign_header(link);
    const TarSource tar = open(link + tar_header("h.txt", 0, '1') + tar_header("d.txt", 0, '3') + tar_header("p.txt", 0, '6') +
                               tar_header("s.txt", 0, 'S') + tar_header("folder/", 0, '5') + tar_member("ok.txt", "fine") + tar_end());
    QCOMPARE(tar.samples().size(), size_t{1});
    QVERIFY(rejected(tar, "l.txt", "a symbolic link"));
    QVERIFY(rejected(tar, "h.txt", "a hard link"));
    QVERIFY(rejected(tar, "d.txt", "a character device"));
    QVERIFY(rejected(tar, "p.txt", "a pipe"));
    QVERIFY(rejected(tar, "s.txt", "a sparse file"));
    QCOMPARE(tar.rejects().size(), size_t{5});
  }

  void namesThatLeaveTheArchiveAreQuarantined() {
    const TarSource tar = open(tar_member("/abs.txt", "x") + tar_member("../up.txt", "x") + tar_member("a/../b.txt", "x") +
                               tar_member("..a/b.txt", "x") + tar_end());
    QCOMPARE(tar.samples().size(), size_t{1});
    QVERIFY(rejected(tar, "/abs.txt", "absolute"));
    QVERIFY(rejected(tar, "../up.txt", ".."));
    QVERIFY(rejected(tar, "a/../b.txt", ".."));
  }

  void truncationKeepsWhatIsWhole() {
    const std::string whole = tar_member("a.txt", "first") + tar_member("b.txt", std::string(2000, 'x'));
    const TarSource tar = open(whole.substr(0, 512 * 3 + 700));
    QCOMPARE(tar.samples().size(), size_t{1});
    QVERIFY(rejected(tar, "b.txt", "cut short: 700 of 2000"));
    const TarSource header_cut = open(whole.substr(0, 512 * 2 + 100));
    QCOMPARE(header_cut.samples().size(), size_t{1});
    QVERIFY(rejected(header_cut, "byte 1024", "inside a header"));
    const TarSource no_end = open(tar_member("a.txt", "first"));
    QCOMPARE(no_end.samples().size(), size_t{1});
    QVERIFY(no_end.rejects().empty());
  }

  void wrongChecksumEndsTheReading() {
    std::string second = tar_member("b.txt", "x");
    second[0] = 'z';
    const TarSource tar = open(tar_member("a.txt", "x") + second + tar_member("c.txt", "x") + tar_end());
    QCOMPARE(tar.samples().size(), size_t{1});
    QVERIFY(rejected(tar, "byte 1024", "checksum"));
  }

  void duplicateFieldsAndKeysAreQuarantined() {
    const TarSource tar = open(tar_member("a.txt", "1") + tar_member("a.TXT", "2") + tar_member("a.jpg", "3") + tar_member("b.txt", "4") +
                               tar_member("c.txt", "5") + tar_member("b.jpg", "6") + tar_end());
    QCOMPARE(tar.samples().size(), size_t{2});
    QCOMPARE(tar.samples()[0].key, std::string("b"));
    QCOMPARE(tar.samples()[0].fields.size(), size_t{1});
    QVERIFY(rejected(tar, "a", "\"txt\" twice"));
    QVERIFY(rejected(tar, "b", "there before"));
  }

  void bookkeepingMembersArePassedOver() {
    const TarSource tar =
        open(tar_member("__index__/a.txt", "x") + tar_member("x/__meta__", "x") + tar_member("a__b.txt", "x") + tar_end());
    QCOMPARE(tar.samples().size(), size_t{1});
    QCOMPARE(tar.samples()[0].key, std::string("a__b"));
    QVERIFY(tar.rejects().empty());
  }

  void longNamesOfGnuAndPaxAreRead() {
    const std::string name = std::string(150, 'n') + ".txt";
    const std::string other = std::string(150, 'p') + ".txt";
    const std::string record = " path=" + other + "\n";
    const std::string pax = std::to_string(record.size() + 3) + record;
    const TarSource tar = open(tar_member("././@LongLink", name + '\0', 'L') + tar_member("short.txt", "gnu") + tar_member("x", pax, 'x') +
                               tar_member("short2.txt", "pax") + tar_header("c.txt", 2, '0', "pre") + padded("ok") + tar_end());
    QCOMPARE(tar.samples().size(), size_t{3});
    QCOMPARE(tar.samples()[0].key, std::string(150, 'n'));
    QCOMPARE(tar.samples()[1].key, std::string(150, 'p'));
    QCOMPARE(tar.samples()[2].key, std::string("pre/c"));
  }

  void sizesThatLieAreRefused() {
    std::string base256 = tar_header("a.txt", 0);
    base256.replace(124, 12, std::string("\x80\0\0\0\0\0\0\0\0\0\0\3", 12));
    sign_header(base256);
    QCOMPARE(open(base256 + padded("abc") + tar_end()).samples()[0].fields[0].size, uint64_t{3});
    std::string negative = base256;
    negative.replace(124, 12, std::string(12, '\xFF'));
    sign_header(negative);
    QVERIFY(rejected(open(negative + tar_end()), "a.txt", "size cannot be read"));
    std::string huge = base256;
    huge.replace(124, 12, std::string("\x80\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12));
    sign_header(huge);
    QVERIFY(rejected(open(huge + tar_end()), "a.txt", "size cannot be read"));
    std::string letters = base256;
    letters.replace(124, 12, "12z45       ");
    sign_header(letters);
    QVERIFY(rejected(open(letters + tar_end()), "a.txt", "size cannot be read"));
    QVERIFY(rejected(open(tar_member("x", "99 path=a\n", 'x') + tar_member("a.txt", "x") + tar_end()), "x", "damaged extended header"));
  }

  void membersBeyondTheLimitAreQuarantined() {
    const TarSource tar = open(tar_member("a.txt", "12345") + tar_member("b.txt", "1234") + tar_end(), {.max_member_bytes = 4});
    QCOMPARE(tar.samples().size(), size_t{1});
    QVERIFY(rejected(tar, "a.txt", "5 bytes; at most 4"));
  }

  void otherFilesAreNoTars() {
    QVERIFY_EXCEPTION_THROWN(open("hello"), Error);
    QVERIFY_EXCEPTION_THROWN(open(std::string(600, 'x')), Error);
    QVERIFY_EXCEPTION_THROWN(TarSource("/nonexistent/a.tar"), Error);
    QVERIFY(open(tar_end()).samples().empty());
  }
};

DARKROOM_TEST(TarSourceTest);
#include "tar_source_test.moc"
