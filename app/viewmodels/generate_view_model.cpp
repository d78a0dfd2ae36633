// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/generate_view_model.h"

#include <QFileInfo>
#include <QSettings>

#include "app/viewmodels/format.h"
#include "app/viewmodels/gallery_model.h"
#include "app/viewmodels/image_store.h"

namespace darkroom::app {

GenerateViewModel::GenerateViewModel(SamplingClient* client, ImageStore* store, GalleryModel* gallery, PreviewStore* previews,
                                     QSettings* settings, QObject* parent)
    : QObject(parent),
      m_store(store),
      m_gallery(gallery),
      m_settings(settings),
      m_form(new RequestForm(settings, this)),
      m_requests(new RequestQueue(client, previews, this)),
      m_grid(new GridViewModel(m_form, settings, this)),
      m_live(new LivePicture(client, previews, this)),
      m_compare(new CompareViewModel(gallery, this)),
      m_firstStepsVisible(settings->value("generate/firstSteps", true).toBool()),
      m_firstStep(settings->value("generate/firstStep", 1).toInt()) {
  followForm();
  followRequests();
  followTools();
}

// ---- what is asked for

void GenerateViewModel::followForm() {
  connect(m_form, &RequestForm::promptChanged, this, &GenerateViewModel::promptChanged);
  connect(m_form, &RequestForm::negativeChanged, this, &GenerateViewModel::negativeChanged);
  connect(m_form, &RequestForm::modelChanged, this, &GenerateViewModel::modelChanged);
  connect(m_form, &RequestForm::weightsChanged, this, &GenerateViewModel::weightsChanged);
  connect(m_form, &RequestForm::samplerChanged, this, &GenerateViewModel::samplerChanged);
  connect(m_form, &RequestForm::stepsChanged, this, &GenerateViewModel::stepsChanged);
  connect(m_form, &RequestForm::cfgChanged, this, &GenerateViewModel::cfgChanged);
  connect(m_form, &RequestForm::sizeChanged, this, &GenerateViewModel::sizeChanged);
  connect(m_form, &RequestForm::sidesLinkedChanged, this, &GenerateViewModel::sidesLinkedChanged);
  connect(m_form, &RequestForm::seedChanged, this, &GenerateViewModel::seedChanged);
  connect(m_form, &RequestForm::seedLockedChanged, this, &GenerateViewModel::seedLockedChanged);
  connect(m_form, &RequestForm::countChanged, this, &GenerateViewModel::countChanged);
  connect(m_form, &RequestForm::problemChanged, this, &GenerateViewModel::readyChanged);
}

void GenerateViewModel::rollSeed() { m_form->rollSeed(); }
void GenerateViewModel::swapSides() { m_form->swapSides(); }
void GenerateViewModel::previousPrompt() { m_form->previousPrompt(); }
void GenerateViewModel::nextPrompt() { m_form->nextPrompt(); }
bool GenerateViewModel::chooseModel(const QString& path) { return m_form->chooseModel(path); }
void GenerateViewModel::setModels(const QList<ModelItem>& models) { m_form->setModels(models); }

bool GenerateViewModel::restoreFrom(qlonglong imageId) {
  const GalleryImage image = m_gallery->image(imageId);
  const Json json = Json::parse(image.optionsJson.toStdString(), nullptr, false);
  if (image.imageId == 0 || !json.is_object()) {
    setError(tr("This picture has no settings that could be restored."), {});
    return false;
  }
  std::vector<Problem> problems;  // a row of a newer Darkroom may have more to say; what is understood is taken over
  GenerateOptions options = generate_options_from_json(json, problems);
  options.seed = image.seed;
  m_form->apply(options);
  showImage(imageId);
  return true;
}

void GenerateViewModel::restoreFromFile(const QUrl& file) {
  const QString path = file.isLocalFile() ? file.toLocalFile() : file.toString();
  m_store->readSettings(path, this, [this, path](const ImageStore::Settings& settings) {
    if (!settings.error.empty()) {
      setError(tr("No settings in %1.").arg(QFileInfo(path).fileName()), QString::fromStdString(settings.error));
      return;
    }
    m_form->apply(settings.options);
    dismissError();
  });
}

void GenerateViewModel::takeFiles(const QList<QUrl>& files) {
  for (const QUrl& file : files) {
    if (LoraList::isLoraName(file.fileName())) {
      loras()->add(file);
    } else {
      restoreFromFile(file);
    }
  }
}

// ---- what is being made

void GenerateViewModel::generate() {
  if (cannotGenerate().isEmpty()) {
    m_live->stop();
    start()->setPainting(false);
    m_form->start()->whenStored([this, options = m_form->submit()] { m_requests->add(options); });
  }
}

void GenerateViewModel::cancel() { m_requests->cancel(); }
void GenerateViewModel::removeFromQueue(int row) { m_requests->remove(row); }
void GenerateViewModel::moveInQueue(int from, int to) { m_requests->move(from, to); }

QString GenerateViewModel::stageText() const {
  switch (m_requests->stage()) {
    case RequestQueue::Idle:
      return {};
    case RequestQueue::Waiting:
      return tr("Waiting for the engine");
    case RequestQueue::Loading:
      return tr("Loading the model");
    case RequestQueue::Sampling:
      return tr("Step %1 of %2").arg(step()).arg(stepCount());
    case RequestQueue::Decoding:
      return tr("Developing the picture");
  }
  return {};
}

void GenerateViewModel::followRequests() {
  connect(m_requests, &RequestQueue::progressChanged, this, &GenerateViewModel::progressChanged);
  connect(m_requests, &RequestQueue::started, this, [this](qlonglong request) {
    dismissError();
    setResult({});
    m_made.clear();
    m_live->stop();
    m_compare->setMode(CompareViewModel::Off);
    m_grid->setShown(m_grid->isRequest(request));
  });
  connect(m_requests, &RequestQueue::abandoned, m_grid, &GridViewModel::setEnded);
  connect(m_requests, &RequestQueue::previewed, this, [this](const RequestQueue::Preview& preview) {
    setCanvas({preview.url, true, preview.width, preview.height, preview.seed, 0, tr("Preview, full detail at step %1").arg(stepCount())});
  });
  connect(m_requests, &RequestQueue::made, this, &GenerateViewModel::store);
  connect(m_requests, &RequestQueue::finished, this, [this](const QString& weights, double seconds) {
    setResult(tr("%1 weights, %2")
                  .arg(weights == "ema"    ? tr("EMA")
                       : weights == "live" ? tr("Live")
                                           : tr("Model's"),
                       Format::duration(seconds)));
  });
  connect(m_requests, &RequestQueue::failed, this, [this](const QString& reason, const QString& detail) {
    clearPreview();
    setError(reason, detail);
  });
  connect(m_requests, &RequestQueue::cancelled, this, &GenerateViewModel::clearPreview);
  connect(m_gallery, &GalleryModel::removed, this, [this](qlonglong imageId) {
    m_made.removeIf([imageId](QHash<int, Canvas>::iterator made) { return made->imageId == imageId; });
  });
}

void GenerateViewModel::store(const RequestQueue::Place& place, const message::GenerateDone& result) {
  for (const message::GeneratedImage& image : result.images) {
    ImageRow row;
    row.prompt = result.options.prompt;
    row.negative = result.options.negative;
    row.options_json = to_json(result.options).dump();
    row.seed = image.seed;
    row.width = image.width;
    row.height = image.height;
    row.model = result.options.model;
    m_store->add(image.png, row, this, [this, place](const ImageStore::Added& added) {
      if (!added.error.empty()) {
        m_requests->setKept(place, {}, 0);
        m_grid->setMade(place.request, place.image, {}, 0);
        setError(tr("The picture could not be stored."), QString::fromStdString(added.error));
        return;
      }
      const Canvas kept{QUrl::fromLocalFile(m_store->pathOf(added.row.id)),
                        false,
                        static_cast<int>(added.row.width),
                        static_cast<int>(added.row.height),
                        added.row.seed,
                        added.row.id,
                        {}};
      m_grid->setMade(place.request, place.image, kept.url, kept.imageId);
      if (m_requests->setKept(place, kept.url, kept.imageId)) {
        m_made.insert(place.image, kept);
      }
      // A preview of the next image must not give way to the last one.
      if (!busy() || !m_canvas.preview || step() == 0) {
        setCanvas(kept);
        m_gallery->setSelectedId(kept.imageId);
      }
      m_gallery->reload();
      setFirstStepDone(1);
    });
  }
}

// ---- the canvas, and what is said below it

void GenerateViewModel::setCanvas(const Canvas& canvas) {
  m_canvas = canvas;
  emit canvasChanged();
}

void GenerateViewModel::clearPreview() {
  if (m_canvas.preview) {
    setCanvas({});
  }
}

void GenerateViewModel::showImage(qlonglong imageId) {
  const GalleryImage image = m_gallery->image(imageId);
  if (image.imageId == 0) {
    setCanvas({});
    return;
  }
  m_live->stop();
  m_gallery->setSelectedId(imageId);
  if (m_compare->on()) {
    m_compare->pick(imageId);
    return;
  }
  m_grid->setShown(false);
  start()->setPainting(false);
  setCanvas({image.imageUrl, false, image.width, image.height, image.seed, image.imageId, {}});
}

void GenerateViewModel::showBatchImage(int row) {
  // Not through the gallery: its filter may hide the picture.
  if (const auto made = m_made.constFind(row); made != m_made.constEnd()) {
    setCanvas(*made);
    m_gallery->setSelectedId(made->imageId);
  } else if (row >= 0 && row < batch()->rowCount() && batch()->at(row).imageId != 0) {
    showImage(batch()->at(row).imageId);  // deleted, and perhaps brought back
  }
}

// ---- what the canvas does besides

void GenerateViewModel::followTools() {
  start()->setMaskFolder(m_store->maskFolder());
  connect(start(), &StartPicture::failed, this, [this](const QString& text) { setError(text, {}); });
  connect(loras(), &LoraList::failed, this, [this](const QString& text) { setError(text, {}); });
  connect(start(), &StartPicture::paintingChanged, this, [this] {
    if (start()->painting()) {
      m_live->stop();
      m_compare->setMode(CompareViewModel::Off);
      m_grid->setShown(false);
    }
  });
  connect(m_compare, &CompareViewModel::modeChanged, this, [this] {
    if (m_compare->on()) {
      m_live->stop();
      start()->setPainting(false);
      m_grid->setShown(false);
    }
  });
  connect(m_grid, &GridViewModel::shownChanged, this, [this] {
    if (m_grid->shown()) {
      m_live->stop();
      start()->setPainting(false);
      m_compare->setMode(CompareViewModel::Off);
    }
  });
  connect(m_grid, &GridViewModel::failed, this, &GenerateViewModel::setError);
  connect(m_grid, &GridViewModel::asked, this, [this](const QString& title, const std::vector<GenerateOptions>& images) {
    m_live->stop();
    start()->whenStored([this, title, images] {
      m_grid->setRequest(m_requests->add(title, images));
      m_grid->setShown(true);
    });
  });
  connect(m_live, &LivePicture::wanted, this, [this] {
    if (cannotGenerate().isEmpty() && !busy()) {
      start()->whenStored([this] { m_live->show(m_form->options()); });
    }
  });
  connect(m_live, &LivePicture::shown, this, [this](const QUrl& url, const QSize& size, qlonglong seed, int steps) {
    if (!busy()) {
      start()->setPainting(false);
      m_compare->setMode(CompareViewModel::Off);
      m_grid->setShown(false);
      setCanvas({url, true, size.width(), size.height(), seed, 0, tr("Live, %n step(s)", "", steps)});
    }
  });
  connect(m_live, &LivePicture::failed, this, &GenerateViewModel::setError);
}

void GenerateViewModel::leave() {
  if (start()->painting()) {
    start()->setPainting(false);
  } else if (m_grid->open()) {
    m_grid->setOpen(false);
  } else if (m_compare->on()) {
    m_compare->setMode(CompareViewModel::Off);
  } else if (busy()) {
    cancel();
  } else {
    m_grid->setShown(false);
  }
}

void GenerateViewModel::useAsStart() {
  if (m_canvas.url.isLocalFile()) {
    start()->choose(m_canvas.url);
  }
}

void GenerateViewModel::saveCanvasAs(const QUrl& file) {
  if (m_canvas.url.isLocalFile() && file.isLocalFile()) {
    m_store->copyTo(m_canvas.url.toLocalFile(), file.toLocalFile());
  }
}

void GenerateViewModel::setError(const QString& text, const QString& detail) {
  if (text != m_errorText || detail != m_errorDetail) {
    m_errorText = text;
    m_errorDetail = detail;
    emit errorChanged();
  }
}

void GenerateViewModel::dismissError() { setError({}, {}); }

void GenerateViewModel::setResult(const QString& text) {
  m_resultText = text;
  emit resultChanged();
}

void GenerateViewModel::saveFirstSteps() {
  m_settings->setValue("generate/firstSteps", m_firstStepsVisible);
  m_settings->setValue("generate/firstStep", m_firstStep);
  emit firstStepsChanged();
}

void GenerateViewModel::dismissFirstSteps() {
  m_firstStepsVisible = false;
  saveFirstSteps();
}

void GenerateViewModel::setFirstStepDone(int step) {
  if (step >= m_firstStep) {
    m_firstStep = step + 1;
    saveFirstSteps();
  }
}

}  // namespace darkroom::app
