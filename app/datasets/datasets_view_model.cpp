// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/datasets_view_model.h"

#include <QCoreApplication>
#include <QDir>
#include <QPointer>
#include <QThreadPool>
#include <algorithm>
#include <cmath>

#include "app/datasets/filter_rows.h"
#include "app/viewmodels/format.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/resources.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr int kSaveMs = 500;
constexpr int kGesturePauseMs = 900;
constexpr int kPocketSide = 96;   ///< px: the embedded model's pictures
constexpr int kCardPicture = 88;  ///< px: twice what a card shows

QString folderName(const QString& title) {
  QString name = title.simplified();
  for (QChar& character : name) {
    if (!character.isLetterOrNumber() && !QStringLiteral(" -_.()").contains(character)) {
      character = '_';
    }
  }
  return name.isEmpty() || name.startsWith('.') ? QStringLiteral("source") : name;
}

}  // namespace

DatasetsViewModel::DatasetsViewModel(const EngineCommand& command, const QString& workspacePath, QObject* parent)
    : QObject(parent),
      m_workspacePath(workspacePath),
      m_sources(new SourceModel(this)),
      m_facts(new FactModel(this)),
      m_filters(new FilterModel(this)),
      m_newRules(new NewRuleModel(this)),
      m_worker(new CurationWorker(this)),
      m_wall(new WallModel(m_worker, this)),
      m_passing(new WallModel(m_worker, this)),
      m_failing(new WallModel(m_worker, this)),
      m_detail(new RowDetail(this)),
      m_pipeline(new DatasetPipeline(command, this)),
      m_report(new DatasetReport(command, this)),
      m_duplicates(new DuplicateGroups(command, this)) {
  for (WallModel* wall : {m_wall, m_passing, m_failing}) {
    wall->setDescribe([this](const DescribedRow& row) { return wallItem(row); });
  }
  m_save.setSingleShot(true);
  m_save.setInterval(kSaveMs);
  connect(&m_save, &QTimer::timeout, this, &DatasetsViewModel::saveNow);
  m_gesture.setSingleShot(true);
  m_gesture.setInterval(kGesturePauseMs);
  connect(&m_gesture, &QTimer::timeout, this, [this] { m_document.endGesture(); });
  connect(m_worker, &CurationWorker::opened, this, &DatasetsViewModel::takeStore);
  connect(m_worker, &CurationWorker::answered, this, &DatasetsViewModel::takeAnswer);
  connect(m_worker, &CurationWorker::progressed, this, [this](const QString& stage, double done, double total) {
    m_loadingText =
        total > 0 ? tr("%1: %2 of %3").arg(stage, Format::count(done), Format::count(total)) : tr("%1: %2").arg(stage, Format::count(done));
    m_loadingProgress = total > 0 ? done / total : -1;
    emit loadingChanged();
  });
  connect(m_worker, &CurationWorker::openFailed, this, [this](const QString& reason) {
    if (m_state == Loading) {
      m_state = Failed;
      m_problem = reason;
      emit sourceChanged();
    } else {
      emit failed(reason);
    }
  });
  connect(m_worker, &CurationWorker::rowFetched, m_detail, &RowDetail::take);
  connect(m_pipeline, &DatasetPipeline::starting, this, &DatasetsViewModel::saveNow);
  connect(m_pipeline, &DatasetPipeline::failed, this, &DatasetsViewModel::failed);
  connect(m_pipeline, &DatasetPipeline::stageFinished, this, [this](const QString& source, const QString& stage) {
    if (source == m_source.name && (stage == "download" || stage == "fetch")) {
      m_worker->open(m_source, m_workspacePath.toStdString() + "/datasets/.columns");  // pictures, or metadata, have come
    }
    showFacts();
    m_report->showSource(m_source);
    m_duplicates->showSource(m_source);
  });
}

DatasetsViewModel::~DatasetsViewModel() {
  m_pipeline->blockSignals(true);  // nobody looks on any more
  saveNow();
}

// --- sources ---------------------------------------------------------------------------------------------------------------------------

void DatasetsViewModel::refresh() {
  listSourcesAgain();
  if (m_source.name.isEmpty() && !m_records.empty()) {
    openSource(m_records.front().name);
  }
}

void DatasetsViewModel::listSourcesAgain() {
  m_records = listSources((m_workspacePath + "/datasets").toStdString());
  QList<SourceItem> rows;
  for (const SourceRecord& record : m_records) {
    SourceItem item{.key = record.name,
                    .title = record.title,
                    .kind = sourceKindName(record.kind),
                    .detail = {},
                    .countText = {},
                    .countUnit = {},
                    .picture = {},
                    .problem = {}};
    item.countUnit = record.metadata() ? tr("rows") : tr("images");
    try {
      const Json card = read_json_file(record.folder / "card.json");
      item.countText = Format::count(card.value("rows", std::nan("")));
      item.detail = QString::fromStdString(card.value("detail", ""));
    } catch (const std::exception&) {
      item.countText.clear();  // it has not been opened yet
    }
    if (item.detail.isEmpty()) {
      item.detail = item.kind;
    }
    const QString picture = QString::fromStdString((record.folder / "card.png").string());
    if (QFile::exists(picture)) {
      item.picture = QUrl::fromLocalFile(picture);
    }
    const bool there = std::any_of(record.inputs.begin(), record.inputs.end(), [](const fs::path& input) { return fs::exists(input); });
    if (!there && record.repository.empty()) {
      item.problem = tr("Its files are gone.");
    }
    rows << item;
  }
  m_sources->setRows(rows);
}

void DatasetsViewModel::openSource(const QString& key) {
  const auto found = std::find_if(m_records.begin(), m_records.end(), [&](const SourceRecord& record) { return record.name == key; });
  if (found == m_records.end() || (key == m_source.name && m_state != Failed)) {
    return;
  }
  saveNow();
  m_source = *found;
  try {
    m_source = readSource(found->folder);  // its options may have changed since the list was made
  } catch (const std::exception&) {
    m_source = *found;  // a dataset without a card of its own
  }
  m_document = RulesDocument();
  m_store.reset();
  m_answer.reset();
  m_asked = false;
  m_state = Loading;
  m_problem.clear();
  m_loadingText.clear();
  m_loadingProgress = -1;
  m_focus = 0;
  for (WallModel* wall : {m_wall, m_passing, m_failing}) {
    wall->forget();
    wall->showSet(RowSet(), 0);
  }
  m_filters->setRows({});
  m_newRules->setRows({});
  m_report->clear();
  m_pipeline->show(m_source);
  m_worker->open(m_source, m_workspacePath.toStdString() + "/datasets/.columns");
  showFacts();
  emit sourceChanged();
  emit rulesChanged();
  emit answerChanged();
}

void DatasetsViewModel::takeStore(std::shared_ptr<const ColumnStore> store) {
  m_store = std::move(store);
  m_hasPictures = m_worker->pictures().hasPictures();
  for (WallModel* wall : {m_wall, m_passing, m_failing}) {
    wall->forget();
  }
  if (m_state != Ready) {
    try {
      m_document = RulesDocument(m_source.rulesFile(), standardRules(*m_store));
    } catch (const std::exception& error) {
      m_state = Failed;
      m_problem = QString::fromUtf8(error.what());
      emit sourceChanged();
      return;
    }
  }
  m_state = Ready;
  m_newRules->setRows(darkroom::app::newRules(*m_store));
  m_report->showSource(m_source);
  m_duplicates->showSource(m_source);
  m_focus = std::clamp(m_focus, 0, std::max(0, static_cast<int>(m_document.rules().rules.size()) - 1));
  showFilters();
  writeCard();
  ask();
  emit sourceChanged();
  emit rulesChanged();
}

void DatasetsViewModel::writeCard() {
  QThreadPool::globalInstance()->start([self = QPointer<DatasetsViewModel>(this), record = m_source, rows = m_store->rows(),
                                        shelf = m_worker->sharedPictures(), generation = m_worker->pictures().generation(),
                                        pictures = m_hasPictures] {
    try {
      const SourceSize size = measureSource(record);
      const QString detail = size.files == 1
                                 ? tr("%1, %2").arg(sourceKindName(record.kind), Format::bytes(size.bytes))
                                 : tr("%1 files, %2").arg(Format::count(static_cast<double>(size.files)), Format::bytes(size.bytes));
      fs::create_directories(record.folder);
      write_file_atomically(record.folder / "card.json",
                            Json{{"rows", rows}, {"detail", detail.toStdString()}, {"bytes", size.bytes}}.dump() + "\n");
      const QString file = QString::fromStdString((record.folder / "card.png").string());
      for (uint64_t row = rows / 3; pictures && self && !QFile::exists(file) && row < std::min(rows, rows / 3 + 20); ++row) {
        try {
          shelf->picture(generation, row, kCardPicture).save(file);
        } catch (const std::exception&) {
          continue;  // the next row may have one
        }
      }
    } catch (const std::exception&) {
      return;  // the card stays as it was
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self] {
      if (self) {
        self->listSourcesAgain();
        self->showFacts();
      }
    });
  });
}

void DatasetsViewModel::add(SourceRecord source) {
  const QString base = folderName(source.title);
  QString name = base;
  const QDir datasets(m_workspacePath + QStringLiteral("/datasets"));
  for (int number = 2; QFileInfo::exists(datasets.filePath(name)); ++number) {
    name = QStringLiteral("%1 %2").arg(base).arg(number);
  }
  source.name = name;
  source.folder = datasets.filePath(name).toStdString();
  try {
    writeSource(source);
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
    return;
  }
  listSourcesAgain();
  openSource(name);
  emit sourceAdded();
}

void DatasetsViewModel::addDropped(const QList<QUrl>& urls) {
  std::vector<fs::path> paths;
  for (const QUrl& url : urls) {
    if (!url.isLocalFile()) {
      emit failed(tr("%1 is not on this computer. A dataset of the hub is added by its name.").arg(url.toString()));
      return;
    }
    paths.emplace_back(url.toLocalFile().toStdString());
  }
  try {
    SourceRecord source = detectSource(paths);
    const auto same =
        std::find_if(m_records.begin(), m_records.end(), [&](const SourceRecord& record) { return record.inputs == source.inputs; });
    if (same != m_records.end()) {
      openSource(same->name);
      return;
    }
    add(std::move(source));
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void DatasetsViewModel::addRepository(const QString& name) {
  QString repository = name.trimmed();
  if (!repository.contains('/')) {
    emit failed(tr("A dataset of the hub is named by its owner and its name: laion/laion2B-en-aesthetic."));
    return;
  }
  if (!repository.startsWith("datasets/")) {
    repository.prepend("datasets/");
  }
  SourceRecord source;
  source.kind = SourceKind::parquet;
  source.title = repository.section('/', -1);
  source.repository = repository.toStdString();
  source.inputs = {fs::path(m_workspacePath.toStdString()) / "datasets" / folderName(source.title).toStdString() / "stages" / "fetch"};
  add(std::move(source));
}

void DatasetsViewModel::addDemo() {
  try {
    const fs::path folder = resource_path("demo");
    const auto same =
        std::find_if(m_records.begin(), m_records.end(), [&](const SourceRecord& record) { return record.inputs == std::vector{folder}; });
    if (same != m_records.end()) {
      openSource(same->name);
      return;
    }
    SourceRecord source = detectSource({folder});
    source.inputs = {folder};
    source.title = tr("Demo pictures");
    source.imageSize = kPocketSide;
    add(std::move(source));
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void DatasetsViewModel::removeSource(const QString& key) {
  const auto found = std::find_if(m_records.begin(), m_records.end(), [&](const SourceRecord& record) { return record.name == key; });
  if (found == m_records.end()) {
    return;
  }
  std::error_code problem;
  // The rules stay: added again under the same name, the source finds them.
  if (!fs::remove(found->folder / "source.json", problem)) {
    emit failed(tr("%1 is a finished dataset: its folder is removed by hand.").arg(found->title));
    return;
  }
  if (key == m_source.name) {
    saveNow();
    m_source = SourceRecord();
    m_document = RulesDocument();
    m_store.reset();
    m_answer.reset();
    m_worker->close();
    m_state = Empty;
    m_pipeline->show(m_source);
    m_filters->setRows({});
    m_facts->setRows({});
    for (WallModel* wall : {m_wall, m_passing, m_failing}) {
      wall->forget();
      wall->showSet(RowSet(), 0);
    }
  }
  refresh();
  emit sourceChanged();
  emit answerChanged();
}

void DatasetsViewModel::showFacts() {
  QList<FactItem> rows;
  if (!m_source.name.isEmpty()) {
    rows << FactItem{.name = tr("Kind"), .value = sourceKindName(m_source.kind)};
    for (const StageItem& stage : m_pipeline->stages()->rows()) {
      if (stage.key == "download" && stage.state != "skipped") {
        rows << FactItem{.name = tr("Downloaded"), .value = stage.line};
      }
    }
    const FilterRules& rules = m_document.rules();
    rows << FactItem{
        .name = tr("Set by hand"),
        .value = tr("+%1 kept, −%2 dropped")
                     .arg(Format::count(static_cast<double>(rules.keep.size())), Format::count(static_cast<double>(rules.drop.size())))};
    try {
      rows << FactItem{.name = tr("On disk"),
                       .value = Format::bytes(read_json_file(m_source.folder / "card.json").value("bytes", std::nan("")))};
    } catch (const std::exception&) {
      rows << FactItem{.name = tr("On disk"), .value = tr("being measured")};
    }
    if (m_store) {
      rows << FactItem{.name = tr("Column cache"), .value = Format::bytes(static_cast<double>(m_store->bytes_on_disk()))};
    }
    rows << FactItem{.name = tr("Licence"), .value = m_source.metadata() ? tr("as each picture’s site") : tr("as its owner says")};
  }
  m_facts->setRows(rows);
}

bool DatasetsViewModel::settled() const { return m_state != Loading && !m_asked && m_worker->idle(); }

}  // namespace darkroom::app
