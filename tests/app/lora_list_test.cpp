// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/lora_list.h"

#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>

#include "app/viewmodels/model_catalog.h"
#include "core/base/atomic_file.h"
#include "tests/test_registry.h"

using darkroom::GenerateOptions;
using darkroom::LoraUse;
using darkroom::app::LoraList;

class LoraListTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  std::unique_ptr<QSettings> m_settings;

  static std::vector<LoraUse> usesOf(const LoraList& list) {
    GenerateOptions options;
    list.addTo(options);
    return options.loras;
  }

 private slots:
  void init() {
    m_settings = std::make_unique<QSettings>(m_folder.filePath("settings.ini"), QSettings::IniFormat);
    m_settings->clear();
  }

  void whatIsOnGoesIntoTheOptionsInItsOrder() {
    LoraList list(m_settings.get());
    list.add(QUrl::fromLocalFile("/loras/film-grain.safetensors"));
    list.addPath("/loras/ink.safetensors");
    list.addPath("/loras/fog.pt");
    list.setScale(0, 0.6);
    list.setOn(1, false);
    list.setScale(2, -1.5);
    QCOMPARE(list.at(0).name, QString("film-grain"));
    const std::vector<LoraUse> wanted{{"/loras/film-grain.safetensors", 0.6, {}}, {"/loras/fog.pt", -1.5, {}}};
    QVERIFY(usesOf(list) == wanted);
    list.remove(0);
    list.setOn(0, true);
    QCOMPARE(usesOf(list).front().path, std::string("/loras/ink.safetensors"));
  }

  void theListSurvivesARestart() {
    {
      LoraList list(m_settings.get());
      list.addPath("/loras/ink.safetensors");
      list.addPath("/loras/fog.safetensors");
      list.setScale(1, 0.25);
      list.setOn(0, false);
    }
    const LoraList list(m_settings.get());
    QCOMPARE(list.rowCount(), 2);
    QVERIFY(!list.at(0).on);
    QCOMPARE(list.at(1).scale, 0.25);
  }

  void theSameFileStandsInTheListOnce() {
    LoraList list(m_settings.get());
    list.addPath("/loras/ink.safetensors");
    list.setOn(0, false);
    list.addPath("/loras/ink.safetensors");
    QCOMPARE(list.rowCount(), 1);
    QVERIFY(list.at(0).on);
  }

  void otherFilesAreRefusedByName() {
    LoraList list(m_settings.get());
    QSignalSpy failed(&list, &LoraList::failed);
    list.add(QUrl::fromLocalFile("/pictures/boat.png"));
    QCOMPARE(failed.count(), 1);
    QVERIFY(failed[0][0].toString().contains("boat.png"));
    list.add(QUrl("https://example.org/ink.safetensors"));
    QCOMPARE(failed.count(), 2);
    QCOMPARE(list.rowCount(), 0);
    list.setScale(0, 1);
    list.remove(3);
  }

  void settingsOfAPictureReplaceTheList() {
    LoraList list(m_settings.get());
    list.addPath("/loras/ink.safetensors");
    GenerateOptions picture;
    picture.loras = {{"/loras/fog.safetensors", 0.8, 0.3}};
    list.take(picture);
    QVERIFY(usesOf(list) == picture.loras);
    // One slider moves both scales.
    list.setScale(0, 0.5);
    QVERIFY(!usesOf(list).front().text_scale);
    list.take(GenerateOptions());
    QCOMPARE(list.rowCount(), 0);
  }

  void theWorkspaceOffersItsLorasAndNoModels() {
    const QTemporaryDir folder;
    const darkroom::Workspace workspace(folder.path().toStdString());
    std::filesystem::create_directories(workspace.models() / "lora");
    darkroom::write_file_atomically(workspace.models() / "lora" / "ink.safetensors", "x");
    darkroom::write_file_atomically(workspace.models() / "grain.safetensors", "________{\"lora_unet_down_blocks_0.lora_down.weight\":{}}");
    darkroom::write_file_atomically(workspace.models() / "whole.safetensors", "________{\"model.diffusion_model.out.2.bias\":{}}");
    const QStringList found = darkroom::app::findLoras(workspace);
    QCOMPARE(found.size(), 2);
    QStringList models;
    for (const darkroom::app::ModelItem& model : darkroom::app::findModels(workspace)) {
      models << model.name;
    }
    QVERIFY(models.contains("whole"));
    QVERIFY(!models.contains("grain"));
    LoraList list(m_settings.get());
    list.setFound(found);
    QCOMPARE(list.offeredNames().size(), 2);
    QVERIFY(list.offeredNames().contains("ink"));
    list.addPath(found[0]);
    QCOMPARE(list.offeredPaths(), QStringList{found[1]});
  }
};

DARKROOM_TEST(LoraListTest);
#include "lora_list_test.moc"
