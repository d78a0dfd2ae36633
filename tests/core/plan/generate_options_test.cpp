// SPDX-License-Identifier: Apache-2.0
#include "core/plan/generate_options.h"

#include "core/base/error.h"

#include "tests/test_registry.h"

using namespace darkroom;

class GenerateOptionsTest : public QObject {
  Q_OBJECT

 private slots:
  void everyFieldSurvivesTheRoundTrip() {
    GenerateOptions options;
    options.model = "/models/a";
    options.vae = "/models/v";
    options.text_encoder = "/models/t";
    options.prompt = "a dog\nin the rain";
    options.negative = "blurry";
    options.seed = 9007199254740991;
    options.variation_seed = 12;
    options.variation_strength = 0.3;
    options.steps = 30;
    options.cfg_scale = 8.5;
    options.cfg_rescale = 0.7;
    options.eta = 0.25;
    options.clip_skip = 2;
    options.prompt_syntax = "plain";
    options.emphasis = "no_norm";
    options.sampler = "ddim";
    options.schedule = "karras";
    options.spacing = "source_run";
    options.width = 96;
    options.height = 128;
    options.init_image = "start.png";
    options.strength = 0.5;
    options.mask = "mask.png";
    options.hires_scale = 2;
    options.hires_steps = 10;
    options.hires_strength = 0.4;
    options.mask_blur = 8;
    options.vae_tiling = "on";
    options.preview_decoder = "previews";
    options.loras = {{"a.safetensors", 0.8, std::nullopt}, {"b.safetensors", -1, 0.5}};
    options.lora_folder = "loras";
    options.embeddings = {"style.safetensors"};
    options.count = 4;
    options.batch = 2;
    options.weights = "live";
    options.device = "cuda:0";
    options.dtype = "bf16";
    options.noise = "n.safetensors";
    options.save_latents = "l.safetensors";
    options.out = "images";
    const Json json = to_json(options);
    QCOMPARE(json.size(), parameter_group("generate").size());
    std::vector<Problem> problems;
    QVERIFY(generate_options_from_json(json, problems) == options);
    QVERIFY(problems.empty());
  }

  void whatIsLeftToTheModelIsLeftOut() {
    const Json json = to_json(GenerateOptions());
    QVERIFY(!json.contains("steps") && !json.contains("width") && !json.contains("sampler"));
    QVERIFY(json.contains("negative"));
    std::vector<Problem> problems;
    const GenerateOptions read = generate_options_from_json(parse_json(R"({"prompt": "x", "width": null})", "test"), problems);
    QVERIFY(problems.empty());
    QVERIFY(!read.width && !read.steps);
    QCOMPARE(read.model, std::string("pocket"));
  }

  void wrongValuesAndUnknownKeysAreNamed() {
    std::vector<Problem> problems;
    generate_options_from_json(parse_json(R"({"width": 100, "steps": 0, "sampler": "ddmi", "sed": 1, "cfg_scale": "7"})", "test"), problems,
                               "/options");
    std::vector<std::string> pointers;
    for (const Problem& problem : problems) {
      pointers.push_back(problem.pointer);
    }
    QVERIFY(pointers ==
            (std::vector<std::string>{"/options/steps", "/options/cfg_scale", "/options/sampler", "/options/width", "/options/sed"}));
    QVERIFY(problems[2].message.find("did you mean ddim?") != std::string::npos);
    QVERIFY(problems[4].message.find("did you mean seed?") != std::string::npos);
  }

  void aLoraIsAPathWithItsScale() {
    QVERIFY(lora_use_from_text("a.safetensors") == (LoraUse{"a.safetensors", 1, std::nullopt}));
    QVERIFY(lora_use_from_text("a.safetensors:-0.5") == (LoraUse{"a.safetensors", -0.5, std::nullopt}));
    QVERIFY(lora_use_from_text("C:/a.safetensors") == (LoraUse{"C:/a.safetensors", 1, std::nullopt}));
    QVERIFY(lora_use_from_text("a:1:0.25") == (LoraUse{"a:1", 0.25, std::nullopt}));
    QVERIFY_THROWS_EXCEPTION(Error, lora_use_from_text(""));
    QVERIFY_THROWS_EXCEPTION(Error, lora_use_from_text(":1"));
    QVERIFY_THROWS_EXCEPTION(Error, lora_use_from_text("a:inf"));
  }

  void listsOfAnotherShapeAreNamed() {
    std::vector<Problem> problems;
    generate_options_from_json(parse_json(R"({"lora": ["a.safetensors"], "embedding": "e.pt"})", "test"), problems, "/options");
    QCOMPARE(problems.size(), size_t{2});
    QCOMPARE(problems[0].pointer, std::string("/options/lora"));
    QVERIFY(problems[0].message.find("\"scale\"") != std::string::npos);
    QCOMPARE(problems[1].pointer, std::string("/options/embedding"));
    problems.clear();
    const GenerateOptions read = generate_options_from_json(parse_json(R"({"lora": [{"path": "a"}]})", "test"), problems);
    QVERIFY(problems.empty());
    QVERIFY(read.loras == (std::vector<LoraUse>{{"a", 1, std::nullopt}}));
  }

  void optionsFromElsewhereAreCheckedByTheSameTable() {
    GenerateOptions options;
    options.height = 4104;
    options.weights = "emma";
    std::vector<Problem> problems;
    check_generate_options(options, problems);
    QCOMPARE(problems.size(), size_t{2});
    QCOMPARE(problems[0].pointer, std::string("/height"));
    QCOMPARE(problems[1].pointer, std::string("/weights"));
  }
};

DARKROOM_TEST(GenerateOptionsTest);
#include "generate_options_test.moc"
