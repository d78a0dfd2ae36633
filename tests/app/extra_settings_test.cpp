// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/extra_settings.h"

#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QUrl>

#include "core/plan/parameter_spec.h"
#include "tests/test_registry.h"

using darkroom::GenerateOptions;
using darkroom::app::ExtraSettings;

class ExtraSettingsTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  std::unique_ptr<QSettings> m_settings;

  static int rowOf(const ExtraSettings& extra, const QString& key) {
    for (int row = 0; row < extra.rowCount(); ++row) {
      if (extra.at(row).key == key) {
        return row;
      }
    }
    return -1;
  }

 private slots:
  void init() {
    m_settings = std::make_unique<QSettings>(m_folder.filePath("settings.ini"), QSettings::IniFormat);
    m_settings->clear();
  }

  void whatIsNotSetLeavesTheOptionsAlone() {
    const ExtraSettings extra(m_settings.get());
    GenerateOptions options;
    options.prompt = "a dog";
    const GenerateOptions before = options;
    extra.addTo(options);
    QVERIFY(options == before);
    QCOMPARE(extra.changed(), 0);
  }

  void whatIsSetGoesIntoTheOptionsAndSurvivesARestart() {
    {
      ExtraSettings extra(m_settings.get());
      const QSignalSpy changed(&extra, &ExtraSettings::changedChanged);
      extra.put(rowOf(extra, "schedule"), "karras");
      extra.put(rowOf(extra, "hires_scale"), 2.0);
      extra.put(rowOf(extra, "variation_seed"), 12);
      extra.put(rowOf(extra, "lora_folder"), QUrl::fromLocalFile("/models/lora"));
      QCOMPARE(changed.count(), 4);
    }
    const ExtraSettings extra(m_settings.get());
    QCOMPARE(extra.changed(), 4);
    GenerateOptions options;
    extra.addTo(options);
    QCOMPARE(*options.schedule, std::string("karras"));
    QCOMPARE(*options.hires_scale, 2.0);
    QCOMPARE(*options.variation_seed, int64_t{12});
    QCOMPARE(options.lora_folder, std::string("/models/lora"));
    QVERIFY(!options.hires_steps);
  }

  void valuesThatTheTableRefusesAreNotTaken() {
    ExtraSettings extra(m_settings.get());
    extra.put(rowOf(extra, "cfg_rescale"), 1.5);
    extra.put(rowOf(extra, "schedule"), "as usual");
    extra.put(rowOf(extra, "emphasis"), "loud");
    extra.put(rowOf(extra, "lora_folder"), "  ");
    extra.put(-1, 3);
    QCOMPARE(extra.changed(), 0);
  }

  void theUsualValueIsTheSameAsNone() {
    ExtraSettings extra(m_settings.get());
    const int row = rowOf(extra, "hires_strength");
    extra.put(row, 0.25);
    QVERIFY(extra.at(row).isSet);
    extra.put(row, darkroom::parameter_spec("generate.hires_strength").default_number);
    QVERIFY(!extra.at(row).isSet);
    // A number that is off until it is set keeps its usual value when it is set to it.
    const int optional = rowOf(extra, "hires_scale");
    QCOMPARE(extra.at(optional).kind, QString("optional"));
    extra.put(optional, darkroom::parameter_spec("generate.hires_scale").default_number);
    QVERIFY(extra.at(optional).isSet);
    extra.reset(optional);
    QVERIFY(!extra.at(optional).isSet);
  }

  void settingsOfAPictureReplaceAllThatWasSet() {
    ExtraSettings extra(m_settings.get());
    extra.put(rowOf(extra, "eta"), 0.5);
    GenerateOptions picture;
    picture.clip_skip = 2;
    picture.lora_folder = "/models/lora";
    extra.take(picture);
    GenerateOptions options;
    extra.addTo(options);
    QCOMPARE(options.eta, 0.0);
    QCOMPARE(options.clip_skip, int64_t{2});
    QCOMPARE(options.lora_folder, std::string("/models/lora"));
    extra.resetAll();
    QCOMPARE(extra.changed(), 0);
  }
};

DARKROOM_TEST(ExtraSettingsTest);
#include "extra_settings_test.moc"
