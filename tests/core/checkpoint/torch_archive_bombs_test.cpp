// SPDX-License-Identifier: Apache-2.0
// Files that are small to write and large to read, and files with bytes changed at random.
#include <QElapsedTimer>
#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/checkpoint/pickle_reader.h"
#include "core/checkpoint/torch_archive.h"
#include "tests/core/checkpoint/torch_archive_files.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

std::string repeated(const std::string& part, size_t count) {
  std::string all;
  all.reserve(part.size() * count);
  for (size_t i = 0; i < count; ++i) {
    all += part;
  }
  return all;
}

// A list of a value that stands in it twice, so many times over: 2^levels ways to the innermost. All lists stand in one tuple.
std::string doubled(const std::string& innermost, int levels) {
  std::string body = "(" + innermost + "q\x01";
  for (int i = 0; i < levels; ++i) {
    body += "]h\x01" + raw("a") + "h\x01" + raw("a") + "q\x01";
  }
  return body + "t";
}

}  // namespace

class TorchArchiveBombsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  // ---- bombs: little to write, much to make of it

  void bombsAreRefusedInLittleTimeAndMemory_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    const std::string leaf = tensor(storage("0", 6), {6}, {1});
    add_archive_row("2^40 ways to a tensor", archive_of(doubled(leaf, 40)), "more than 200000 tensors");
    add_archive_row("2^13 ways through wide lists", archive_of(doubled("](" + leaf + repeated("N", 900'000) + "e", 13)), "steps");
    add_archive_row("70 levels", archive_of(doubled("N", 70)), "deeper than 64 levels");
    add_archive_row("100000 lists in each other", archive_of(repeated("]", 100'000) + repeated("a", 99'999)), "deeper than 64 levels");
    add_archive_row("300000 tuples in each other", archive_of("N" + repeated("\x85", 300'000)), "deeper than 64 levels");
    add_archive_row("900000 tuples in each other", archive_of("N" + repeated("\x85", 900'000)), "bytes of memory");
    add_archive_row("more values than a stack", archive_of(repeated("N", 1'000'001)), "more than 1000000 values");
    add_archive_row("more marks than a stack", archive_of(repeated("(", 1'000'001)), "more than 1000000 marks");
    add_archive_row("a list without an end", archive_of("]" + repeated("(" + repeated("N", 500'000) + "e", 3)),
                    "grows beyond 1000000 elements");
    add_archive_row("a dict without an end", archive_of("}" + repeated("(" + repeated("NN", 400'000) + "u", 3)),
                    "grows beyond 1000000 entries");
    add_archive_row("many lists", archive_of(repeated("(" + repeated("]", 500'000) + "t", 6)), "bytes of memory");
    add_archive_row("copies of a dict",
                    archive_of("}(" + repeated("NN", 100'000) + "uq\1" + repeated(name("collections", "OrderedDict") + "h\1\x85R", 100)),
                    "bytes of memory");
    add_archive_row("copies of a text",
                    archive_of(text(std::string(1 << 20, 'a')) + "q\1" + text("latin1") + "q\2" +
                               repeated(name("_codecs", "encode") + "h\1h\2\x86R", 100)),
                    "bytes of memory");
    add_archive_row("names of a megabyte", archive_of("}" + text(std::string(1 << 20, 'a')) + "](" + leaf + "es"),
                    "name is longer than 4096 bytes");
    add_archive_row("names of 800 megabytes",
                    archive_of("}" + text(std::string(4000, 'a')) + "](" + leaf + "q\1" + repeated("h\1", 150'000) + "es"),
                    "names of its tensors take more");
  }
  void bombsAreRefusedInLittleTimeAndMemory() {
    QElapsedTimer timer;
    timer.start();
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, reason);
    write_bytes(path(), std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
    const std::string text = refusal_of(path(), Trust::known_names);
    QVERIFY2(text.starts_with(path().string() + ":") && text.find(reason.toStdString()) != std::string::npos, text.c_str());
    QVERIFY2(timer.elapsed() < 5000, "a refusal took more than 5 s");
  }

  void sharedValuesAreReadOnceHoweverManyWaysLeadToThem() {
    write_bytes(path(), archive_of(doubled("N", 60)));  // 2^60 ways
    QCOMPARE(TorchArchive(path()).root().size(), size_t{61});
  }

  // ---- mutants: whatever a byte becomes, the answer is an Error or a file that can be read through

  void mutantsOfFilesAreReadOrRefused_data() {
    QTest::addColumn<QString>("file");
    QTest::newRow("zip") << "single_tensor.pt";
    QTest::newRow("older format") << "legacy.pt";
  }
  void mutantsOfFilesAreReadOrRefused() {
    QFETCH(QString, file);
    const std::string bytes = read_file(golden_archive(file.toStdString().c_str()));
    QElapsedTimer timer;
    timer.start();
    int accepted = 0;
    int refused = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (const unsigned char change : {0x01, 0x80, 0xFF}) {
        std::string mutant = bytes;
        mutant[i] = static_cast<char>(mutant[i] ^ change);
        write_bytes(path(), mutant);
        try {
          const TorchArchive archive(path(), Trust::tensors_only);
          for (const TensorInfo& info : archive.tensors()) {
            archive.tensor(info.name).to(torch::kByte).sum();
          }
          archive.verify();
          ++accepted;
        } catch (const Error&) {
          ++refused;
        }
      }
    }
    qInfo("%d mutants refused, %d read, %lld ms", refused, accepted, timer.elapsed());
    QCOMPARE(refused + accepted, static_cast<int>(3 * bytes.size()));
    QVERIFY(refused > accepted / 4);
  }

  void mutantsOfPicklesAreReadOrRefused() {
    std::vector<std::string> seeds;
    for (const char* file : {"values.pt", "values_protocol4.pt", "lightning.ckpt", "source_run.pt"}) {
      const std::string whole = read_file(golden_archive(file));
      const std::string from = whole.substr(whole.find(raw("\x80"), 30));
      seeds.push_back(from.substr(0, read_pickle({from, "seed", 0, PersistentIds::zip}).end));
    }
    uint64_t state = 42;  // splitmix64, so that a failure can be repeated
    const auto random = [&](uint64_t below) {
      state += 0x9E3779B97F4A7C15;
      uint64_t mixed = (state ^ state >> 30U) * 0xBF58476D1CE4E5B9;
      mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EB;
      return (mixed ^ mixed >> 31U) % below;
    };
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
      std::string mutant = seeds[random(seeds.size())];
      for (uint64_t change = random(4) + 1; change > 0; --change) {
        const size_t at = random(mutant.size());
        switch (random(4)) {
          case 0:
            mutant[at] = static_cast<char>(random(256));
            break;
          case 1:
            mutant.erase(at, random(8) + 1);
            break;
          case 2:
            mutant.insert(at, mutant.substr(random(mutant.size()), random(16) + 1));
            break;
          default:
            mutant[at] = "(t)Rb.au}]Qqh\x81\x85\x86\x93\x94"[random(18)];
        }
        mutant += mutant.empty() ? "." : "";
      }
      try {
        read_pickle({mutant, "mutant", 0, PersistentIds::zip});
        ++accepted;
      } catch (const Error&) {
        ++refused;
      }
    }
    qInfo("%d mutants refused, %d read", refused, accepted);
    QVERIFY(refused > 10'000 && accepted > 100);
  }

 private:
  fs::path path() const { return fs::path(folder_->path().toStdString()) / "hostile.ckpt"; }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(TorchArchiveBombsTest);
#include "torch_archive_bombs_test.moc"
