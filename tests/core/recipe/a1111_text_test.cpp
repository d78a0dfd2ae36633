// SPDX-License-Identifier: Apache-2.0
// Goldens by tests/parity/make_metadata_goldens.py: Python's own `re` and `json` follow A1111's rules there.
#include "core/recipe/a1111_text.h"
#include "core/base/atomic_file.h"
#include "core/image/image_metadata.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

std::vector<Json> golden_lines(const std::string& name) {
  const std::string text = read_file(std::string(DARKROOM_TEST_DATA) + "/" + name);
  std::vector<Json> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(Json::parse(text.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

template <typename Value>
void take(const Json& json, const char* key, Value& value) {
  if (json.contains(key)) {
    value = json.at(key).get<typename std::remove_reference_t<decltype(value)>>();
  }
}
template <typename Value>
void take(const Json& json, const char* key, std::optional<Value>& value) {
  if (json.contains(key)) {
    value = json.at(key).get<Value>();
  }
}

std::vector<FileHash> hashes_of(const Json& list) {
  std::vector<FileHash> hashes;
  for (const Json& entry : list) {
    hashes.push_back({entry.at("name"), entry.at("hash")});
  }
  return hashes;
}

// Field by field, as the golden's prompts and names need not be what the parameter table allows.
GenerationRecord record_of(const Json& json) {
  GenerationRecord record;
  GenerateOptions& options = record.options;
  const Json& given = json.at("options");
  take(given, "prompt", options.prompt);
  take(given, "negative", options.negative);
  take(given, "seed", options.seed);
  take(given, "variation_seed", options.variation_seed);
  take(given, "variation_strength", options.variation_strength);
  take(given, "steps", options.steps);
  take(given, "cfg_scale", options.cfg_scale);
  take(given, "cfg_rescale", options.cfg_rescale);
  take(given, "eta", options.eta);
  take(given, "clip_skip", options.clip_skip);
  take(given, "prompt_syntax", options.prompt_syntax);
  take(given, "emphasis", options.emphasis);
  take(given, "sampler", options.sampler);
  take(given, "schedule", options.schedule);
  take(given, "width", options.width);
  take(given, "height", options.height);
  take(given, "vae", options.vae);
  take(given, "init_image", options.init_image);
  take(given, "strength", options.strength);
  take(given, "mask", options.mask);
  take(given, "mask_blur", options.mask_blur);
  take(given, "hires_scale", options.hires_scale);
  take(given, "hires_steps", options.hires_steps);
  take(given, "hires_strength", options.hires_strength);
  for (const Json& lora : given.value("lora", Json::array())) {
    options.loras.push_back({lora.at("path"), lora.at("scale"), std::nullopt});
    take(lora, "text_scale", options.loras.back().text_scale);
  }
  take(json, "image_index", record.image_index);
  take(json, "model_name", record.model_name);
  take(json, "model_hash", record.model_hash);
  take(json, "vae_hash", record.vae_hash);
  take(json, "version", record.version);
  take(json, "hires_upscaler", record.hires_upscaler);
  record.lora_hashes = hashes_of(json.value("lora_hashes", Json::array()));
  record.embedding_hashes = hashes_of(json.value("embedding_hashes", Json::array()));
  return record;
}

// As the web UI quotes, and one step more: what begins with a quote or white space.
std::string line_of(const A1111Parameters& parsed) {
  std::string line;
  for (const auto& [key, value] : parsed.settings) {
    const bool quoted = value.find_first_of(",:\n") != std::string::npos || value.find_first_of("\" \t\r") == 0;
    line += (line.empty() ? "" : ", ") + key + ": " + (quoted ? Json(value).dump() : value);
  }
  return line;
}

QString described(const A1111Parameters& parsed) {
  Json json{{"prompt", parsed.prompt}, {"negative", parsed.negative}, {"settings", Json::array()}};
  for (const auto& [key, value] : parsed.settings) {
    json["settings"].push_back({key, value});
  }
  return QString::fromStdString(json.dump());
}

}  // namespace

class A1111TextTest : public QObject {
  Q_OBJECT
 private slots:
  void settingsOf240PicturesAreWrittenAsExpectedAndComeBack() {
    const std::vector<Json> lines = golden_lines("a1111_ours.jsonl");
    QCOMPARE(lines.size(), size_t{240});
    for (const Json& line : lines) {
      const GenerationRecord record = record_of(line.at("case"));
      const std::string negative = record.options.negative.empty() ? "" : "\nNegative prompt: " + record.options.negative;
      const std::string expected = line.contains("text") ? line.at("text").get<std::string>()
                                                         : record.options.prompt + negative + "\n" + line.at("line").get<std::string>();
      const std::string text = a1111_parameters(record);
      QCOMPARE(QString::fromStdString(text), QString::fromStdString(expected));
      const A1111Parameters parsed = parse_a1111_parameters(text);
      const Json& prompts = line.at("parsed");
      QCOMPARE(QString::fromStdString(parsed.prompt), QString::fromStdString(prompts.value("prompt", record.options.prompt)));
      QCOMPARE(QString::fromStdString(parsed.negative), QString::fromStdString(prompts.value("negative", record.options.negative)));
      QCOMPARE(QString::fromStdString(line_of(parsed)), QString::fromStdString(text.substr(text.rfind('\n') + 1)));
    }
  }

  void textsOfAnyKindAreReadAsByTheWebUi() {
    const std::vector<Json> lines = golden_lines("a1111_any.jsonl");
    QCOMPARE(lines.size(), size_t{400});
    for (const Json& line : lines) {
      QCOMPARE(described(parse_a1111_parameters(line.at("text").get<std::string>())), QString::fromStdString(line.at("parsed").dump()));
    }
  }

  void fewerThanThreePairsArePrompt() {
    const A1111Parameters parsed = parse_a1111_parameters("a cat\nSteps: 20, Seed: 1");
    QCOMPARE(parsed.prompt, std::string("a cat\nSteps: 20, Seed: 1"));
    QVERIFY(parsed.settings.empty());
    QVERIFY(!parsed.setting("Steps"));
  }

  void emptyValuesCountAsPairsButAreNoSettings() {
    const A1111Parameters parsed = parse_a1111_parameters("p\nSteps: 1, Key: , Other: ");
    QCOMPARE(parsed.prompt, std::string("p"));
    QCOMPARE(parsed.settings.size(), size_t{1});
  }

  void lastOfTwoEqualKeysWins() {
    const A1111Parameters parsed = parse_a1111_parameters("p\nSteps: 1, Seed: 2, Steps: 3");
    QCOMPARE(parsed.setting("Steps").value(), std::string("3"));
    QCOMPARE(parsed.settings.size(), size_t{2});
  }

  void bytesThatAreNotUtf8AreLatin1() { QCOMPARE(parse_a1111_parameters("caf\xE9").prompt, std::string("caf\xC3\xA9")); }

  void aMegabyteWithoutAPairTakesNoSquareOfTime() {
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(parse_a1111_parameters(std::string(1 << 20, 'a')).prompt.size(), size_t{1} << 20);
    QCOMPARE(parse_a1111_parameters("x\n" + std::string(1 << 20, '"')).settings.size(), size_t{0});
    QVERIFY(timer.elapsed() < 5000);
  }
};

DARKROOM_TEST(A1111TextTest);
#include "a1111_text_test.moc"
