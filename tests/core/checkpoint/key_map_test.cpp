// SPDX-License-Identifier: Apache-2.0
// The goldens are the full lists of Stable Diffusion 1.5, proved by diffusers' own converter (make_key_map_goldens.py).
#include "core/checkpoint/key_map.h"

#include <fstream>
#include <set>
#include <sstream>

#include "core/base/format.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

struct Line {
  std::string compvis;
  std::string ours;
  std::string compvis_shape;
  std::string our_shape;
};

std::vector<Line> golden(const std::string& name) {
  std::ifstream file(format(DARKROOM_TEST_DATA "/golden/{}.tsv", name));
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    std::istringstream columns(text);
    Line line;
    std::getline(columns, line.compvis, '\t');
    std::getline(columns, line.ours, '\t');
    std::getline(columns, line.compvis_shape, '\t');
    std::getline(columns, line.our_shape, '\t');
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> column(const std::vector<Line>& lines, std::string Line::*member) {
  std::vector<std::string> names;
  for (const Line& line : lines) {
    names.push_back(line.*member);
  }
  return names;
}

std::vector<int64_t> shape_of(const std::string& text) {
  std::vector<int64_t> shape;
  std::istringstream numbers(text);
  for (std::string number; std::getline(numbers, number, ',');) {
    shape.push_back(std::stoll(number));
  }
  return shape;
}

}  // namespace

class KeyMapTest : public QObject {
  Q_OBJECT

 private slots:
  void everyNameOfAUNetIsMappedBothWays_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("count");
    QTest::newRow("Stable Diffusion 1.5") << "unet_sd15" << 686;
    QTest::newRow("three levels, one layer") << "unet_small" << 246;
  }
  void everyNameOfAUNetIsMappedBothWays() {
    QFETCH(QString, name);
    QFETCH(int, count);
    const std::vector<Line> lines = golden(name.toStdString());
    QCOMPARE(static_cast<int>(lines.size()), count);
    const UNetKeyMap from_ours = UNetKeyMap::of_diffusers(column(lines, &Line::ours));
    const UNetKeyMap from_theirs = UNetKeyMap::of_compvis(column(lines, &Line::compvis));
    for (const Line& line : lines) {
      for (const UNetKeyMap* map : {&from_ours, &from_theirs}) {
        QVERIFY2(map->to_compvis(line.ours) == line.compvis, line.ours.c_str());
        QVERIFY2(map->to_diffusers(line.compvis) == line.ours, line.compvis.c_str());
      }
    }
  }

  void everyNameOfAVaeIsMappedBothWays() {
    const std::vector<Line> lines = golden("vae_sd15");
    QCOMPARE(lines.size(), size_t{248});
    const VaeKeyMap from_ours = VaeKeyMap::of_diffusers(column(lines, &Line::ours));
    const VaeKeyMap from_theirs = VaeKeyMap::of_compvis(column(lines, &Line::compvis));
    for (const Line& line : lines) {
      for (const VaeKeyMap* map : {&from_ours, &from_theirs}) {
        QVERIFY2(map->to_compvis(line.ours) == line.compvis, line.ours.c_str());
        QVERIFY2(map->to_diffusers(line.compvis) == line.ours, line.compvis.c_str());
      }
      QVERIFY2(VaeKeyMap::compvis_shape(line.compvis, shape_of(line.our_shape)) == shape_of(line.compvis_shape), line.ours.c_str());
    }
  }

  void textNamesAreTheSameButForTheOldestFiles() {
    const std::vector<Line> lines = golden("text_sd15");
    QCOMPARE(lines.size(), size_t{196});  // with the position ids of single files: 197
    for (const Line& line : lines) {
      QCOMPARE(text_name_of_compvis(line.compvis), line.ours);
      QCOMPARE(text_name_of_compvis(line.compvis.substr(std::string("text_model.").size())), line.ours);
    }
  }

  void noTwoNamesBecomeOne() {
    const std::vector<Line> lines = golden("unet_sd15");
    const UNetKeyMap map = UNetKeyMap::of_diffusers(column(lines, &Line::ours));
    std::set<std::string> seen;
    for (const Line& line : lines) {
      QVERIFY2(seen.insert(map.to_compvis(line.ours).value()).second, line.ours.c_str());
    }
  }

  void namesOfNoUNetAreNotGuessed() {
    const std::vector<Line> lines = golden("unet_sd15");
    const UNetKeyMap map = UNetKeyMap::of_compvis(column(lines, &Line::compvis));
    for (const char* name :
         {"input_blocks.12.0.in_layers.0.weight", "input_blocks.3.1.proj_in.weight", "input_blocks.01.0.in_layers.0.weight",
          "input_blocks.1.0.in_layers.9.weight", "input_blocks.x.0.op.weight", "output_blocks.2.2.conv.weight",
          "middle_block.3.norm.weight", "label_emb.0.0.weight", "out.1.weight", "", "input_blocks"}) {
      QVERIFY2(!map.to_diffusers(name), name);
    }
    for (const char* name :
         {"down_blocks.4.resnets.0.conv1.weight", "down_blocks.0.resnets.2.conv1.weight", "mid_block.resnets.2.conv1.bias",
          "up_blocks.0.resnets.3.conv1.weight", "down_blocks.0.resnets.0.conv9.weight", "add_embedding.linear_1.weight"}) {
      QVERIFY2(!map.to_compvis(name), name);
    }
  }

  void hugeBlockNumbersTakeNoMemory() {
    const UNetKeyMap map = UNetKeyMap::of_compvis({"input_blocks.999999999999.0.op.weight", "output_blocks.88888888888888888888.1.x"});
    QVERIFY(!map.to_diffusers("input_blocks.999999999999.0.op.weight"));
    UNetKeyMap::of_diffusers({"down_blocks.999999999999.resnets.5.x", "up_blocks.999999999999.attentions.0.x"});
  }

  void oldAttentionNamesOfVaesAreRead() {
    const VaeKeyMap map = VaeKeyMap::of_diffusers({"decoder.up_blocks.0.resnets.0.conv1.weight"});
    QCOMPARE(map.to_diffusers("encoder.mid_block.attentions.0.query.weight").value(),
             std::string("encoder.mid_block.attentions.0.to_q.weight"));
    QCOMPARE(map.to_diffusers("decoder.mid_block.attentions.0.proj_attn.bias").value(),
             std::string("decoder.mid_block.attentions.0.to_out.0.bias"));
    QCOMPARE(map.to_diffusers("decoder.mid_block.attentions.0.to_q.bias").value(), std::string("decoder.mid_block.attentions.0.to_q.bias"));
  }

  void movingAveragesAreFlattened() {
    QCOMPARE(compvis_ema_name("input_blocks.0.0.weight"), std::string("model_ema.diffusion_modelinput_blocks00weight"));
  }

  void wrappersAreStrippedInAnyOrderAndPlace() {
    const std::string bare = "downs.0.conv1.weight";
    for (const char* name :
         {"downs.0.conv1.weight", "module.downs.0.conv1.weight", "unet.module.downs.0.conv1.weight",
          "module.unet._orig_mod.downs.0.conv1.weight", "_orig_mod._fsdp_wrapped_module.module.unet.downs.0.conv1.weight",
          "_fsdp_wrapped_module.downs.0._fsdp_wrapped_module.conv1.weight", "unet.downs.0._checkpoint_wrapped_module.conv1.weight"}) {
      QCOMPARE(without_wrappers(name), bare);
    }
    // Only a whole word is a wrapper, "unet" only in front, and a name never becomes empty.
    QCOMPARE(without_wrappers("modules.unet.weight"), std::string("modules.unet.weight"));
    QCOMPARE(without_wrappers("module"), std::string("module"));
  }
};

DARKROOM_TEST(KeyMapTest);
#include "key_map_test.moc"
