// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QHash>
#include <QObject>
#include <QUrl>

#include "app/viewmodels/compare_view_model.h"
#include "app/viewmodels/grid_view_model.h"
#include "app/viewmodels/live_picture.h"
#include "app/viewmodels/request_form.h"
#include "app/viewmodels/request_queue.h"

class QSettings;

namespace darkroom::app {

class GalleryModel;
class ImageStore;
class PreviewStore;
class SamplingClient;

/// The Generate page as QML sees it: what is asked for (RequestForm), what is being made and what waits (RequestQueue), and here what joins
/// them to the workspace: the canvas, the gallery, errors.
///
/// Main.qml has it as `required property GenerateViewModel generate`. Limits, units and help of every control: `Parameters.info(key)`.
class GenerateViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")

  // What is asked for.
  Q_PROPERTY(QString prompt READ prompt WRITE setPrompt NOTIFY promptChanged)
  Q_PROPERTY(QString negative READ negative WRITE setNegative NOTIFY negativeChanged)
  /// Tokens without start and end, and how many the chunks of 75 that they take have room for. `…MarkAt`: character where the second chunk
  /// begins, -1 when there is one.
  Q_PROPERTY(int promptTokens READ promptTokens NOTIFY promptChanged)
  Q_PROPERTY(int promptMarkAt READ promptMarkAt NOTIFY promptChanged)
  Q_PROPERTY(int negativeTokens READ negativeTokens NOTIFY negativeChanged)
  Q_PROPERTY(int negativeMarkAt READ negativeMarkAt NOTIFY negativeChanged)
  Q_PROPERTY(int promptRoom READ promptRoom NOTIFY promptChanged)
  Q_PROPERTY(int negativeRoom READ negativeRoom NOTIFY negativeChanged)
  Q_PROPERTY(darkroom::app::ModelListModel* models READ models CONSTANT)
  Q_PROPERTY(int modelIndex READ modelIndex WRITE setModelIndex NOTIFY modelChanged)
  Q_PROPERTY(QString modelName READ modelName NOTIFY modelChanged)
  Q_PROPERTY(QString modelDetail READ modelDetail NOTIFY modelChanged)
  /// Picture size of the chosen model, px.
  Q_PROPERTY(int modelSize READ modelSize NOTIFY modelChanged)
  /// "ema" or "live"; a choice only where `canChooseWeights`.
  Q_PROPERTY(QString weights READ weights WRITE setWeights NOTIFY weightsChanged)
  Q_PROPERTY(bool canChooseWeights READ canChooseWeights NOTIFY modelChanged)
  Q_PROPERTY(darkroom::app::SamplerListModel* samplers READ samplers CONSTANT)
  Q_PROPERTY(int samplerIndex READ samplerIndex WRITE setSamplerIndex NOTIFY samplerChanged)
  Q_PROPERTY(int steps READ steps WRITE setSteps NOTIFY stepsChanged)
  Q_PROPERTY(double cfg READ cfg WRITE setCfg NOTIFY cfgChanged)
  Q_PROPERTY(int width READ width WRITE setWidth NOTIFY sizeChanged)
  Q_PROPERTY(int height READ height WRITE setHeight NOTIFY sizeChanged)
  /// "1:1", "3:2", "2:3", "16:9", or "" for another shape. Setting one gives the sides of about the model's own number of pixels.
  Q_PROPERTY(QString aspect READ aspect WRITE setAspect NOTIFY sizeChanged)
  Q_PROPERTY(QStringList aspects READ aspects CONSTANT)
  /// Changing one side changes the other in proportion.
  Q_PROPERTY(bool sidesLinked READ sidesLinked WRITE setSidesLinked NOTIFY sidesLinkedChanged)
  // Seeds and ids are whole numbers below 2^53. qmllint of Qt 6.4 does not know qlonglong, and QML has them as double anyway.
  Q_PROPERTY(double seed READ seed WRITE setSeed NOTIFY seedChanged)
  /// Open: each request takes a new random seed. Locked: it stays.
  Q_PROPERTY(bool seedLocked READ seedLocked WRITE setSeedLocked NOTIFY seedLockedChanged)
  Q_PROPERTY(int count READ count WRITE setCount NOTIFY countChanged)
  /// What the picture starts from, and where it is drawn anew.
  Q_PROPERTY(darkroom::app::StartPicture* start READ start CONSTANT)
  Q_PROPERTY(darkroom::app::LoraList* loras READ loras CONSTANT)
  /// The picture under several settings.
  Q_PROPERTY(darkroom::app::GridViewModel* grid READ grid CONSTANT)
  /// Sliders that show the picture while they move.
  Q_PROPERTY(darkroom::app::LivePicture* live READ live CONSTANT)
  /// All further settings: one row each.
  Q_PROPERTY(darkroom::app::ExtraSettings* extra READ extra CONSTANT)
  Q_PROPERTY(QList<QString> suggestedPrompts READ suggestedPrompts CONSTANT)
  /// Why generate() would do nothing ("Write a prompt first."), or empty.
  Q_PROPERTY(QString cannotGenerate READ cannotGenerate NOTIFY readyChanged)

  // What is being made.
  Q_PROPERTY(bool busy READ busy NOTIFY progressChanged)
  /// Idle, Waiting (for the engine), Loading (the model), Sampling, Decoding.
  Q_PROPERTY(Stage stage READ stage NOTIFY progressChanged)
  /// "Step 18 of 30", "Loading the model", "Waiting for the engine".
  Q_PROPERTY(QString stageText READ stageText NOTIFY progressChanged)
  Q_PROPERTY(int step READ step NOTIFY progressChanged)
  Q_PROPERTY(int stepCount READ stepCount NOTIFY progressChanged)
  Q_PROPERTY(int imageNumber READ imageNumber NOTIFY progressChanged)
  Q_PROPERTY(int imageCount READ imageCount NOTIFY progressChanged)
  /// 0 to 1 of the image, and of the request.
  Q_PROPERTY(double imageProgress READ imageProgress NOTIFY progressChanged)
  Q_PROPERTY(double progress READ progress NOTIFY progressChanged)
  /// NaN until known.
  Q_PROPERTY(double stepsPerSecond READ stepsPerSecond NOTIFY progressChanged)
  Q_PROPERTY(double secondsLeft READ secondsLeft NOTIFY progressChanged)
  Q_PROPERTY(double secondsLeftAll READ secondsLeftAll NOTIFY progressChanged)
  /// What the canvas shows: a preview (image://preview/<n>), a result or a chosen picture (file URL), or nothing.
  Q_PROPERTY(QUrl canvasUrl READ canvasUrl NOTIFY canvasChanged)
  Q_PROPERTY(bool canvasIsPreview READ canvasIsPreview NOTIFY canvasChanged)
  Q_PROPERTY(int canvasWidth READ canvasWidth NOTIFY canvasChanged)
  Q_PROPERTY(int canvasHeight READ canvasHeight NOTIFY canvasChanged)
  Q_PROPERTY(double canvasSeed READ canvasSeed NOTIFY canvasChanged)
  Q_PROPERTY(double canvasImageId READ canvasImageId NOTIFY canvasChanged)
  /// What a preview is: "Preview, full detail at step 30"; empty for a picture.
  Q_PROPERTY(QString canvasNote READ canvasNote NOTIFY canvasChanged)
  /// Two pictures of the gallery on the canvas.
  Q_PROPERTY(darkroom::app::CompareViewModel* compare READ compare CONSTANT)
  /// Images of the request that runs or ran last.
  Q_PROPERTY(darkroom::app::BatchModel* batch READ batch CONSTANT)
  Q_PROPERTY(darkroom::app::QueueModel* queue READ queue CONSTANT)
  /// Why the last request failed: a sentence, and log lines on demand. Empty while all is well.
  Q_PROPERTY(QString errorText READ errorText NOTIFY errorChanged)
  Q_PROPERTY(QString errorDetail READ errorDetail NOTIFY errorChanged)
  /// "Used EMA weights, 2.1 s" … of the last finished request.
  Q_PROPERTY(QString resultText READ resultText NOTIFY resultChanged)

  // The strip of the first start: 1 make an image, 2 train the demo.
  Q_PROPERTY(bool firstStepsVisible READ firstStepsVisible NOTIFY firstStepsChanged)
  Q_PROPERTY(int firstStep READ firstStep NOTIFY firstStepsChanged)

 public:
  enum Stage {
    Idle = RequestQueue::Idle,
    Waiting = RequestQueue::Waiting,
    Loading = RequestQueue::Loading,
    Sampling = RequestQueue::Sampling,
    Decoding = RequestQueue::Decoding,
  };
  Q_ENUM(Stage)

  GenerateViewModel(SamplingClient* client, ImageStore* store, GalleryModel* gallery, PreviewStore* previews, QSettings* settings,
                    QObject* parent = nullptr);

  QString prompt() const { return m_form->prompt(); }
  void setPrompt(const QString& text) { m_form->setPrompt(text); }
  QString negative() const { return m_form->negative(); }
  void setNegative(const QString& text) { m_form->setNegative(text); }
  int promptTokens() const { return m_form->promptCount().tokens; }
  int promptMarkAt() const { return m_form->promptCount().markAt; }
  int negativeTokens() const { return m_form->negativeCount().tokens; }
  int negativeMarkAt() const { return m_form->negativeCount().markAt; }
  int promptRoom() const { return m_form->promptCount().room; }
  int negativeRoom() const { return m_form->negativeCount().room; }
  ModelListModel* models() const { return m_form->models(); }
  int modelIndex() const { return m_form->modelIndex(); }
  void setModelIndex(int index) { m_form->setModelIndex(index); }
  QString modelName() const { return m_form->model().name; }
  QString modelDetail() const { return m_form->model().detail; }
  int modelSize() const { return m_form->model().size; }
  QString weights() const { return m_form->weights(); }
  void setWeights(const QString& weights) { m_form->setWeights(weights); }
  bool canChooseWeights() const { return m_form->model().hasLive; }
  SamplerListModel* samplers() const { return m_form->samplers(); }
  int samplerIndex() const { return m_form->samplerIndex(); }
  void setSamplerIndex(int index) { m_form->setSamplerIndex(index); }
  int steps() const { return m_form->steps(); }
  void setSteps(int steps) { m_form->setSteps(steps); }
  double cfg() const { return m_form->cfg(); }
  void setCfg(double cfg) { m_form->setCfg(cfg); }
  int width() const { return m_form->sides().width; }
  void setWidth(int width) { m_form->setWidth(width); }
  int height() const { return m_form->sides().height; }
  void setHeight(int height) { m_form->setHeight(height); }
  QString aspect() const { return m_form->aspect(); }
  void setAspect(const QString& aspect) { m_form->setAspect(aspect); }
  QStringList aspects() const { return shapeNames(); }
  bool sidesLinked() const { return m_form->sides().linked; }
  void setSidesLinked(bool linked) { m_form->setSidesLinked(linked); }
  qlonglong seed() const { return m_form->seed(); }
  void setSeed(qlonglong seed) { m_form->setSeed(seed); }
  bool seedLocked() const { return m_form->seedLocked(); }
  void setSeedLocked(bool locked) { m_form->setSeedLocked(locked); }
  int count() const { return m_form->count(); }
  void setCount(int count) { m_form->setCount(count); }
  StartPicture* start() const { return m_form->start(); }
  LoraList* loras() const { return m_form->loras(); }
  GridViewModel* grid() const { return m_grid; }
  LivePicture* live() const { return m_live; }
  ExtraSettings* extra() const { return m_form->extra(); }
  QStringList suggestedPrompts() const { return m_form->suggestedPrompts(); }
  QString cannotGenerate() const { return m_form->problem(); }

  bool busy() const { return m_requests->busy(); }
  Stage stage() const { return static_cast<Stage>(m_requests->stage()); }
  QString stageText() const;
  int step() const { return m_requests->pace().step(); }
  int stepCount() const { return m_requests->pace().stepCount(); }
  int imageNumber() const { return m_requests->imageNumber(); }
  int imageCount() const { return m_requests->imageCount(); }
  double imageProgress() const { return m_requests->pace().fraction(); }
  double progress() const { return m_requests->progress(); }
  double stepsPerSecond() const { return m_requests->pace().stepsPerSecond(); }
  double secondsLeft() const { return m_requests->pace().secondsLeft(); }
  double secondsLeftAll() const { return m_requests->secondsLeft(); }
  QUrl canvasUrl() const { return m_canvas.url; }
  bool canvasIsPreview() const { return m_canvas.preview; }
  int canvasWidth() const { return m_canvas.width; }
  int canvasHeight() const { return m_canvas.height; }
  qlonglong canvasSeed() const { return m_canvas.seed; }
  qlonglong canvasImageId() const { return m_canvas.imageId; }
  QString canvasNote() const { return m_canvas.note; }
  CompareViewModel* compare() const { return m_compare; }
  BatchModel* batch() const { return m_requests->batch(); }
  QueueModel* queue() const { return m_requests->waiting(); }
  QString errorText() const { return m_errorText; }
  QString errorDetail() const { return m_errorDetail; }
  QString resultText() const { return m_resultText; }
  bool firstStepsVisible() const { return m_firstStepsVisible; }
  int firstStep() const { return m_firstStep; }

  /// Starts the request, or queues it behind the one that runs. Does nothing while `cannotGenerate` says why.
  Q_INVOKABLE void generate();
  /// Stops the request that runs within one step; those that wait stay.
  Q_INVOKABLE void cancel();
  Q_INVOKABLE void removeFromQueue(int row);
  Q_INVOKABLE void moveInQueue(int from, int to);
  /// A new random seed (the dice).
  Q_INVOKABLE void rollSeed();
  /// One of `aspect`'s sides swapped.
  Q_INVOKABLE void swapSides();
  /// Esc: ends what the canvas does besides showing its picture (painting a mask, comparing, a sheet), else the request that runs.
  Q_INVOKABLE void leave();
  /// Puts a gallery picture on the canvas, or on the active side of a comparison; 0 clears it.
  Q_INVOKABLE void showImage(qlonglong imageId);
  /// Shows an image of `batch`.
  Q_INVOKABLE void showBatchImage(int row);
  /// Takes all settings over from a gallery picture, or from a PNG that was dropped (ours, A1111). False, and `errorText`, when it has
  /// none; of a file this shows a moment later.
  Q_INVOKABLE bool restoreFrom(qlonglong imageId);
  Q_INVOKABLE void restoreFromFile(const QUrl& file);
  /// What was dropped on the page: a LoRA is added, of a picture the settings are taken over.
  Q_INVOKABLE void takeFiles(const QList<QUrl>& files);
  /// Prompts of earlier requests: Alt+Up, Alt+Down in the prompt.
  Q_INVOKABLE void previousPrompt();
  Q_INVOKABLE void nextPrompt();
  Q_INVOKABLE void dismissError();
  /// The picture on the canvas becomes the one to start from.
  Q_INVOKABLE void useAsStart();
  /// Copies the picture on the canvas to a file.
  Q_INVOKABLE void saveCanvasAs(const QUrl& file);
  Q_INVOKABLE void dismissFirstSteps();
  /// Takes the model with this path; false when the list lacks it.
  Q_INVOKABLE bool chooseModel(const QString& path);

  /// All models, the built-in one first. Keeps the choice where the list still has it.
  void setModels(const QList<ModelItem>& models);
  void setFirstStepDone(int step);

 signals:
  void promptChanged();
  void negativeChanged();
  void modelChanged();
  void weightsChanged();
  void samplerChanged();
  void stepsChanged();
  void cfgChanged();
  void sizeChanged();
  void sidesLinkedChanged();
  void seedChanged();
  void seedLockedChanged();
  void countChanged();
  void readyChanged();
  void progressChanged();
  void canvasChanged();
  void errorChanged();
  void resultChanged();
  void firstStepsChanged();

 private:
  /// What the canvas shows.
  struct Canvas {
    QUrl url;
    bool preview = false;
    int width = 0, height = 0;
    qlonglong seed = 0;
    qlonglong imageId = 0;  ///< in the gallery; 0: not there
    QString note;           ///< what a preview is
  };
  void followForm();
  void followRequests();
  void followTools();
  void store(const RequestQueue::Place& place, const message::GenerateDone& result);
  void setCanvas(const Canvas& canvas);
  void clearPreview();
  void setError(const QString& text, const QString& detail);
  void setResult(const QString& text);
  void saveFirstSteps();

  ImageStore* m_store;
  GalleryModel* m_gallery;
  QSettings* m_settings;
  RequestForm* m_form;
  RequestQueue* m_requests;
  GridViewModel* m_grid;
  LivePicture* m_live;
  CompareViewModel* m_compare;
  Canvas m_canvas;
  QHash<int, Canvas> m_made;  ///< by row of the batch: those that are in the gallery
  QString m_errorText;
  QString m_errorDetail;
  QString m_resultText;
  bool m_firstStepsVisible = true;
  int m_firstStep = 1;
};

}  // namespace darkroom::app
