// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's commands are a script here: what it prints is what they print.
#include "app/viewmodels/models_view_model.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>

#include "tests/test_registry.h"

using darkroom::app::EngineCommand;
using darkroom::app::ModelItem;
using darkroom::app::ModelsViewModel;
using darkroom::app::ModelTask;

class ModelsViewModelTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> m_folder;

  QString path(const QString& name) const { return m_folder->filePath(name); }

  void write(const QString& name, const QByteArray& content) const {
    QDir().mkpath(QFileInfo(path(name)).path());
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
  }

  /// `darkroom-engine` that says `script`, a piece of shell; its arguments are "$*".
  EngineCommand engine(const QByteArray& script) const {
    write("engine.sh", script);
    return {QStringLiteral("/bin/sh"), {path("engine.sh")}, {}};
  }

  static ModelItem item(const QString& name, const QString& file) { return {name, file, "Models", "1 MB", false, 512}; }

  static const ModelTask& newest(const ModelsViewModel& models) { return models.tasks()->at(0); }

 private slots:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    QDir().mkpath(path("models"));
  }

  void factsOfTheChosenModelAreTheEngines() {
    ModelsViewModel models(
        engine(R"(echo '{"event":"done","model":{"layout":"single-file","prediction":"v_prediction","zero_terminal_snr":true,
"parts":[{"part":"unet","layout":"diffusers","parameters":859520964}]},"files":[{"model_hash":"6ce0161689"}]}' | tr -d '\n'; echo)"),
        path("models"));
    models.setModels({item("a", path("models/a.safetensors"))});
    QVERIFY(models.loadingFacts());
    QTRY_VERIFY(!models.loadingFacts());
    QCOMPARE(models.problem(), QString());
    QStringList values;
    for (const auto& fact : models.facts()->rows()) {
      values << fact.value;
    }
    QVERIFY(values.contains("v_prediction, zero terminal SNR"));
    QVERIFY(values.contains("6ce0161689"));
    QVERIFY(values.filter("859").size() == 1);
  }

  void aModelThatCannotBeLoadedSaysWhy() {
    ModelsViewModel models(engine(R"(echo '{"event":"error","code":"bad_input","message":"a.ckpt: contains code: os.system"}'; exit 3)"),
                           path("models"));
    models.setModels({item("a", path("models/a.ckpt"))});
    QTRY_COMPARE(models.problem(), QString("a.ckpt: contains code: os.system"));
    QVERIFY(!models.loadingFacts());
  }

  void importTakesWhatTheEngineCanLoadAndNothingElse() {
    ModelsViewModel models(engine(R"(case "$*" in *bad*) echo '{"event":"done","model":{"problem":"bad.ckpt: holds no UNet"}}';;
*) echo '{"event":"done","model":{}}';; esac)"),
                           path("models"));
    const QSignalSpy changed(&models, &ModelsViewModel::modelsChanged);
    write("in/good.safetensors", "weights");
    write("in/bad.ckpt", "nothing");
    write("models/good.safetensors", "older");
    models.importFiles({QUrl::fromLocalFile(path("in/good.safetensors"))});
    QTRY_COMPARE(newest(models).state, QString("done"));
    QTRY_COMPARE(changed.count(), 1);
    QFile copied(path("models/good (2).safetensors"));
    QVERIFY(copied.open(QIODevice::ReadOnly));
    QCOMPARE(copied.readAll(), QByteArray("weights"));
    models.importFiles({QUrl::fromLocalFile(path("in/bad.ckpt"))});
    QTRY_COMPARE(newest(models).state, QString("failed"));
    QCOMPARE(newest(models).text, QString("bad.ckpt: holds no UNet"));
    QVERIFY(!QFile::exists(path("models/bad.ckpt")));
  }

  void aLoraGoesIntoAFolderOfItsOwn() {
    ModelsViewModel models(engine("echo '{\"event\":\"done\",\"model\":{\"problem\":\"ink: holds no UNet\"}}'"), path("models"));
    const QSignalSpy changed(&models, &ModelsViewModel::modelsChanged);
    write("in/ink.safetensors", "________{\"lora_unet_mid_block.lora_down.weight\":{}}");
    models.importFiles({QUrl::fromLocalFile(path("in/ink.safetensors"))});
    QTRY_COMPARE(newest(models).state, QString("done"));
    QTRY_COMPARE(changed.count(), 1);
    QVERIFY(QFile::exists(path("models/lora/ink.safetensors")));
    QVERIFY(!QFile::exists(path("models/ink.safetensors")));
  }

  void downloadShowsItsProgressAndCanBeStopped() {
    ModelsViewModel models(
        engine(R"(echo '{"event":"progress","stage":"download","done":1000000,"total":4000000,"unit":"bytes","seconds_left":3}'
trap 'exit 4' TERM
while :; do sleep 0.05; done)"),
        path("models"));
    models.download("owner/name", "", "*.safetensors");
    QTRY_COMPARE(newest(models).progress, 0.25);
    QVERIFY(newest(models).text.contains("left"));
    const int id = newest(models).id;
    models.dismissTask(id);  // not while it runs
    QCOMPARE(models.tasks()->rowCount(), 1);
    models.stopTask(id);
    QTRY_COMPARE(newest(models).state, QString("stopped"));
    models.dismissTask(id);
    QCOMPARE(models.tasks()->rowCount(), 0);
  }

  void failedCommandSaysItsSentence() {
    ModelsViewModel models(
        engine(R"(echo 'line of the log' >&2; echo '{"event":"error","message":"owner/name: there is no such repository"}'; exit 1)"),
        path("models"));
    models.download("owner/name", "", "");
    QTRY_COMPARE(newest(models).state, QString("failed"));
    QCOMPARE(newest(models).text, QString("owner/name: there is no such repository"));
    QVERIFY(newest(models).detail.contains("line of the log"));
  }

  void conversionNamesItsResultBesideTheModels() {
    ModelsViewModel models(engine(R"(case "$1" in convert) echo "$*" > )" + path("asked").toUtf8() + R"(;; esac; echo '{"event":"done"}')"),
                           path("models"));
    models.setModels({item("a", path("models/a.ckpt"))});
    models.convert("single-file", "fp16", "ema");
    QTRY_COMPARE(newest(models).state, QString("done"));
    QFile asked(path("asked"));
    QVERIFY(asked.open(QIODevice::ReadOnly));
    QVERIFY(asked.readAll().contains("models/a-fp16.safetensors --to single-file --dtype fp16 --weights ema"));
  }

  void deletedModelsComeBack() {
    ModelsViewModel models(engine(R"(echo '{"event":"done"}')"), path("models"));
    write("models/a.safetensors", "weights");
    models.setModels({item("a", path("models/a.safetensors")), {"Pocket", "pocket", "Built in", "31 MB", false, 96}});
    models.setSelected("pocket");
    QVERIFY(!models.canDelete());
    models.deleteSelected();
    QVERIFY(models.deletedName().isEmpty());
    models.setSelected(path("models/a.safetensors"));
    QVERIFY(models.canDelete());
    models.deleteSelected();
    QVERIFY(!QFile::exists(path("models/a.safetensors")));
    QCOMPARE(models.deletedName(), QString("a"));
    models.undoDelete();
    QVERIFY(QFile::exists(path("models/a.safetensors")));
    QVERIFY(models.deletedName().isEmpty());
  }

  void theBinIsEmptiedAtTheEnd() {
    {
      ModelsViewModel models(engine(R"(echo '{"event":"done"}')"), path("models"));
      write("models/a.safetensors", "weights");
      models.setModels({item("a", path("models/a.safetensors"))});
      models.deleteSelected();
      QVERIFY(QDir(path("models/.bin")).exists());
    }
    QVERIFY(!QDir(path("models/.bin")).exists());
  }
};

DARKROOM_TEST(ModelsViewModelTest);
#include "models_view_model_test.moc"
