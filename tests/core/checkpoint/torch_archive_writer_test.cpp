// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/torch_archive_writer.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/checkpoint/torch_archive.h"
#include "core/checkpoint/zip_format.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

using Id = ArchiveTree::Id;

// A tree with its tensors, so that a test can write both.
struct Checkpoint {
  ArchiveTree tree;
  std::vector<torch::Tensor> tensors;

  Id add(const torch::Tensor& tensor) {
    tensors.push_back(tensor);
    return tree.tensor(tensor.scalar_type(), tensor.sizes().vec());
  }
  void write(const fs::path& path) const {
    write_torch_archive(path, tree, [&](size_t i) { return tensors.at(i); });
  }
};

// What make_archive_goldens.py, check_written() expects to read with torch.
Checkpoint example() {
  Checkpoint made;
  ArchiveTree& tree = made.tree;
  const Id root = tree.dict();
  tree.set_root(root);
  tree.set_item(root, "epoch", tree.integer(42));
  tree.set_item(root, "negative", tree.integer(-3));
  tree.set_item(root, "wide", tree.integer(70000));
  tree.set_item(root, "long", tree.integer(int64_t{1} << 40));
  tree.set_item(root, "big", tree.big_integer(std::string(8, '\0') + '\x40'));
  tree.set_item(root, "rate", tree.real(1.25e-6));
  tree.set_item(root, "yes", tree.boolean(true));
  tree.set_item(root, "no", tree.boolean(false));
  tree.set_item(root, "nothing", tree.none());
  tree.set_item(root, "text", tree.string("Grüße"));
  tree.set_item(root, "bytes", tree.bytes(std::string("\0\xff", 2)));
  const Id set = tree.set();
  tree.append(set, tree.integer(1));
  tree.append(set, tree.integer(2));
  tree.set_item(root, "set", set);
  const Id list = tree.list();
  tree.append(list, tree.integer(1));
  tree.append(list, tree.string("two"));
  const std::array<Id, 1> three = {tree.integer(3)};
  tree.append(list, tree.tuple(three));
  tree.set_item(root, "list", list);
  const std::array<Id, 4> four = {tree.integer(1), tree.integer(2), tree.integer(3), tree.integer(4)};
  tree.set_item(root, "tuple", tree.tuple(four));
  const Id ids = tree.list();
  for (int64_t i = 0; i < 2500; ++i) {
    tree.append(ids, tree.integer(i));
  }
  tree.set_item(root, "ids", ids);
  const Id many = tree.dict();
  for (int64_t i = 0; i < 1200; ++i) {
    tree.set_item(many, format("{}", i), tree.integer(i));
  }
  tree.set_item(root, "many", many);
  const Id shared = tree.list();
  tree.append(shared, tree.string("s"));
  tree.set_item(root, "shared", shared);
  tree.set_item(root, "list_again", shared);

  const Id weights = tree.dict();
  const torch::Tensor pattern = (at::arange(6) % 2).reshape({2, 3});
  const Id first = made.add(pattern.to(torch::kFloat));
  tree.set_item(weights, "float", first);
  tree.set_item(weights, "half", made.add(pattern.to(torch::kHalf)));
  tree.set_item(weights, "bf16", made.add(pattern.to(torch::kBFloat16)));
  tree.set_item(weights, "long", made.add(pattern));
  tree.set_item(weights, "bool", made.add(pattern.to(torch::kBool)));
  tree.set_item(weights, "double", made.add(pattern.to(torch::kDouble)));
  tree.set_item(weights, "int", made.add(pattern.to(torch::kInt)));
  tree.set_item(weights, "byte", made.add(pattern.to(torch::kByte)));
  tree.set_item(weights, "float8", made.add(torch::tensor({0.0F, 1.0F, 0.0F, 1.0F}).to(torch::kFloat8_e4m3fn)));
  tree.set_item(weights, "scalar", made.add(torch::tensor(2.5F)));
  tree.set_item(weights, "empty", made.add(at::zeros({0, 4})));
  tree.set_item(weights, "permuted", made.add(at::arange(6, torch::kFloat).reshape({2, 3}).t()));
  tree.set_item(weights, "tied", first);
  tree.set_item(root, "unet_state_dict", weights);

  const Id state = tree.dict();
  const Id slot = tree.dict();
  tree.set_item(slot, "step", made.add(torch::tensor(7.0F)));
  tree.set_item(slot, "exp_avg", made.add(at::ones({2, 3})));
  tree.set_item(slot, "exp_avg_sq", made.add(at::ones({2, 3})));
  tree.set_item(state, tree.integer(0), slot);
  const Id group = tree.dict();
  tree.set_item(group, "lr", tree.real(1e-4));
  const std::array<Id, 2> betas = {tree.real(0.9), tree.real(0.999)};
  tree.set_item(group, "betas", tree.tuple(betas));
  tree.set_item(group, "eps", tree.real(1e-8));
  tree.set_item(group, "weight_decay", tree.real(0.01));
  for (const char* option : {"amsgrad", "maximize", "capturable", "differentiable"}) {
    tree.set_item(group, option, tree.boolean(false));
  }
  for (const char* option : {"foreach", "fused"}) {
    tree.set_item(group, option, tree.none());
  }
  const Id parameters = tree.list();
  tree.append(parameters, tree.integer(0));
  tree.set_item(group, "params", parameters);
  const Id groups = tree.list();
  tree.append(groups, group);
  const Id optimizer = tree.dict();
  tree.set_item(optimizer, "state", state);
  tree.set_item(optimizer, "param_groups", groups);
  tree.set_item(root, "optimizer_state_dict", optimizer);
  return made;
}

}  // namespace

class TorchArchiveWriterTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void writesTheBytesThatTorchWasSeenToRead() {
    example().write(at("x.pt"));
    QVERIFY(!fs::exists(at("x.pt.tmp")));
    const fs::path golden = fs::path(DARKROOM_TEST_DATA) / "golden" / "archive" / "written_by_darkroom.pt";
    if (!fs::exists(golden) || read_file(golden) != read_file(at("x.pt"))) {
      const fs::path kept = fs::path(DARKROOM_BUILD_DIR) / golden.filename();
      fs::copy_file(at("x.pt"), kept, fs::copy_options::overwrite_existing);
      QFAIL(format("the file differs from {}; if that is meant, copy {} over it and run ./dev parity", golden.string(), kept.string())
                .c_str());
    }
  }

  void whatIsWrittenReadsTheSame() {
    const Checkpoint made = example();
    made.write(at("x.pt"));
    const TorchArchive archive(at("x.pt"));
    archive.verify();
    QCOMPARE(archive.tensors().size(), size_t{16});  // 13 names of weights, 3 of the optimizer
    for (const char* name : {"float", "half", "bf16", "long", "bool", "double", "int", "byte", "scalar", "empty"}) {
      const torch::Tensor read = archive.tensor(format("unet_state_dict.{}", name));
      bool found = false;
      for (const torch::Tensor& tensor : made.tensors) {
        found = found || (tensor.scalar_type() == read.scalar_type() && at::equal(tensor, read));
      }
      QVERIFY2(found, name);
    }
    QVERIFY(archive.tensor("unet_state_dict.tied").data_ptr() == archive.tensor("unet_state_dict.float").data_ptr());
    const torch::Tensor permuted = archive.tensor("unet_state_dict.permuted");
    QVERIFY(permuted.is_contiguous() && permuted[2][1].item<double>() == 5.0);
    QCOMPARE(archive.integer({"long"}), std::optional(int64_t{1} << 40));
    QCOMPARE(archive.root().find({"many", "1199"})->integer(), std::optional<int64_t>(1199));
    QCOMPARE(archive.root().find({"ids", "2499"})->integer(), std::optional<int64_t>(2499));
    QVERIFY(*archive.root().find("bytes")->text() == std::string("\0\xff", 2));
  }

  void tensorsStartOnMultiplesOf64() {
    example().write(at("x.pt"));
    const std::string bytes = read_file(at("x.pt"));
    int seen = 0;
    for (size_t at = bytes.find("PK\x03\x04"); at != std::string::npos; at = bytes.find("PK\x03\x04", at + 4)) {
      const auto view = std::as_bytes(std::span(bytes.data(), bytes.size()));
      QCOMPARE((at + 30 + zip::number(view, at + 26, 2) + zip::number(view, at + 28, 2)) % 64, uint64_t{0});
      ++seen;
    }
    QCOMPARE(seen, 3 + 15);
  }

  void asksForEachTensorOnceInTheOrderOfTheWalk() {
    Checkpoint made;
    const Id later = made.add(at::ones({2}));
    const Id sooner = made.add(at::zeros({2}));
    made.add(at::zeros({1}));  // not below the root
    const Id root = made.tree.list();
    made.tree.append(root, sooner);
    made.tree.append(root, later);
    made.tree.append(root, sooner);
    made.tree.set_root(root);
    std::vector<size_t> asked;
    write_torch_archive(at("x.pt"), made.tree, [&](size_t i) {
      asked.push_back(i);
      return made.tensors[i];
    });
    QCOMPARE(asked, (std::vector<size_t>{1, 0}));
    QCOMPARE(TorchArchive(at("x.pt")).tensors().size(), size_t{3});
  }

  void readsBackWhatTorchWroteAndWritesItAgain() {
    const TorchArchive source(fs::path(DARKROOM_TEST_DATA) / "golden" / "archive" / "source_run.pt");
    // Copies the tree of a read file, tensors by their number.
    Checkpoint made;
    const std::function<Id(ArchiveValue)> copy = [&](ArchiveValue value) -> Id {
      switch (value.kind()) {
        case ArchiveKind::integer:
          return made.tree.integer(*value.integer());
        case ArchiveKind::boolean:
          return made.tree.boolean(*value.boolean());
        case ArchiveKind::real:
          return made.tree.real(*value.real());
        case ArchiveKind::string:
          return made.tree.string(*value.text());
        case ArchiveKind::dict: {
          const Id dict = made.tree.dict();
          for (size_t i = 0; i < value.size(); ++i) {
            made.tree.set_item(dict, copy(value.key(i)), copy(value[i]));
          }
          return dict;
        }
        case ArchiveKind::list: {
          const Id list = made.tree.list();
          for (size_t i = 0; i < value.size(); ++i) {
            made.tree.append(list, copy(value[i]));
          }
          return list;
        }
        case ArchiveKind::tensor:
          return made.add(at::full(value.tensor().shape, 3, value.tensor().dtype));
        default:
          return made.tree.none();
      }
    };
    made.tree.set_root(copy(source.root()));
    made.write(at("x.pt"));
    const TorchArchive read(at("x.pt"));
    QVERIFY(read.tensors() == source.tensors());
    QCOMPARE(read.real({"ema_state_dict", "decay"}), std::optional(0.9999));
    QCOMPARE(read.tensor(read.tensors().back().name).flatten()[0].item<double>(), 3.0);
  }

  void refusesWhatCannotBeWrittenAndLeavesNothingBehind() {
    const auto refuses = [&](const Checkpoint& made) {
      try {
        made.write(at("x.pt"));
      } catch (const std::invalid_argument&) {
        return fs::is_empty(folder_->path().toStdString());
      }
      return false;
    };
    Checkpoint opaque;
    opaque.tree.set_root(opaque.tree.opaque(opaque.tree.global("os", "system")));
    QVERIFY(refuses(opaque));
    Checkpoint cycle;
    const Id list = cycle.tree.list();
    cycle.tree.append(list, list);
    cycle.tree.set_root(list);
    QVERIFY(refuses(cycle));
    Checkpoint twice;
    const Id dict = twice.tree.dict();
    twice.tree.set_item(dict, "a", twice.tree.none());
    twice.tree.set_item(dict, "a", twice.tree.none());
    twice.tree.set_root(dict);
    QVERIFY(refuses(twice));
    Checkpoint other;
    other.tree.set_root(other.tree.tensor(torch::kFloat, {3}));
    other.tensors.push_back(at::zeros({2}));
    QVERIFY(refuses(other));
    Checkpoint quantized;
    quantized.tree.set_root(quantized.tree.tensor(torch::kQInt8, {3}));
    QVERIFY(refuses(quantized));
  }

  void depthOf64IsWrittenAndReadAndOneMoreIsNot() {
    for (const int depth : {64, 65}) {
      Checkpoint made;
      Id inner = made.tree.none();
      for (int i = 1; i < depth; ++i) {
        const Id list = made.tree.list();
        made.tree.append(list, inner);
        inner = list;
      }
      made.tree.set_root(inner);
      if (depth == 64) {
        made.write(at("x.pt"));
        QCOMPARE(TorchArchive(at("x.pt")).root().size(), size_t{1});
      } else {
        QVERIFY_EXCEPTION_THROWN(made.write(at("x.pt")), std::invalid_argument);
      }
    }
  }

  void checksumIsThatOfZip() {
    const std::string_view check = "123456789";  // the test value of ISO 3309's CRC-32
    QCOMPARE(zip::crc32(0, std::as_bytes(std::span(check.data(), check.size()))), 0xCBF43926U);
    std::string bytes;
    for (int i = 0; i < 1000; ++i) {
      bytes += static_cast<char>(i * 7);
    }
    const auto all = std::as_bytes(std::span(bytes.data(), bytes.size()));
    QCOMPARE(zip::crc32(zip::crc32(0, all.first(333)), all.subspan(333)), zip::crc32(0, all));
  }

 private:
  fs::path at(const char* name) const { return fs::path(folder_->path().toStdString()) / name; }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(TorchArchiveWriterTest);
#include "torch_archive_writer_test.moc"
