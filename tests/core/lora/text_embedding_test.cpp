// SPDX-License-Identifier: Apache-2.0
#include "core/lora/text_embedding.h"

#include "core/base/atomic_file.h"
#include "core/checkpoint/torch_archive_writer.h"
#include "tests/core/lora/lora_fixture.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr int64_t width = 768;

}  // namespace

class TextEmbeddingTest : public QObject {
  Q_OBJECT

 private slots:
  void readsA1111Safetensors() {
    const torch::Tensor vectors = torch::randn({3, width}).to(torch::kHalf);
    const std::filesystem::path path = folder_.write({{"emb_params", vectors}}, {}, "my style.safetensors");
    const std::vector<TextEmbedding> read = read_text_embeddings(path, width);
    QCOMPARE(read.size(), size_t{1});
    QCOMPARE(read[0].name, std::string("my style"));
    QVERIFY(read[0].vectors_ND.scalar_type() == torch::kFloat32 && at::equal(read[0].vectors_ND, vectors.to(torch::kFloat32)));
  }

  void readsA1111Archives() {
    torch::Tensor vectors = torch::randn({2, width});
    ArchiveTree tree;
    const ArchiveTree::Id root = tree.dict();
    const ArchiveTree::Id params = tree.dict();
    const ArchiveTree::Id tokens = tree.dict();
    tree.set_root(root);
    tree.set_item(tokens, "*", tree.integer(265));
    tree.set_item(params, "*", tree.tensor(torch::kFloat32, {2, width}));
    tree.set_item(root, "string_to_token", tokens);
    tree.set_item(root, "string_to_param", params);
    tree.set_item(root, "name", tree.string("another name"));
    tree.set_item(root, "step", tree.integer(500));
    write_torch_archive(folder_.at("word.pt"), tree, [&](size_t) { return vectors; });
    const std::vector<TextEmbedding> read = read_text_embeddings(folder_.at("word.pt"), width);
    QCOMPARE(read.size(), size_t{1});
    QCOMPARE(read[0].name, std::string("word"));
    QVERIFY(at::equal(read[0].vectors_ND, vectors));
  }

  void readsWhatTorchSaved() {
    const torch::Tensor vectors = at::arange(12, torch::kFloat32).view({2, 6}) / 8;
    const std::vector<TextEmbedding> word = read_text_embeddings(golden_path("a1111_word.pt"), 6);
    QCOMPARE(word.size(), size_t{1});
    QCOMPARE(word[0].name, std::string("a1111_word"));
    QVERIFY(at::equal(word[0].vectors_ND, vectors));
    const std::vector<TextEmbedding> toy = read_text_embeddings(golden_path("learned_embeds.bin"), 6);
    QCOMPARE(toy.at(0).name, std::string("<toy>"));
    QVERIFY(at::equal(toy[0].vectors_ND, vectors.narrow(0, 1, 1)));
  }

  void readsLearnedEmbeds() {
    const torch::Tensor cat = torch::randn({width});
    const torch::Tensor dog = torch::randn({2, width});
    const std::vector<TextEmbedding> read = read_text_embeddings(folder_.write({{"<cat-toy>", cat}, {"<dog>", dog}}), width);
    QCOMPARE(read.size(), size_t{2});
    QCOMPARE(read[0].name, std::string("<cat-toy>"));
    QVERIFY(at::equal(read[0].vectors_ND, cat.view({1, width})));
    QVERIFY(at::equal(read[1].vectors_ND, dog));
  }

  void vectorsAreIndependentOfTheFile() {
    const std::filesystem::path path = folder_.write({{"emb_params", torch::ones({1, width})}});
    const torch::Tensor vectors_ND = read_text_embeddings(path, width)[0].vectors_ND;
    const std::string bytes = read_file(path);
    std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << std::string(bytes.size(), '\1');  // in place, as mapped
    QCOMPARE(vectors_ND.sum().item<double>(), static_cast<double>(width));
  }

  void refusesWhatFitsNoTokenTable_data() {
    QTest::addColumn<int>("index");
    QTest::addColumn<QByteArray>("words");
    for (size_t i = 0; i < bad_files().size(); ++i) {
      QTest::newRow(bad_files()[i].first) << static_cast<int>(i) << QByteArray(bad_files()[i].first);
    }
  }
  void refusesWhatFitsNoTokenTable() {
    QFETCH(int, index);
    QFETCH(QByteArray, words);
    const std::filesystem::path path = folder_.write(bad_files()[static_cast<size_t>(index)].second);
    VERIFY_REFUSED(path, words.toStdString(), read_text_embeddings(path, width));
  }

  void refusesATruncatedFile() {
    const std::filesystem::path path = folder_.write({{"emb_params", torch::ones({1, width})}});
    const std::string bytes = read_file(path);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes.substr(0, bytes.size() - 4);
    VERIFY_REFUSED(path, "cut off", read_text_embeddings(path, width));
  }

 private:
  using BadFile = std::pair<const char*, std::vector<NamedTensor>>;
  static const std::vector<BadFile>& bad_files() {
    static const std::vector<BadFile> files = {
        {"its vectors are 1024 wide, as in SD 2.x, this model's tokens 768", {{"emb_params", torch::ones({1, 1024})}}},
        {"its vectors are 12 wide, this model's tokens 768", {{"<x>", torch::ones({12})}}},
        {"\"emb_params\" holds a NaN or an infinity", {{"emb_params", torch::full({1, width}, std::nan(""))}}},
        {"is [0,768], expected [vectors,768]", {{"emb_params", torch::ones({0, width})}}},
        {"is [1,1,768], expected [vectors,768]", {{"emb_params", torch::ones({1, 1, width})}}},
        {"expected a floating-point type", {{"emb_params", torch::ones({1, width}, torch::kInt64)}}},
        {"holds 75 tokens", {{"emb_params", torch::ones({76, width})}}},
        {"is an embedding of SDXL (\"clip_g\")", {{"clip_g", torch::ones({1, 1280})}, {"clip_l", torch::ones({1, width})}}},
        {"holds no embedding", {}}};
    return files;
  }
  LoraFolder folder_;
};

DARKROOM_TEST(TextEmbeddingTest);
#include "text_embedding_test.moc"
