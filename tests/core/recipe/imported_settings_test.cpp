// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/imported_settings.h"

#include <QTemporaryDir>

#include "core/base/error.h"
#include "core/image/image_encode.h"
#include "core/image/image_metadata.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

ImportedSettings import_text(const std::string& text) {
  const std::vector<PngText> texts{{"parameters", text}};
  return read_image_settings(bytes_of(encode_png(Image(2, 2), texts)), "test");
}

}  // namespace

class ImportedSettingsTest : public QObject {
  Q_OBJECT
 private slots:
  void whatThePictureDoesNotSayStays() {
    GenerateOptions base;
    base.prompt = "old";
    base.eta = 0.5;
    base.model = "mine.safetensors";
    base.loras = {{"a.safetensors", 0.5, {}}};
    const GenerateOptions applied = apply_settings(base, import_text("an owl\nSteps: 12, CFG scale: 5, Seed: 99"));
    QCOMPARE(applied.prompt, std::string("an owl"));
    QCOMPARE(applied.steps.value(), int64_t{12});
    QCOMPARE(applied.cfg_scale, 5.0);
    QCOMPARE(applied.seed, int64_t{99});
    QCOMPARE(applied.eta, 0.5);
    QCOMPARE(applied.model, std::string("mine.safetensors"));
    QCOMPARE(applied.loras.size(), size_t{1});
    QVERIFY(!applied.sampler);
  }

  void ourOwnPictureGivesEveryOptionAndNothingOfTheBase() {
    GenerationRecord record;
    record.options.prompt = "a \"cat\", \xE7\x8C\xAB";
    record.options.model = "models/m.safetensors";
    record.options.seed = 7;
    record.options.count = 4;
    record.options.sampler = "dpmpp_2m";
    record.options.schedule = "karras";
    record.options.loras = {{"l/detail.safetensors", -0.5, 0.25}};
    record.options.hires_scale = 2;
    record.image_index = 3;
    record.model_hash = "abc";
    record.lora_hashes = {{"detail", "ff"}};
    const std::string file = encode_png(Image(2, 2), generation_texts(record));
    const ImportedSettings settings = read_image_settings(bytes_of(file), "test");
    QVERIFY(settings.source == RecipeSource::darkroom);
    QVERIFY(settings.notes.empty());
    QCOMPARE(settings.loras.at(0).hash, std::string("ff"));
    GenerateOptions base;
    base.mask = "mask.png";
    QVERIFY(apply_settings(base, settings) == options_like(record));
  }

  void missingFileIsAnError() {
    const QTemporaryDir folder;
    QVERIFY_EXCEPTION_THROWN(read_image_settings(std::filesystem::path(folder.filePath("none.png").toStdString())), Error);
  }

  void notesNameThePictureAndTheReason() {
    const ImportedSettings settings = read_image_settings(bytes_of("GIF89a"), "x.gif");
    QVERIFY(settings.source == RecipeSource::none);
    QCOMPARE(settings.notes.at(0).reason, std::string("x.gif: not a JPEG, PNG or WebP file"));
  }
};

DARKROOM_TEST(ImportedSettingsTest);
#include "imported_settings_test.moc"
