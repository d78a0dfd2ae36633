// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/weight_files.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/checkpoint/torch_archive_writer.h"
#include "core/checkpoint/weights_io.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::error_of;
namespace fs = std::filesystem;

namespace {

torch::Tensor numbered(double value) { return torch::full({2, 3}, value); }

}  // namespace

class WeightFilesTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void plainNamesComeBeforeVariantsAndSafetensorsBeforeTorch() {
    write_torch("pytorch_model.bin", 1);
    QCOMPARE(value_found(), 1.0);
    write_torch("diffusion_pytorch_model.fp16.bin", 2);
    QCOMPARE(value_found(), 1.0);  // plain
    write("model.bf16.safetensors", 3);
    QCOMPARE(value_found(), 1.0);
    write("diffusion_pytorch_model.fp16.safetensors", 4);
    write("diffusion_pytorch_model.safetensors", 5);
    QCOMPARE(value_found(), 5.0);
    fs::remove(at("diffusion_pytorch_model.safetensors"));
    fs::remove(at("pytorch_model.bin"));
    QCOMPARE(value_found(), 4.0);  // fp16 before other variants
    fs::remove(at("diffusion_pytorch_model.fp16.safetensors"));
    QCOMPARE(value_found(), 2.0);  // fp16, though a torch file
  }

  void liveWeightsAreReadOnlyWhenAskedFor() {
    write("diffusion_pytorch_model.non_ema.safetensors", 7);
    QVERIFY(!WeightFiles::any_in(folder()));
    QCOMPARE(value_found(WeightVariant::non_ema), 7.0);
    write("diffusion_pytorch_model.safetensors", 8);
    QCOMPARE(value_found(), 8.0);
    QCOMPARE(value_found(WeightVariant::non_ema), 7.0);
  }

  void shardsOfAVariantAndOfTorchAreRead_data() {
    QTest::addColumn<QString>("index");
    QTest::addColumn<QString>("shard");
    QTest::newRow("plain") << "model.safetensors.index.json"
                           << "model-00001-of-00001.safetensors";
    QTest::newRow("variant") << "diffusion_pytorch_model.safetensors.index.fp16.json"
                             << "diffusion_pytorch_model.fp16-00001-of-00001.safetensors";
    QTest::newRow("torch") << "pytorch_model.bin.index.json"
                           << "pytorch_model-00001-of-00001.bin";
  }
  void shardsOfAVariantAndOfTorchAreRead() {
    QFETCH(QString, index);
    QFETCH(QString, shard);
    if (shard.endsWith(".bin")) {
      write_torch(shard.toStdString(), 9);
    } else {
      write(shard.toStdString(), 9);
    }
    QVERIFY(!WeightFiles::any_in(folder()));  // a shard alone is not a file of weights
    std::ofstream(at(index.toStdString())) << Json{{"weight_map", {{"w", shard.toStdString()}}}}.dump();
    QCOMPARE(value_found(), 9.0);
    QCOMPARE(WeightFiles(folder()).files().size(), size_t{1});
  }

  void contentDecidesNotTheSuffix() {
    write("really.ckpt", 1);
    QCOMPARE(WeightFiles(at("really.ckpt")).format(), std::string_view("safetensors"));
    write_torch("really.safetensors", 2);
    const WeightFiles torch_file(at("really.safetensors"));
    QCOMPARE(torch_file.format(), std::string_view("torch"));
    QCOMPARE(torch_file.tensor("w").mean().item<double>(), 2.0);
    QVERIFY(torch_file.archive() != nullptr && torch_file.metadata().empty());
  }

  void filesThatAreSomethingElseAreNamed_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    QTest::newRow("pointer") << QByteArray("version https://git-lfs.github.com/spec/v1\noid sha256:00\n") << QByteArray("git lfs pull");
    QTest::newRow("web page") << QByteArray("<!DOCTYPE html><html></html>") << QByteArray("web page");
    QTest::newRow("gguf") << QByteArray("GGUF\3\0\0\0aaaaaaaaaaaaaaaaaaaa", 28) << QByteArray("GGUF");
    QTest::newRow("empty") << QByteArray() << QByteArray("too few");
    QTest::newRow("text") << QByteArray("hello, this is no model at all") << QByteArray("announces a header");
    QTest::newRow("1 GB header") << QByteArray("\0\0\0\x40\0\0\0\0{", 9) << QByteArray("announces a header of 1073741824 bytes");
  }
  void filesThatAreSomethingElseAreNamed() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, reason);
    std::ofstream(at("x.safetensors"), std::ios::binary).write(bytes.constData(), bytes.size());
    const std::string text = error_of([&] { WeightFiles{at("x.safetensors")}; });
    QVERIFY2(text.find("x.safetensors") != std::string::npos && text.find(reason.constData()) != std::string::npos, text.c_str());
  }

  void smallHeadersAreNotTakenForWebPages() {
    // 60 bytes of header begin with the byte '<'.
    std::string header = Json{{"w", {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {0, 4}}}}}.dump();
    header.resize('<', ' ');
    std::ofstream file(at("x.safetensors"), std::ios::binary);
    file << std::string("<\0\0\0\0\0\0\0", 8) << header << std::string("\0\0\200\77", 4);
    file.close();
    QCOMPARE(WeightFiles(at("x.safetensors")).tensor("w").item<float>(), 1.0F);
  }

  void numbersThatAreNotFiniteAreNoticed() {
    ParameterLayout layout;
    layout.add("a", {3}, ParameterInit::zeros);
    layout.add("w", {2, 3}, ParameterInit::zeros);
    torch::Tensor w = numbered(1);
    w[1][2] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<NamedTensor> broken = {{"a", torch::ones({3})}, {"w", w}};
    write_safetensors(at("model.safetensors"), broken);
    const std::string text = error_of([&] { read_weights(layout, folder(), torch::kFloat32, torch::kCPU); });
    QVERIFY2(text.find("w is broken: 1 of its 6 numbers are NaN or infinite") != std::string::npos, text.c_str());
    const std::vector<NamedTensor> large = {{"a", torch::ones({3})}, {"w", numbered(1e30)}};
    write_safetensors(at("model.safetensors"), large);
    read_weights(layout, folder(), torch::kFloat32, torch::kCPU);
    const std::string half = error_of([&] { read_weights(layout, folder(), torch::kHalf, torch::kCPU); });
    QVERIFY2(half.find("do not fit Half") != std::string::npos, half.c_str());
    // A sum that overflows is no broken tensor.
    const std::vector<NamedTensor> sums = {{"a", torch::full({3}, 60000.0F)}, {"w", numbered(3e38)}};
    write_safetensors(at("model.safetensors"), sums);
    read_weights(layout, folder(), torch::kFloat32, torch::kCPU);
    read_weights(layout, folder(), torch::kBFloat16, torch::kCPU);
  }

  void pointwiseConvolutionsServeAsLinearLayersAndBack() {
    ParameterLayout layout;
    layout.add("linear", {4, 3}, ParameterInit::zeros);
    layout.add("convolution", {4, 3, 1, 1}, ParameterInit::zeros);
    const std::vector<NamedTensor> tensors = {{"linear", torch::randn({4, 3, 1, 1})}, {"convolution", torch::randn({4, 3})}};
    write_safetensors(at("model.safetensors"), tensors);
    const Weights read = read_weights(layout, folder(), torch::kFloat32, torch::kCPU);
    QVERIFY(at::equal(read[0], tensors[0].tensor.view({4, 3})));
    QVERIFY(read[1].sizes() == torch::IntArrayRef({4, 3, 1, 1}));
  }

  void weightsInTheWantedFormAreNotCopied() {
    ParameterLayout layout;
    layout.add("w", {2, 3}, ParameterInit::zeros);
    write("model.safetensors", 4);
    const MatchedWeights matched = match_weights(layout, folder());
    const torch::Tensor mapped = matched.tensor(0);
    QVERIFY(matched.tensor(0, torch::kFloat32, torch::kCPU).const_data_ptr() == mapped.const_data_ptr());
    QVERIFY(matched.tensor(0, torch::kBFloat16, torch::kCPU).const_data_ptr() != mapped.const_data_ptr());
  }

 private:
  fs::path folder() const { return folder_->path().toStdString(); }
  fs::path at(const std::string& name) const { return folder() / name; }
  double value_found(WeightVariant variant = WeightVariant::usual) const {
    return WeightFiles(folder(), variant).tensor("w").mean().item<double>();
  }
  void write(const std::string& name, double value) const {
    const std::vector<NamedTensor> tensors = {{"w", numbered(value)}};
    write_safetensors(at(name), tensors);
  }
  void write_torch(const std::string& name, double value) const {
    ArchiveTree tree;
    const ArchiveTree::Id root = tree.dict();
    tree.set_root(root);
    tree.set_item(root, "w", tree.tensor(torch::kFloat32, {2, 3}));
    write_torch_archive(at(name), tree, [value](size_t) { return numbered(value); });
  }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(WeightFilesTest);
#include "weight_files_test.moc"
