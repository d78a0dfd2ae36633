// SPDX-License-Identifier: Apache-2.0
// Every way in which two readers of one zip could see two files.
#include "core/checkpoint/zip_directory.h"

#include "core/base/error.h"
#include "tests/core/checkpoint/torch_archive_files.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

std::vector<TestEntry> two() { return {{"a/one", "first"}, {"a/two", "second"}}; }

// Two entries of which the second is changed.
std::string with(const std::function<void(TestEntry&)>& change) {
  std::vector<TestEntry> entries = two();
  change(entries[1]);
  return zip_file(entries);
}

std::span<std::byte> span_of(std::string& bytes) { return std::as_writable_bytes(std::span(bytes.data(), bytes.size())); }

std::string content_of(const ZipDirectory& zip, std::string_view name) {
  const std::span<std::byte> bytes = zip.data(*zip.find(name));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void row(const char* name, const std::string& bytes, const char* reason) {
  QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << QByteArray(reason);
}

// Places of the end records' fields, counted from the end.
constexpr size_t end = 22;
constexpr size_t locator = 42;
constexpr size_t zip64_end = 98;

}  // namespace

class ZipDirectoryTest : public QObject {
  Q_OBJECT

 private slots:
  void readsStoredEntries() {
    std::string bytes = zip_file(two());
    const ZipDirectory zip(span_of(bytes), "file");
    QCOMPARE(zip.entries().size(), size_t{2});
    QCOMPARE(content_of(zip, "a/one"), std::string("first"));
    QCOMPARE(content_of(zip, "a/two"), std::string("second"));
    QVERIFY(zip.find("a/three") == nullptr && zip.find("one") == nullptr);
    QVERIFY(zip.checksum_matches(*zip.find("a/two")));
  }

  void headersThatLeaveTheirSizesToADescriptorAreRead() {
    std::vector<TestEntry> entries = two();
    for (TestEntry& entry : entries) {
      entry.flags = zip::flag_descriptor | zip::flag_utf8;
      entry.local_size = 0;
    }
    std::string bytes = zip_file(entries);
    QCOMPARE(content_of(ZipDirectory(span_of(bytes), "file"), "a/two"), std::string("second"));
  }

  void paddingAndOtherExtraFieldsAreSkipped() {
    std::vector<TestEntry> entries = two();
    entries[0].local_extra = number(zip::extra_padding, 2) + number(3, 2) + "ZZZ" + number(0x5455, 2) + number(1, 2) + "x";
    std::string bytes = zip_file(entries);
    const ZipDirectory zip(span_of(bytes), "file");
    QCOMPARE(content_of(zip, "a/one") + content_of(zip, "a/two"), std::string("firstsecond"));
  }

  void foldersAreLeftOut() {
    std::vector<TestEntry> entries = two();
    entries.insert(entries.begin(), {"a/", ""});
    std::string bytes = zip_file(entries);
    const ZipDirectory zip(span_of(bytes), "file");
    QCOMPARE(zip.entries().size(), size_t{2});
    QCOMPARE(content_of(zip, "a/one"), std::string("first"));
  }

  void refusesDoubtfulDirectories_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const std::string good = zip_file(two());
    const std::string fake_end = number(zip::end_signature, 4) + number(0, 16);
    row("empty", "", "does not end with a zip directory");
    row("only an end record", number(zip::end_signature, 4) + std::string(18, '\0'), "does not start at byte 0");
    row("cut by a byte", good.substr(0, good.size() - 1), "does not end with a zip directory");
    row("cut in half", good.substr(0, good.size() / 2), "does not end with a zip directory");
    row("a byte behind", good + "x", "does not end with a zip directory");
    row("a comment", patched(good, 2, number(1, 2)) + "x", "does not end with a zip directory");
    row("a comment that is not there", patched(good, 2, number(1, 2)), "has a comment");
    row("two ends", with([&](TestEntry& entry) { entry.data = fake_end + number(5 + 98 + 46 * 2 + 10, 2) + "12345"; }),
        "has two ends of a zip directory");
    row("one of two disks", patched(good, end - 4, number(1, 2)), "several disks");
    row("directory on another disk", patched(good, end - 6, number(1, 2)), "several disks");
    row("counts that differ", patched(good, end - 8, number(1, 2)), "several disks");
    row("fewer entries than said", patched(patched(good, end - 8, number(0xFFFFFFFF, 4)), zip64_end - 24, number(3, 8) + number(3, 8)),
        "no directory entry is here");
    row("more entries than said", patched(patched(good, end - 8, number(0xFFFFFFFF, 4)), zip64_end - 24, number(1, 8) + number(1, 8)),
        "something follows the 1 entries");
    row("a billion entries",
        patched(patched(good, end - 8, number(0xFFFFFFFF, 4)), zip64_end - 24, number(1 << 30, 8) + number(1 << 30, 8)), "at most 500000");
    row("end records that disagree", patched(good, zip64_end - 48, number(1, 8)), "the two end records of the zip disagree");
    row("directory that starts later", patched(patched(good, end - 16, number(0xFFFFFFFF, 4)), zip64_end - 48, number(1 << 20, 8)),
        "does not end where its end record starts");
    row("locator elsewhere", patched(good, locator - 8, number(0, 8)), "is not right before this");
    row("locator beyond the file", patched(good, locator - 8, number(~uint64_t{0}, 8)), "is not right before this");
    row("locator of two disks", patched(good, locator - 16, number(2, 4)), "is not right before this");
    row("longer zip64 record", patched(good, zip64_end - 4, number(50, 8)), "is not right before this");
    row("zip64 missing", patched(good.substr(0, good.size() - 98) + good.substr(good.size() - 22), end - 12, number(0xFFFFFFFF, 4)),
        "the zip64 end record is missing");
    row("something before the first", "1234" + good, "is not right before this");
    row("compressed", with([](TestEntry& entry) { entry.method = 8; }), "is compressed (method 8)");
    row("unknown method", with([](TestEntry& entry) { entry.method = 93; }), "is compressed (method 93)");
    row("encrypted", with([](TestEntry& entry) { entry.flags = 1; }), "is encrypted");
    row("strongly encrypted", with([](TestEntry& entry) { entry.flags = 0x40; }), "is encrypted");
    row("masked headers", with([](TestEntry& entry) { entry.flags = 0x2000; }), "(flags 0x2000)");
    row("patch data", with([](TestEntry& entry) { entry.flags = 0x20; }), "(flags 0x20)");
    row("entry on another disk", with([](TestEntry& entry) { entry.disk = 1; }), "lies on another disk");
    row("the same name twice", with([](TestEntry& entry) { entry.name = "a/one"; }), "\"a/one\" stands twice");
    row("up and out", with([](TestEntry& entry) { entry.name = "a/../../x"; }), "a part that leads elsewhere");
    row("dot", with([](TestEntry& entry) { entry.name = "a/./x"; }), "a part that leads elsewhere");
    row("absolute", with([](TestEntry& entry) { entry.name = "/a/x"; }), "a part that leads elsewhere");
    row("two slashes", with([](TestEntry& entry) { entry.name = "a//x"; }), "a part that leads elsewhere");
    row("a drive", with([](TestEntry& entry) { entry.name = "c:/x"; }), "a part that leads elsewhere");
    row("NUL in the name", with([](TestEntry& entry) { entry.name = std::string("a/x\0.pkl", 8); }), "its characters");
    row("backslash", with([](TestEntry& entry) { entry.name = "a\\x"; }), "its characters");
    row("no UTF-8", with([](TestEntry& entry) { entry.name = "a/\xff"; }), "its characters");
    row("no name", with([](TestEntry& entry) { entry.name = ""; }), "its length");
    row("a folder with content", with([](TestEntry& entry) { entry.name = "a/b/"; }), "has content");
    row("a second name", with([](TestEntry& entry) { entry.central_extra = number(0x7075, 2) + number(5, 2) + "\1abcd"; }),
        "a second name in an extra field");
    row("extra field cut off", with([](TestEntry& entry) { entry.central_extra = number(0x5455, 2) + number(9, 2) + "x"; }), "cut off");
    row("extra field of three bytes", with([](TestEntry& entry) { entry.central_extra = "abc"; }), "cut off");
    row("two zip64 fields", with([](TestEntry& entry) { entry.central_extra = zip64_field({}) + zip64_field({}); }), "two zip64 fields");
    row("size that lacks its zip64 field", with([](TestEntry& entry) { entry.central_size = 0xFFFFFFFF; }), "lack their zip64 field");
    row("zip64 field too short", with([](TestEntry& entry) {
          entry.central_size = 0xFFFFFFFF;
          entry.central_extra = zip64_field({6});
        }),
        "lack their zip64 field");
    row("zip64 field that nothing needs", with([](TestEntry& entry) { entry.central_extra = zip64_field({6}); }), "contradict");
    row("sizes that differ", with([](TestEntry& entry) {
          entry.central_size = 0xFFFFFFFF;
          entry.central_extra = zip64_field({6, 7});
        }),
        "contradict");
    row("larger than the file", with([](TestEntry& entry) { entry.central_size = 1 << 20; }), "reach into what starts at byte");
    row("2^64 bytes", with([](TestEntry& entry) {
          entry.central_size = 0xFFFFFFFF;
          entry.central_extra = zip64_field({~uint64_t{0}, ~uint64_t{0}});
        }),
        "reach into what starts at byte");
    row("over the entry before", with([](TestEntry& entry) { entry.header_at = 10; }), "reach into what starts at byte 10");
    row("the same bytes twice", with([](TestEntry& entry) { entry.header_at = 0; }), "reach into what starts at byte 0");
    row("beyond the directory", with([](TestEntry& entry) { entry.header_at = 1 << 20; }), "reach into what starts at byte");
  }
  void refusesDoubtfulDirectories() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, reason);
    std::string copy(bytes.constData(), static_cast<size_t>(bytes.size()));
    try {
      const ZipDirectory zip(span_of(copy), "file");
      QFAIL("accepted");
    } catch (const Error& error) {
      const std::string text = error.what();
      QVERIFY2(error.code() == ErrorCode::bad_input && text.starts_with("file: "), text.c_str());
      QVERIFY2(text.find(reason.toStdString()) != std::string::npos, text.c_str());
    }
  }

  void refusesHeadersThatContradictTheDirectory_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const std::string good = zip_file(two());
    const size_t second = 30 + 5 + 5;
    row("another name", with([](TestEntry& entry) { entry.local_name = "a/six"; }), "another name");
    row("a longer name", with([](TestEntry& entry) { entry.local_name = "a/two.exe"; }), "another name");
    row("other flags", with([](TestEntry& entry) { entry.local_flags = 0x800; }), "other flags");
    row("encrypted here only", with([](TestEntry& entry) { entry.local_flags = 1; }), "other flags");
    row("compressed here only", std::string(good).replace(second + 8, 2, number(8, 2)), "another method");
    row("another size", with([](TestEntry& entry) { entry.local_size = 5; }), "another size");
    row("another checksum", std::string(good).replace(second + 14, 4, number(1, 4)), "another size or checksum");
    row("size in a zip64 field that is not there", with([](TestEntry& entry) { entry.local_size = 0xFFFFFFFF; }), "another size");
    row("no header", std::string(good).replace(second, 4, "XXXX"), "no entry is here");
    row("extra field over the data's end", std::string(good).replace(second + 28, 2, number(500, 2)), "reach into what starts at byte");
    row("a second name here only", with([](TestEntry& entry) { entry.local_extra = number(0x7075, 2) + number(5, 2) + "\1abcd"; }),
        "a second name");
  }
  void refusesHeadersThatContradictTheDirectory() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, reason);
    std::string copy(bytes.constData(), static_cast<size_t>(bytes.size()));
    const ZipDirectory zip(span_of(copy), "file");
    QCOMPARE(content_of(zip, "a/one"), std::string("first"));
    try {
      zip.data(*zip.find("a/two"));
      QFAIL("accepted");
    } catch (const Error& error) {
      const std::string text = error.what();
      QVERIFY2(text.starts_with("file: zip entry \"a/two\" (byte 40): ") && text.find(reason.toStdString()) != std::string::npos,
               text.c_str());
    }
  }
};

DARKROOM_TEST(ZipDirectoryTest);
#include "zip_directory_test.moc"
