// SPDX-License-Identifier: Apache-2.0
// Pictures as other programs write them, made with Pillow and piexif by tests/parity/make_metadata_goldens.py; what must come of them was
// written there by hand.
#include "core/base/atomic_file.h"
#include "core/recipe/imported_settings.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

Json file_json(const NamedFile& file) { return Json::array({file.name, file.hash}); }

bool same_numbers(const Json& left, const Json& right) {
  return left.is_number() && right.is_number() ? left.get<double>() == right.get<double>() : left == right;
}

// Compares key by key: 7 and 7.0 are one number.
QString difference(const Json& actual, const Json& expected) {
  for (const auto& [key, value] : expected.items()) {
    if (!actual.contains(key) || !same_numbers(actual.at(key), value)) {
      return QString::fromStdString(key + ": expected " + value.dump() + ", got " +
                                    (actual.contains(key) ? actual.at(key).dump() : "nothing"));
    }
  }
  for (const auto& [key, value] : actual.items()) {
    if (!expected.contains(key)) {
      return QString::fromStdString(key + ": expected nothing, got " + value.dump());
    }
  }
  return {};
}

}  // namespace

class PictureImportTest : public QObject {
  Q_OBJECT
 private slots:
  void picturesOfOtherPrograms_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected");
    const QByteArray text = QByteArray::fromStdString(read_file(std::string(DARKROOM_TEST_DATA) + "/pictures.jsonl"));
    for (const QByteArray& line : text.split('\n')) {
      if (!line.isEmpty()) {
        const Json json = Json::parse(line.toStdString());
        QTest::newRow(json.at("name").get<std::string>().c_str())
            << QByteArray::fromBase64(QByteArray::fromStdString(json.at("base64"))) << QString::fromStdString(json.at("expected").dump());
      }
    }
  }

  void picturesOfOtherPrograms() {
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, expected);
    const Json wanted = Json::parse(expected.toStdString());
    const ImportedSettings settings =
        read_image_settings(std::as_bytes(std::span(bytes.data(), static_cast<size_t>(bytes.size()))), "x.png");
    QCOMPARE(std::string(recipe_source_name(settings.source)), wanted.at("source").get<std::string>());
    QCOMPARE(difference(settings.options, wanted.at("options")), QString());
    QCOMPARE(file_json(settings.model).dump(), wanted.value("model", Json::array({"", ""})).dump());
    QCOMPARE(file_json(settings.vae).dump(), wanted.value("vae", Json::array({"", ""})).dump());
    Json loras = Json::array();
    for (const NamedFile& lora : settings.loras) {
      loras.push_back({lora.name, lora.hash, lora.scale});
      if (lora.text_scale) {
        loras.back().push_back(*lora.text_scale);
      }
    }
    const Json wanted_loras = wanted.value("loras", Json::array());
    QCOMPARE(loras.size(), wanted_loras.size());
    for (size_t i = 0; i < loras.size(); ++i) {
      QVERIFY2(std::equal(loras[i].begin(), loras[i].end(), wanted_loras[i].begin(), wanted_loras[i].end(), same_numbers),
               loras[i].dump().c_str());
    }
    std::vector<std::string> fields;
    QString reasons;
    for (const ImportNote& note : settings.notes) {
      fields.push_back(note.field);
      reasons += QString::fromStdString(note.field + ": " + note.reason + "\n");
      QVERIFY(note.reason.size() > 10);
    }
    if (!wanted.contains("any_notes")) {
      std::vector<std::string> wanted_fields = wanted.value("notes", std::vector<std::string>());
      std::sort(fields.begin(), fields.end());
      std::sort(wanted_fields.begin(), wanted_fields.end());
      QVERIFY2(fields == wanted_fields, qPrintable(reasons));
    }
  }

  void everyCutOfAPictureIsReadWithoutHarm_data() { picturesOfOtherPrograms_data(); }
  void everyCutOfAPictureIsReadWithoutHarm() {
    QFETCH(const QByteArray, bytes);
    const qsizetype step = std::max<qsizetype>(7, bytes.size() / 80);
    for (qsizetype length = 0; length < bytes.size(); length += step) {
      read_image_settings(std::as_bytes(std::span(bytes.data(), static_cast<size_t>(length))), "x");
    }
    QByteArray changed = bytes;
    for (qsizetype at = 0; at < bytes.size(); at += step) {
      changed[at] = static_cast<char>(~changed[at]);
      read_image_settings(std::as_bytes(std::span(changed.data(), static_cast<size_t>(changed.size()))), "x");
      changed[at] = bytes[at];
    }
  }
};

DARKROOM_TEST(PictureImportTest);
#include "picture_import_test.moc"
