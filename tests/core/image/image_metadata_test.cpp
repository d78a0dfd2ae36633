// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_metadata.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

GenerationRecord a_record() {
  GenerationRecord record;
  record.options.model = "pocket";
  record.options.prompt = "a caf\xC3\xA9, \xE7\x8C\xAB (1:2)\nsecond line";
  record.options.negative = "blurry";
  record.options.seed = 41;
  record.options.steps = 30;
  record.options.sampler = "ddim";
  record.options.width = 96;
  record.options.height = 128;
  record.options.cfg_scale = 7.5;
  record.image_index = 1;
  record.sampler_label = "DDIM";
  record.model_name = "pocket, small";
  record.model_hash = "0123456789abcdef0123456789abcdef";
  record.weights_used = "ema";
  record.version = "0.1.0";
  return record;
}

}  // namespace

class ImageMetadataTest : public QObject {
  Q_OBJECT
 private slots:
  void parametersTextIsThatOfTheWebUi() {
    QCOMPARE(
        a1111_parameters(a_record()),
        std::string(
            "a caf\xC3\xA9, \xE7\x8C\xAB (1:2)\nsecond line\nNegative prompt: blurry\nSteps: 30, Sampler: DDIM, CFG scale: 7.5, Seed: 42, "
            "Size: 96x128, Model hash: 0123456789, Model: \"pocket, small\", RNG: CPU, Version: Darkroom 0.1.0"));
  }

  void emptyNegativeAndNeutralSettingsAreLeftOut() {
    GenerationRecord record = a_record();
    record.options.negative.clear();
    record.options.clip_skip = 1;
    const std::string text = a1111_parameters(record);
    QVERIFY(text.find("Negative prompt") == std::string::npos);
    QVERIFY(text.find("Clip skip") == std::string::npos);
    QVERIFY(text.find("Eta") == std::string::npos);
    record.options.clip_skip = 2;
    record.options.eta = 0.5;
    QVERIFY(a1111_parameters(record).find("Clip skip: 2, RNG: CPU, Eta: 0.5") != std::string::npos);
  }

  void parserReadsOurTextBack() {
    const auto parsed = parse_a1111_parameters(a1111_parameters(a_record()));
    QVERIFY(parsed.has_value());
    QCOMPARE(parsed->prompt, a_record().options.prompt);
    QCOMPARE(parsed->negative, std::string("blurry"));
    QCOMPARE(parsed->setting("Model"), std::string("pocket, small"));
    QCOMPARE(parsed->setting("CFG scale"), std::string("7.5"));
    QCOMPARE(parsed->setting("Size"), std::string("96x128"));
    QCOMPARE(parsed->setting("Steps"), std::string("30"));
  }

  void fewerThanThreePairsArePrompt() {
    const auto parsed = parse_a1111_parameters("a cat\nSteps: 20, Seed: 1");
    QCOMPARE(parsed->prompt, std::string("a cat\nSteps: 20, Seed: 1"));
    QVERIFY(parsed->settings.empty());
  }

  void jsonOfOtherProgramsIsNotParsedAsText() { QVERIFY(!parse_a1111_parameters("  {\"sui_image_params\": {}}")); }

  void recordComesBackFromThePngTexts() {
    const GenerationRecord record = a_record();
    const auto found = find_generation_record(generation_texts(record), "test");
    QVERIFY(found.has_value());
    QVERIFY(found->options == record.options);
    QCOMPARE(found->image_index, record.image_index);
    QCOMPARE(found->model_hash, record.model_hash);
    QVERIFY(!find_generation_record({}, "test"));
  }

  void likeRepeatsOneImage() {
    GenerationRecord record = a_record();
    record.options.count = 8;
    record.options.out = "somewhere";
    const GenerateOptions options = options_like(record);
    QCOMPARE(options.seed, int64_t{42});
    QCOMPARE(options.count, int64_t{1});
    QVERIFY(options.out.empty());
  }

  void wrongRecordNamesThePlace() {
    try {
      generation_record_from_json(Json{{"darkroom_image", 1}, {"options", {{"stepz", 3}}}}, "x.png");
      QFAIL("accepted an unknown option");
    } catch (const Error& error) {
      QVERIFY(std::string(error.what()).find("x.png: /options/stepz") == 0);
    }
  }
};

DARKROOM_TEST(ImageMetadataTest);
#include "image_metadata_test.moc"
