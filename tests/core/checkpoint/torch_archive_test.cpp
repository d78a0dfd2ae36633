// SPDX-License-Identifier: Apache-2.0
// Goldens: tests/parity/make_archive_goldens.py.
#include "core/checkpoint/torch_archive.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/checkpoint/pickle_globals.h"
#include "tests/core/checkpoint/torch_archive_files.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::golden_archive;
namespace fs = std::filesystem;

namespace {

const Json& expected() {
  static const Json json = read_json_file(golden_archive("expected.json"));
  return json.at("files");
}

std::vector<double> numbers_of(const torch::Tensor& tensor) {
  const torch::Tensor wide = (tensor.is_complex() ? at::view_as_real(tensor) : tensor).to(torch::kDouble).contiguous();
  return {wide.data_ptr<double>(), wide.data_ptr<double>() + wide.numel()};
}

}  // namespace

class TorchArchiveTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void readsWhatTorchReads_data() {
    QTest::addColumn<QString>("file");
    for (const auto& [file, tensors] : expected().items()) {
      if (file.find("hostile") == std::string::npos) {
        QTest::newRow(file.c_str()) << QString::fromStdString(file);
      }
    }
  }
  void readsWhatTorchReads() {
    QFETCH(QString, file);
    const Json& tensors = expected().at(file.toStdString());
    const TorchArchive archive(golden_archive(file.toStdString()));
    QVERIFY(TorchArchive::is_archive(archive.path()));
    QVERIFY(!archive.names_code());
    QCOMPARE(archive.tensors().size(), tensors.size());
    auto entry = tensors.begin();
    for (const TensorInfo& info : archive.tensors()) {
      const Json& wanted = entry.value();
      QCOMPARE(info.name, entry.key());  // the same order, too
      const torch::Tensor tensor = archive.tensor(info.name);
      QCOMPARE(std::string(torch_dtype_name(info.dtype)), wanted.at("dtype").get<std::string>());
      QCOMPARE(tensor.scalar_type(), info.dtype);
      QCOMPARE(tensor.sizes().vec(), wanted.at("shape").get<std::vector<int64_t>>());
      if (tensor.numel() != 0) {
        QCOMPARE(tensor.strides().vec(), wanted.at("strides").get<std::vector<int64_t>>());
      }
      QCOMPARE(info.shape, tensor.sizes().vec());
      QCOMPARE(numbers_of(tensor), wanted.at("values").get<std::vector<double>>());
      ++entry;
    }
    archive.verify();
  }

  void scalarsOfASourceRunAreReachable() {
    const TorchArchive archive(golden_archive("source_run.pt"));
    QCOMPARE(archive.integer({"epoch"}), std::optional<int64_t>(42));
    QCOMPARE(archive.integer({"global_step"}), std::optional<int64_t>(181177));
    QCOMPARE(archive.real({"best_loss"}), std::optional(0.0947));
    QCOMPARE(archive.real({"ema_state_dict", "decay"}), std::optional(0.9999));
    QCOMPARE(archive.real({"ema_state_dict", "step_count"}), std::optional(181177.0));
    const std::optional<ArchiveValue> group = archive.root().find({"optimizer_state_dict", "param_groups", "0"});
    QVERIFY(group && group->kind() == ArchiveKind::dict);
    QCOMPARE(group->find({"betas", "1"})->real(), std::optional(0.999));
    QCOMPARE(group->find("amsgrad")->boolean(), std::optional(false));
    QCOMPARE(group->find("params")->size(), size_t{4});
    QVERIFY(archive.contains("optimizer_state_dict.state.3.exp_avg_sq"));
    QCOMPARE(archive.tensor("optimizer_state_dict.state.0.step").item<double>(), 2.0);
    QCOMPARE(archive.root().find({"lr_scheduler_state_dict", "_milestones", "0"})->integer(), std::optional<int64_t>(5));
    // Absent is nothing, another kind is an error that says so.
    QCOMPARE(archive.integer({"model", "epoch"}), std::optional<int64_t>());
    try {
      archive.integer({"best_loss"});
      QFAIL("accepted");
    } catch (const Error& error) {
      const std::string text = error.what();
      QVERIFY2(text.ends_with("\"best_loss\" is a float; expected an integer"), text.c_str());
    }
  }

  void everyKindOfValueIsRead_data() {
    QTest::addColumn<QString>("file");
    QTest::newRow("protocol 2") << "values.pt";
    QTest::newRow("protocol 4") << "values_protocol4.pt";
  }
  void everyKindOfValueIsRead() {
    QFETCH(QString, file);
    const TorchArchive archive(golden_archive(file.toStdString()));
    const ArchiveValue root = archive.root();
    const auto integer = [&](std::string_view key) { return root.find(key)->integer().value_or(12345); };
    QVERIFY(root.find("none")->kind() == ArchiveKind::none && archive.integer({"none"}) == std::nullopt);
    QVERIFY(archive.boolean({"true"}) == true && archive.boolean({"false"}) == false);
    QCOMPARE(integer("byte"), int64_t{200});
    QCOMPARE(integer("short"), int64_t{60000});
    QCOMPARE(integer("int"), int64_t{100000});
    QCOMPARE(integer("negative"), int64_t{-1});
    QCOMPARE(integer("lowest_int"), -(int64_t{1} << 31));
    QCOMPARE(integer("long"), int64_t{1} << 40);
    QCOMPARE(integer("lowest_long"), std::numeric_limits<int64_t>::min());
    QCOMPARE(integer("zero"), int64_t{0});
    QCOMPARE(root.find("big")->kind(), ArchiveKind::big_integer);
    QCOMPARE(std::string(*root.find("big")->text()), std::string(8, '\0') + '\x40');
    QCOMPARE(archive.real({"float"}), std::optional(-0.1));
    QVERIFY(std::isinf(*archive.real({"infinity"})) && std::isnan(*archive.real({"nan"})));
    QCOMPARE(archive.text({"text"}), std::optional<std::string>("Grüße 📷"));
    QCOMPARE(archive.text({"empty_text"}), std::optional<std::string>(""));
    std::string all_bytes;
    for (int i = 0; i < 256; ++i) {
      all_bytes += static_cast<char>(i);
    }
    QCOMPARE(root.find("bytes")->kind(), ArchiveKind::bytes);
    QVERIFY(*root.find("bytes")->text() == all_bytes);
    QVERIFY(*root.find("byte_array")->text() == "ab\xff");
    QVERIFY(root.find("set")->kind() == ArchiveKind::set && (*root.find("set"))[0].integer() == 7);
    QCOMPARE(root.find({"list", "1", "1", "0"})->integer(), std::optional<int64_t>(3));
    QVERIFY(root.find({"list", "1", "1", "1", "deep"})->kind() == ArchiveKind::none);
    QCOMPARE(root.find("same_list")->id(), root.find("list")->id());  // shared, not copied
    QVERIFY(root.find("tuple")->kind() == ArchiveKind::tuple && root.find("tuple")->size() == 0);
    QVERIFY((*root.find("pair"))[1].text() == "two" && root.find("five")->size() == 5);
    QVERIFY(root.find("size")->kind() == ArchiveKind::tuple && root.find({"size", "1"})->integer() == 3);
    QVERIFY(root.find("device")->text() == "cuda:1");
    QCOMPARE(root.find("dtype")->global().full_name(), std::string("torch.float16"));
    QCOMPARE(root.find("complex")->kind(), ArchiveKind::opaque);
    QVERIFY(root.find("ordered")->key(0).text() == "b" && root.find({"default", "x", "y"})->integer() == 1);
    QVERIFY(root.find("3")->text() == "three" && root.find("None")->text() == "nothing");
    QVERIFY(root.find("1.5")->text() == "real" && root.find("True")->text() == "yes");
  }

  void numpyScalarsAreNumbers() {
    const TorchArchive archive(golden_archive("values.pt"));
    QCOMPARE(archive.real({"numpy", "float64"}), std::optional(0.25));
    QCOMPARE(archive.real({"numpy", "float32"}), std::optional(-1.5));
    QCOMPARE(archive.real({"numpy", "float16"}), std::optional(0.5));
    QCOMPARE(archive.integer({"numpy", "int64"}), std::optional<int64_t>(-7));
    QCOMPARE(archive.integer({"numpy", "uint8"}), std::optional<int64_t>(255));
    QCOMPARE(archive.root().find({"numpy", "uint64"})->kind(), ArchiveKind::big_integer);
    QCOMPARE(archive.boolean({"numpy", "bool"}), std::optional(true));
    QCOMPARE(archive.integer({"numpy", "big_endian"}), std::optional<int64_t>(258));
    QCOMPARE(archive.root().find({"numpy", "array"})->kind(), ArchiveKind::opaque);
    QCOMPARE(archive.root().find({"numpy", "text"})->kind(), ArchiveKind::opaque);
  }

  void classesOfTrainersStayOpaqueAndAreListed() {
    const TorchArchive archive(golden_archive("lightning.ckpt"));
    QCOMPARE(archive.integer({"epoch"}), std::optional<int64_t>(3));
    std::vector<std::string> names;
    for (const ArchiveGlobal& global : archive.opaque_globals()) {
      names.push_back(global.full_name());
    }
    const std::vector<std::string> wanted = {"pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
                                             "pytorch_lightning.utilities.parsing.AttributeDict", "pathlib.PurePosixPath"};
    QCOMPARE(names, wanted);
    QCOMPARE(archive.root().find("callback")->kind(), ArchiveKind::opaque);
    QCOMPARE(archive.root().find("hyper_parameters")->global().name, std::string("AttributeDict"));
    QCOMPARE(archive.real({"callbacks", wanted[0], "best"}), std::optional(0.125));
    QVERIFY(!archive.names_code());
  }

  void viewsShareTheirStorageAndOutliveTheArchive() {
    const fs::path path = at("copy.pt");
    fs::copy_file(golden_archive("state_dict.pt"), path);
    const std::string before = read_file(path);
    torch::Tensor base;
    torch::Tensor transposed;
    {
      const TorchArchive archive(path);
      base = archive.tensor("views.base");
      transposed = archive.tensor("views.transposed");
      QVERIFY(base.data_ptr() == transposed.data_ptr());
      QVERIFY(archive.tensor("tied.0").data_ptr() == archive.tensor("tied.1").data_ptr());
    }
    base[1][2] = 99;
    QCOMPARE(transposed[2][1].item<double>(), 99.0);
    QVERIFY(read_file(path) == before);
  }

  void hostileFilesOfTorchAreRefusedByNameUnlessOnlyTensorsAreWanted_data() {
    QTest::addColumn<QString>("file");
    QTest::newRow("zip") << "hostile.pt";
    QTest::newRow("older format") << "hostile_legacy.pt";
  }
  void hostileFilesOfTorchAreRefusedByNameUnlessOnlyTensorsAreWanted() {
    QFETCH(QString, file);
    const fs::path path = golden_archive(file.toStdString());
    const std::string text = test::refusal_of(path);
    QVERIFY2(text.starts_with(path.string()) && text.find("posix.system (byte ") != std::string::npos, text.c_str());
    const TorchArchive archive(path, Trust::tensors_only);
    QVERIFY(archive.names_code());
    QCOMPARE(archive.opaque_globals().at(0).full_name(), std::string("posix.system"));
    QCOMPARE(numbers_of(archive.tensor("weights")), (std::vector<double>{0, 1, 2, 3}));
    QCOMPARE(archive.root().find("payload")->kind(), ArchiveKind::opaque);
    QVERIFY(!fs::exists("/tmp/darkroom_archive_was_executed"));
  }

  void readsZipsWithoutZip64AndWithValuesInIt() {
    std::string plain = zip_of(test::good_entries());
    plain.erase(plain.size() - 98, 76);
    test::write_bytes(at("x"), plain);
    QCOMPARE(TorchArchive(at("x")).tensors().size(), size_t{1});
    std::vector<test::TestEntry> entries = test::good_entries();
    entries[2].central_size = 0xFFFFFFFF;
    entries[2].central_extra = test::number(1, 2) + test::number(16, 2) + test::number(24, 8) + test::number(24, 8);
    test::write_bytes(at("x"), zip_of(entries));
    QCOMPARE(TorchArchive(at("x")).tensor("w").numel(), int64_t{6});
  }

  // A hole of 5 GiB, so that it costs no disk: sizes and places beyond 32 bits, and opening must not read what lies between.
  void readsBeyond4GiBWithoutReadingAllOfIt() {
    constexpr uint64_t hole = uint64_t{5} << 30U;
    constexpr int64_t count = hole / sizeof(float);
    std::vector<test::TestEntry> entries =
        test::good_entries("}" + test::text("large") + test::tensor(test::storage("0", count), {count}, {1}) + "s" + test::text("last") +
                           test::tensor(test::storage("1", 1), {1}, {1}) + "s");
    const float value = 2.5F;
    std::swap(entries[2], entries[3]);
    test::TestEntry& large = entries[3];
    large = {.name = "a/data/0", .local_extra = test::zip64_field({hole, hole}), .central_extra = test::zip64_field({hole, hole})};
    large.local_size = large.central_size = 0xFFFFFFFF;
    // Padded as torch does it: what is not aligned would be copied.
    const size_t unpadded = test::zip_file(entries).size() - 98 - directory_bytes(entries) + zip::extra_head_bytes;
    const std::string padding(63 - (unpadded + 63) % 64, 'Z');
    large.local_extra += test::number(zip::extra_padding, 2) + test::number(padding.size(), 2) + padding;
    const size_t large_ends = unpadded + padding.size();
    entries.push_back({.name = "a/data/1", .data = std::string(reinterpret_cast<const char*>(&value), sizeof value)});
    entries[4].header_at = 0xFFFFFFFF;
    entries[4].central_extra = test::zip64_field({large_ends + hole});
    const std::string bytes = test::zip_file(entries);
    const uint64_t directory_at = bytes.size() - 98 - directory_bytes(entries) + hole;
    const uint64_t record_at = bytes.size() - 98 + hole;
    const std::string rest =
        test::patched(test::patched(test::patched(bytes, 98 - 48, test::number(directory_at, 8)), 42 - 8, test::number(record_at, 8)),
                      22 - 16, test::number(0xFFFFFFFF, 4))
            .substr(large_ends);
    std::ofstream file(at("x"), std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(large_ends));
    file.seekp(static_cast<std::streamoff>(large_ends + hole));
    file.write(rest.data(), static_cast<std::streamsize>(rest.size()));
    file.close();

    QElapsedTimer timer;
    timer.start();
    const TorchArchive archive(at("x"));
    const double open_ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    qInfo("5 GiB opened in %.2f ms", open_ms);
    QCOMPARE(archive.tensor("last")[0].item<double>(), 2.5);
    QCOMPARE(archive.tensor("large")[count - 1].item<double>(), 0.0);
    QVERIFY2(open_ms < 1000, format("{} ms to open", open_ms).c_str());
  }

  void partsOfStoragesAreReadInTheOlderFormat() {
    std::string data = test::number(4, 8);
    for (const float value : {1.0F, 2.0F, 3.0F, 4.0F}) {
      data.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    const std::string part = test::tuple({test::text("77"), test::integer(1), test::integer(3)});
    const std::string body = test::dict("w", test::tensor(test::legacy_storage("5", 4, part), {2}, {1}, 1));
    test::write_bytes(at("x"), test::legacy_file(body, "]" + test::text("5") + "a", data));
    const TorchArchive archive(at("x"));
    QCOMPARE(numbers_of(archive.tensor("w")), (std::vector<double>{3, 4}));
    archive.verify();
  }

  void damageIsFoundWhenAskedFor() {
    std::vector<test::TestEntry> entries = test::good_entries();
    entries[2].crc = 1;
    test::write_bytes(at("x"), zip_of(entries));
    const TorchArchive archive(at("x"));  // the checksum of data is not looked at
    try {
      archive.verify();
      QFAIL("accepted");
    } catch (const Error& error) {
      const std::string text = error.what();
      QVERIFY2(text.find("\"a/data/0\"") != std::string::npos && text.find("damaged") != std::string::npos, text.c_str());
    }
  }

  void namesWhatIsMissing() {
    QVERIFY_EXCEPTION_THROWN(TorchArchive(at("nothing")), Error);
    QVERIFY(!TorchArchive::is_archive(at("nothing")));
    const TorchArchive archive(golden_archive("state_dict.pt"));
    QVERIFY(!archive.contains("module.weights"));
    try {
      archive.tensor("module.weights");
      QFAIL("accepted");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::not_found);
      QVERIFY(std::string(error.what()).ends_with("holds no tensor \"module.weights\""));
    }
  }

  void otherFilesAreRefusedByWhatTheyAre() {
    test::write_bytes(at("x"), "");
    QVERIFY(test::refusal_of(at("x")).find("expected a zip or a pickle") != std::string::npos);
    test::write_bytes(at("x"), "<html>not found</html>");
    QVERIFY(test::refusal_of(at("x")).find("expected a zip or a pickle") != std::string::npos);
    QVERIFY(!TorchArchive::is_archive(at("x")));
    test::write_bytes(at("x"), std::string(257, '\0') + "ustar" + std::string(250, '\0'));
    QVERIFY(test::refusal_of(at("x")).find("is a tar file as torch before 0.1.11") != std::string::npos);
    test::write_bytes(at("x"), test::pickle(test::dict("a", "K\x01")));
    QVERIFY(test::refusal_of(at("x")).find("no magic number") != std::string::npos);
  }

 private:
  static size_t directory_bytes(const std::vector<test::TestEntry>& entries) {
    size_t bytes = 0;
    for (const test::TestEntry& entry : entries) {
      bytes += zip::central_bytes + entry.name.size() + entry.central_extra.size();
    }
    return bytes;
  }
  static std::string zip_of(const std::vector<test::TestEntry>& entries) { return test::zip_file(entries); }
  fs::path at(const char* name) const { return fs::path(folder_->path().toStdString()) / name; }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(TorchArchiveTest);
#include "torch_archive_test.moc"
