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
    QVERIFY(a1111_parameters(record).find("Clip skip: 2, RNG: CPU, Eta DDIM: 0.5") != std::string::npos);
  }

  void recordComesBackFromThePngTexts() {
    const GenerationRecord record = a_record();
    const auto found = find_generation_record(generation_texts(record), "test");
    QVERIFY(found.has_value());
    QVERIFY(found->options == record.options);
    QCOMPARE(found->image_index, record.image_index);
    QCOMPARE(found->model_hash, record.model_hash);
    QVERIFY(!find_generation_record({}, "test"));
  }

  void everyFieldComesBackFromTheJson() {
    GenerationRecord record = a_record();
    record.lora_hashes = {{"detail", "7c0b3b9a1c4d"}};
    record.embedding_hashes = {{"easy", "00"}, {"other", "11"}};
    record.hires_upscaler = "Latent";
    const GenerationRecord back = generation_record_from_json(to_json(record), "test");
    QVERIFY(back.lora_hashes == record.lora_hashes && back.embedding_hashes == record.embedding_hashes);
    QCOMPARE(back.hires_upscaler, record.hires_upscaler);
    Json wrong = to_json(record);
    wrong["lora_hashes"][0] = {{"nam", "x"}};
    QVERIFY_EXCEPTION_THROWN(generation_record_from_json(wrong, "test"), Error);
  }

  void variationKeepsTheSeedAndCountsItsOwn() {
    GenerationRecord record = a_record();
    record.image_index = 2;
    record.options.variation_seed = 100;
    QCOMPARE(record.image_seed(), int64_t{43});  // a strength of 0 is no variation
    QVERIFY(!record.image_variation_seed());
    record.options.variation_strength = 0.25;
    QCOMPARE(record.image_seed(), int64_t{41});
    QCOMPARE(record.image_variation_seed().value(), int64_t{102});
    QVERIFY(a1111_parameters(record).find(
                "Seed: 41, Size: 96x128, Model hash: 0123456789, Model: \"pocket, small\", Variation seed: 102, Variation "
                "seed strength: 0.25, RNG: CPU") != std::string::npos);
    QCOMPARE(options_like(record).variation_seed.value(), int64_t{102});
    QCOMPARE(options_like(record).seed, int64_t{41});
  }

  void secondPassAndStartPictureShareTheStrengthKeyInTheirOrder() {
    GenerationRecord record = a_record();
    record.options.hires_scale = 1.5;
    record.options.hires_strength = 0.4;
    record.options.hires_steps = 12;
    record.hires_upscaler = "Latent";
    QVERIFY(a1111_parameters(record).find(
                "Denoising strength: 0.4, RNG: CPU, Hires upscale: 1.5, Hires steps: 12, Hires upscaler: Latent, Version") !=
            std::string::npos);
    record.options.init_image = "a.png";
    record.options.strength = 0.6;
    QVERIFY(a1111_parameters(record).find(
                "Denoising strength: 0.6, RNG: CPU, Hires upscale: 1.5, Hires steps: 12, Hires upscaler: Latent, Hires "
                "denoising strength: 0.4, Version") != std::string::npos);
  }

  void uniformIsSaidOnlyWhereAutomaticIsAnother() {
    GenerationRecord record = a_record();
    record.sampler_label.clear();
    record.options.schedule = "default";
    record.options.sampler = "euler";
    QVERIFY(a1111_parameters(record).find("Sampler: Euler, CFG scale") != std::string::npos);
    record.options.sampler = "dpmpp_2m";
    QVERIFY(a1111_parameters(record).find("Sampler: DPM++ 2M, Schedule type: Uniform, CFG scale") != std::string::npos);
    record.options.schedule = "sgm_uniform";
    QVERIFY(a1111_parameters(record).find("Sampler: DPM++ 2M, Schedule type: SGM Uniform, CFG scale") != std::string::npos);
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
