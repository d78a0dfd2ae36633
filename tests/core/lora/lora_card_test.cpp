// SPDX-License-Identifier: Apache-2.0
#include "core/lora/lora_card.h"

#include "tests/core/lora/lora_fixture.h"

using namespace darkroom;
using namespace darkroom::test;

class LoraCardTest : public QObject {
  Q_OBJECT

 private slots:
  void readsWhatTrainersWrite() {
    const LoraCard card = read_lora_card({{"ss_output_name", "my_style"},
                                          {"ss_sd_model_name", "v1-5-pruned.safetensors"},
                                          {"ss_base_model_version", "sd_v1"},
                                          {"modelspec.architecture", "stable-diffusion-v1/lora"},
                                          {"ss_network_dim", "32"},
                                          {"ss_network_alpha", "16.5"}});
    QCOMPARE(card.title, std::string("my_style"));
    QCOMPARE(card.base_model, std::string("v1-5-pruned.safetensors"));
    QCOMPARE(card.base_version, std::string("sd_v1"));
    QCOMPARE(card.network_dim, std::optional<int64_t>(32));
    QCOMPARE(card.network_alpha, std::optional(16.5));
    QVERIFY(card.tags.empty());
  }

  void tagsAreSummedOverFoldersAndSorted() {
    const LoraCard card = read_lora_card(
        {{"ss_tag_frequency", R"({"10_a": {" sky ": 1, "girl": 3, "tree": 4}, "2_b": {"sky": 4, "odd": -1, "float": 1.5}})"}});
    QCOMPARE(card.tags.size(), size_t{3});
    QCOMPARE(card.tags[0].name, std::string("sky"));
    QCOMPARE(card.tags[0].count, int64_t{5});
    QCOMPARE(card.tags[1].name, std::string("tree"));
    QCOMPARE(card.tags[2].name, std::string("girl"));
  }

  void whatCannotBeReadIsAbsent() {
    for (const char* tags : {"", "{", "[]", "None", R"({"a": 7})", R"({"a": {"b": "c"}})", R"({"a": {"": 1, " ": 2}})"}) {
      QVERIFY2(read_lora_card({{"ss_tag_frequency", tags}}).tags.empty(), tags);
    }
    const LoraCard card = read_lora_card({{"ss_network_dim", "Dynamic"}, {"ss_network_alpha", "8x"}, {"ss_output_name", "None"}});
    QVERIFY(!card.network_dim && !card.network_alpha && card.title.empty());
    QVERIFY(!read_lora_card({{"ss_network_dim", "99999999999999999999"}}).network_dim);
  }

  void hugeCountsDoNotOverflow() {
    const LoraCard card = read_lora_card({{"ss_tag_frequency", R"({"a": {"x": 18446744073709551615}, "b": {"x": 18446744073709551615}})"}});
    QVERIFY(card.tags.at(0).count > 0);
  }
};

DARKROOM_TEST(LoraCardTest);
#include "lora_card_test.moc"
