// SPDX-License-Identifier: Apache-2.0
#include "core/lora/lora_file.h"

#include "core/base/atomic_file.h"
#include "core/checkpoint/torch_archive_writer.h"
#include "core/lora/lora_settings.h"
#include "tests/core/lora/lora_fixture.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr const char* layer = "lora_unet_mid_block_attentions_0_proj_in";

NamedTensor named(const std::string& end, const torch::Tensor& tensor) { return {layer + end, tensor}; }
NamedTensor down(const torch::Tensor& tensor) { return named(".lora_down.weight", tensor); }
NamedTensor up(const torch::Tensor& tensor) { return named(".lora_up.weight", tensor); }
NamedTensor alpha(const torch::Tensor& tensor) { return named(".alpha", tensor); }

std::vector<NamedTensor> good_file() { return {down(torch::ones({4, 6})), up(torch::ones({8, 4})), alpha(torch::tensor(2.0))}; }

}  // namespace

class LoraFileTest : public QObject {
  Q_OBJECT

 private slots:
  void readsLayersRanksAndStrengths() {
    std::vector<NamedTensor> tensors = good_file();
    tensors.push_back({"lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", torch::ones({2, 6})});
    tensors.push_back({"lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", torch::ones({8, 2})});
    const LoraFile file(folder_.write(tensors, {{"ss_network_dim", "4"}}));
    QCOMPARE(file.modules().size(), size_t{2});
    QCOMPARE(file.count(LoraPart::unet), int64_t{1});
    QCOMPARE(file.count(LoraPart::text_encoder), int64_t{1});
    QCOMPARE(file.rank(), int64_t{4});
    QCOMPARE(file.card().network_dim, std::optional<int64_t>(4));
    QVERIFY(file.unknown().empty());
    for (const LoraModule& module : file.modules()) {
      QCOMPARE(module.strength, module.part == LoraPart::unet ? 0.5 : 1.0);  // alpha / rank; without an alpha 1
      QCOMPARE(module.rank, module.part == LoraPart::unet ? int64_t{4} : int64_t{2});
    }
  }

  void alphaIsDividedByTheRankOfWhatIsFactored_data() {
    QTest::addColumn<QByteArray>("factors");
    QTest::addColumn<qint64>("rank");
    QTest::addColumn<double>("strength");
    QTest::addColumn<QByteArray>("shape");
    QTest::newRow("LoHa") << QByteArray("loha") << qint64{4} << 0.5 << QByteArray("[8,6]");
    QTest::newRow("LoHa, Tucker") << QByteArray("loha_tucker") << qint64{4} << 0.5 << QByteArray("[8,6,3,3]");
    QTest::newRow("LoKr of two whole factors: no rank, so no scale") << QByteArray("12") << qint64{0} << 1.0 << QByteArray("[8,6]");
    QTest::newRow("LoKr, first factored") << QByteArray("ab2") << qint64{5} << 0.4 << QByteArray("[8,6]");
    QTest::newRow("LoKr, second factored") << QByteArray("1ab") << qint64{4} << 0.5 << QByteArray("[8,6]");
    QTest::newRow("LoKr, both factored: the second's") << QByteArray("abab") << qint64{4} << 0.5 << QByteArray("[8,6]");
    QTest::newRow("a difference") << QByteArray("diff") << qint64{0} << 1.0 << QByteArray("[8,6]");
  }
  void alphaIsDividedByTheRankOfWhatIsFactored() {
    QFETCH(QByteArray, factors);
    QFETCH(qint64, rank);
    QFETCH(double, strength);
    QFETCH(QByteArray, shape);
    const NamedTensor w1 = named(".lokr_w1", torch::ones({2, 2}));
    const NamedTensor w1_a = named(".lokr_w1_a", torch::ones({2, 5}));
    const NamedTensor w1_b = named(".lokr_w1_b", torch::ones({5, 2}));
    const NamedTensor w2 = named(".lokr_w2", torch::ones({4, 3}));
    const NamedTensor w2_a = named(".lokr_w2_a", torch::ones({4, 4}));
    const NamedTensor w2_b = named(".lokr_w2_b", torch::ones({4, 3}));
    const std::map<QByteArray, std::vector<NamedTensor>> files = {{"loha", loha({8, 4}, {4, 6}, {8, 4}, {4, 6})},
                                                                  {"loha_tucker", loha_tucker({4, 4, 3, 3})},
                                                                  {"12", {w1, w2}},
                                                                  {"ab2", {w1_a, w1_b, w2}},
                                                                  {"1ab", {w1, w2_a, w2_b}},
                                                                  {"abab", {w1_a, w1_b, w2_a, w2_b}},
                                                                  {"diff", {named(".diff", torch::ones({8, 6}))}}};
    std::vector<NamedTensor> tensors = files.at(factors);
    tensors.push_back(alpha(torch::tensor(2.0)));
    const LoraModule module = LoraFile(folder_.write(tensors)).modules().at(0);
    QCOMPARE(qint64{module.rank}, rank);
    QCOMPARE(module.strength, strength);
    QCOMPARE(QByteArray::fromStdString(shape_text(module.shape)), shape);
  }

  void aBiasGoesBesideAnyKind() {
    std::vector<NamedTensor> tensors = good_file();
    tensors.push_back(named(".diff_b", torch::ones({8})));
    const LoraFile file(folder_.write(tensors));
    QCOMPARE(file.modules().size(), size_t{2});
    QVERIFY(file.modules()[0].field == LoraField::weight && file.modules()[0].kind == LoraKind::low_rank);
    QVERIFY(file.modules()[1].field == LoraField::bias && file.modules()[1].kind == LoraKind::difference);
    QCOMPARE(file.modules()[1].strength, 1.0);
    QCOMPARE(file.rank(), int64_t{4});
  }

  void integerAndOneElementAlphasAreRead() {
    for (const torch::Tensor& value : {torch::tensor(8, torch::kInt64), torch::tensor({8.0}), torch::tensor(8.0, torch::kHalf)}) {
      QCOMPARE(LoraFile(folder_.write({down(torch::ones({4, 6})), up(torch::ones({8, 4})), alpha(value)})).modules()[0].strength, 2.0);
    }
  }

  void unknownTensorsAreListed() {
    std::vector<NamedTensor> tensors = good_file();
    tensors.push_back({"bundle_emb.style.string_to_param.*", torch::ones({1, 6})});
    tensors.push_back({"something.else", torch::ones({1})});
    QCOMPARE(LoraFile(folder_.write(tensors)).unknown(),
             (std::vector<std::string>{"bundle_emb.style.string_to_param.*", "something.else"}));
  }

  void filesOfTorchSaveAreRead() {
    ArchiveTree tree;
    const ArchiveTree::Id root = tree.dict();
    tree.set_root(root);
    const std::vector<NamedTensor> tensors = good_file();
    for (const NamedTensor& entry : tensors) {
      tree.set_item(root, entry.name, tree.tensor(entry.tensor.scalar_type(), entry.tensor.sizes().vec()));
    }
    write_torch_archive(folder_.at("lora.pt"), tree, [&](size_t i) { return tensors[i].tensor; });
    const LoraFile file(folder_.at("lora.pt"));
    QCOMPARE(file.modules().at(0).strength, 0.5);
    QVERIFY(at::equal(file.tensor(file.modules()[0].name(LoraRole::up)), tensors[1].tensor));
  }

  void refusesBadLayers_data() {
    QTest::addColumn<int>("index");
    QTest::addColumn<QByteArray>("words");
    for (size_t i = 0; i < bad_files().size(); ++i) {
      QTest::newRow(bad_files()[i].first) << static_cast<int>(i) << QByteArray(bad_files()[i].first);
    }
  }
  void refusesBadLayers() {
    QFETCH(int, index);
    QFETCH(QByteArray, words);
    const std::filesystem::path path = folder_.write(bad_files()[static_cast<size_t>(index)].second);
    VERIFY_REFUSED(path, words.toStdString(), LoraFile{path});
  }

  void saysAllThatIsWrongAtOnce() {
    std::vector<NamedTensor> tensors;
    tensors.reserve(20);
    for (int i = 0; i < 20; ++i) {
      tensors.push_back({format("lora_unet_layer_{:02}.lora_up.weight", i), torch::ones({2, 2})});
    }
    const std::filesystem::path path = folder_.write(tensors);
    VERIFY_REFUSED(path, "layer_07: has up, but no down\n  and 12 more", LoraFile{path});
  }

  void refusesDamagedFiles() {
    const std::filesystem::path path = folder_.write(good_file());
    const std::string bytes = read_file(path);
    const auto refused = [&](const std::string& content, const std::string& words) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
      const std::string text = refusal([&] { LoraFile{path}; });
      return text.starts_with(path.string()) && text.find(words) != std::string::npos;
    };
    QVERIFY(refused(bytes.substr(0, bytes.size() - 5), "cut off"));
    QVERIFY(refused(bytes.substr(0, 40), "announces a header"));
    QVERIFY(refused(std::string("\0\0\0\0\1\0\0\0", 8) + bytes.substr(8), "announces a header of 4294967296 bytes"));
    QVERIFY(refused("", path.string()));
  }

  void peftSettingsGiveTheStrength() {
    const LoraSettings plain(Json::parse(R"({"lora_alpha": 8, "alpha_pattern": {"attn2.to_k": 2, "mid.to_k": 4}, "use_dora": false})"),
                             "x");
    QCOMPARE(plain.strength("mid.attn1.to_q", 4), 2.0);
    QCOMPARE(plain.strength("mid.attn2.to_k", 4), 0.5);
    QCOMPARE(plain.strength("mid.to_k", 4), 1.0);
    QCOMPARE(plain.strength("mid.attn12.to_k", 4), 2.0);
    const LoraSettings stabilized(Json::parse(R"({"lora_alpha": 8, "use_rslora": true})"), "x");
    QCOMPARE(stabilized.strength("mid.to_k", 16), 2.0);
  }

  void refusesPeftSettingsThatItCannotFollow() {
    for (const auto& [json, words] :
         {std::pair(R"([])", "lora_alpha"), std::pair(R"({"r": 4})", "lora_alpha"), std::pair(R"({"lora_alpha": "8"})", "lora_alpha"),
          std::pair(R"({"lora_alpha": 0})", "lora_alpha"), std::pair(R"({"lora_alpha": 8, "use_dora": true})", "DoRA"),
          std::pair(R"({"lora_alpha": 8, "use_rslora": 1})", "use_rslora"),
          std::pair(R"({"lora_alpha": 8, "alpha_pattern": 3})", "alpha_pattern"),
          std::pair(R"({"lora_alpha": 8, "alpha_pattern": {"to_.*": 3}})", "regular expressions")}) {
      const Json settings = Json::parse(json);  // clang 14 cannot capture a structured binding
      const std::string text = refusal([&] { LoraSettings(settings, "here"); });
      QVERIFY2(text.starts_with("here: ") && text.find(words) != std::string::npos, (json + (": " + text)).c_str());
    }
    const std::filesystem::path path = folder_.write(good_file(), {{"lora_adapter_metadata", "{"}});
    VERIFY_REFUSED(path, "lora_adapter_metadata", LoraFile{path});
  }

  void peftAdaptersNeedTheirConfig() {
    const std::filesystem::path path = folder_.write({{"base_model.model.conv_in.lora_A.weight", torch::ones({2, 4, 3, 3})},
                                                      {"base_model.model.conv_in.lora_B.weight", torch::ones({4, 2, 1, 1})}});
    VERIFY_REFUSED(path, "adapter_config.json", LoraFile{path});
    std::ofstream(folder_.at("adapter_config.json")) << R"({"lora_alpha": 6})";
    QCOMPARE(LoraFile(path).modules().at(0).strength, 3.0);
  }

  void refusesAMissingFile() {
    const std::filesystem::path path = folder_.at("nothing.safetensors");
    QVERIFY(refusal([&] { LoraFile{path}; }).find(path.string()) != std::string::npos);
  }

 private:
  static std::vector<NamedTensor> loha(at::IntArrayRef w1_a, at::IntArrayRef w1_b, at::IntArrayRef w2_a, at::IntArrayRef w2_b) {
    return {named(".hada_w1_a", torch::ones(w1_a)), named(".hada_w1_b", torch::ones(w1_b)), named(".hada_w2_a", torch::ones(w2_a)),
            named(".hada_w2_b", torch::ones(w2_b))};
  }
  static std::vector<NamedTensor> loha_tucker(at::IntArrayRef core) {
    std::vector<NamedTensor> tensors = loha({4, 8}, {4, 6}, {4, 8}, {4, 6});
    tensors.push_back(named(".hada_t1", torch::ones(core)));
    tensors.push_back(named(".hada_t2", torch::ones(core)));
    return tensors;
  }

  using BadFile = std::pair<const char*, std::vector<NamedTensor>>;
  // What the refusal says, and the file.
  static const std::vector<BadFile>& bad_files() {
    static const std::vector<BadFile> files = {
        {"has up, but no down", {up(torch::ones({8, 4}))}},
        {"has down, but no up", {down(torch::ones({4, 6})), alpha(torch::tensor(1.0))}},
        {"has alpha, but no down", {alpha(torch::tensor(1.0))}},
        {"down is [4,6], but up is [8,3]", {down(torch::ones({4, 6})), up(torch::ones({8, 3}))}},
        {"expected [out,rank] or [out,rank,1,1]", {down(torch::ones({4, 6, 3, 3})), up(torch::ones({8, 4, 3, 3}))}},
        {"expected two or four extents", {down(torch::ones({4})), up(torch::ones({8, 4}))}},
        {"a rank of 0", {down(torch::ones({0, 6})), up(torch::ones({8, 0}))}},
        {"down is [4,6], but up is [8,4] and mid is [4,4]",
         {down(torch::ones({4, 6})), up(torch::ones({8, 4})), named(".lora_mid.weight", torch::ones({4, 4}))}},
        {"down is [4,6], but up is [8,4] and mid is [4,5,3,3]",
         {down(torch::ones({4, 6})), up(torch::ones({8, 4})), named(".lora_mid.weight", torch::ones({4, 5, 3, 3}))}},
        {"expected a floating-point type", {down(torch::ones({4, 6}, torch::kInt32)), up(torch::ones({8, 4}))}},
        {".alpha is 0, expected a number other than 0", {down(torch::ones({4, 6})), up(torch::ones({8, 4})), alpha(torch::tensor(0.0))}},
        {".alpha is nan", {down(torch::ones({4, 6})), up(torch::ones({8, 4})), alpha(torch::tensor(std::nan("")))}},
        {"expected one number", {down(torch::ones({4, 6})), up(torch::ones({8, 4})), alpha(torch::ones({2}))}},
        {"are both down", {down(torch::ones({4, 6})), up(torch::ones({8, 4})), named(".lora_A.weight", torch::ones({4, 6}))}},
        {"none of its 1 tensors is named as in a LoRA; the first is \"conv_in.weight\"", {{"conv_in.weight", torch::ones({4, 6})}}},
        {"none of its 0 tensors", {}},
        {"is PEFT's DoRA", {named(".lora_A.weight", torch::ones({4, 6})), named(".lora_magnitude_vector", torch::ones({8}))}},
        {"is GLoRA", {named(".a1.weight", torch::ones({4, 6}))}},
        {"has dora_scale, but no down", {named(".dora_scale", torch::ones({8, 1}))}},
        {"has hada_w1_a, but no hada_w1_b", {named(".hada_w1_a", torch::ones({8, 4}))}},
        {"has hada_w1_a, but no hada_w2_b", {named(".hada_w1_a", torch::ones({8, 4})), named(".hada_w1_b", torch::ones({4, 6}))}},
        {"hada_w1_b is [3,6], but hada_w1_a is [8,4]", loha({8, 4}, {3, 6}, {8, 4}, {4, 6})},
        {"the first product is [8,6], the second is [8,5]", loha({8, 4}, {4, 6}, {8, 2}, {2, 5})},
        {"hada_w1_b is [0,6]: a rank of 0", loha({8, 0}, {0, 6}, {8, 4}, {4, 6})},
        {"hada_w1_a is [4,8] and hada_t1 is [2,4,3,3]", loha_tucker({2, 4, 3, 3})},
        {"has both down and lokr_w1", {down(torch::ones({4, 6})), up(torch::ones({8, 4})), named(".lokr_w1", torch::ones({4, 6}))}},
        {"has lokr_w1, but no lokr_w2_b", {named(".lokr_w1", torch::ones({2, 2}))}},
        {"has both lokr_w2 and a product for it",
         {named(".lokr_w1", torch::ones({2, 2})), named(".lokr_w2", torch::ones({4, 3})), named(".lokr_w2_a", torch::ones({4, 1}))}},
        {"lokr_w1 is [2,2,3,3], expected a matrix", {named(".lokr_w1", torch::ones({2, 2, 3, 3})), named(".lokr_w2", torch::ones({4, 3}))}},
        {"has both diff and dora_scale", {named(".diff", torch::ones({8, 6})), named(".dora_scale", torch::ones({8, 1}))}},
        {".diff is [8,6,3], expected one, two or four extents", {named(".diff", torch::ones({8, 6, 3}))}},
        {".hada_w2_b is I64, expected a floating-point type",
         {named(".hada_w1_a", torch::ones({8, 4})), named(".hada_w1_b", torch::ones({4, 6})), named(".hada_w2_a", torch::ones({8, 4})),
          named(".hada_w2_b", torch::ones({4, 6}, torch::kInt64))}},
        {"PEFT's LoHa and LoKr are scaled by rules of their own",
         {{"base_model.model.conv_in.lokr_w1", torch::ones({2, 2})}, {"base_model.model.conv_in.lokr_w2", torch::ones({2, 2})}}}};
    return files;
  }
  LoraFolder folder_;
};

DARKROOM_TEST(LoraFileTest);
#include "lora_file_test.moc"
