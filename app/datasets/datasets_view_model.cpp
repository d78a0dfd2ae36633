// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/datasets_view_model.h"

#include "app/datasets/filter_rows.h"
#include "app/viewmodels/format.h"
#include "core/base/error.h"
#include "core/base/resources.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr int kSaveMs = 500;
constexpr int kGesturePauseMs = 900;
constexpr int kPocketSide = 96;  ///< px: the embedded model's pictures

}  // namespace

DatasetsViewModel::DatasetsViewModel(const EngineCommand& command, const QString& workspacePath, QObject* parent)
    : QObject(parent),
      m_workspacePath(workspacePath),
      m_cards(new SourceCards(workspacePath + QStringLiteral("/datasets"), this)),
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
      m_duplicates(new DuplicateGroups(command, this)),
      m_audit(new DatasetAudit(command, this)),
      m_mixtures(new DatasetMixtures(command, workspacePath + QStringLiteral("/datasets"), m_cards, this)) {
  for (WallModel* wall : walls()) {
    wall->setDescribe([this](const DescribedRow& row) { return wallItem(row); });
  }
  m_save.setSingleShot(true);
  m_save.setInterval(kSaveMs);
  connect(&m_save, &QTimer::timeout, this, &DatasetsViewModel::saveNow);
  m_gesture.setSingleShot(true);
  m_gesture.setInterval(kGesturePauseMs);
  connect(&m_gesture, &QTimer::timeout, this, [this] { m_document.endGesture(); });
  connect(m_cards, &SourceCards::changed, this, &DatasetsViewModel::showFacts);
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
  for (SideStage* stage : std::initializer_list<SideStage*>{m_audit, m_mixtures}) {
    connect(stage, &SideStage::failed, this, &DatasetsViewModel::failed);
  }
  connect(m_pipeline, &DatasetPipeline::stageFinished, this, [this](const QString& source, const QString& stage) {
    if (source == m_source.name && (stage == "download" || stage == "fetch")) {
      openColumns();  // pictures, or metadata, have come
    }
    showFacts();
    m_report->showSource(m_source);
    m_duplicates->showSource(m_source);
    m_audit->showSource(m_source);
    m_mixtures->refresh();
  });
}

DatasetsViewModel::~DatasetsViewModel() {
  for (QObject* sender : std::initializer_list<QObject*>{m_pipeline, m_audit, m_mixtures}) {
    sender->blockSignals(true);  // nobody looks on any more
  }
  saveNow();
}

// --- sources ---------------------------------------------------------------------------------------------------------------------------

void DatasetsViewModel::refresh() {
  m_cards->refresh();
  m_mixtures->refresh();
  if (m_source.name.isEmpty() && !m_cards->records().empty()) {
    openSource(m_cards->records().front().name);
  }
}

void DatasetsViewModel::openSource(const QString& key) {
  const SourceRecord* found = m_cards->find(key);
  if (found == nullptr || (key == m_source.name && m_state != Failed)) {
    return;
  }
  saveNow();
  SourceRecord source = *found;
  try {
    source = readSource(found->folder);  // its options may have changed since the list was made
  } catch (const std::exception&) {
    source = *found;  // a dataset without a card of its own
  }
  takeSource(source, Loading);
  openColumns();
  emit sourceChanged();
  emit rulesChanged();
  emit answerChanged();
}

void DatasetsViewModel::takeSource(const SourceRecord& source, State state) {
  m_source = source;
  m_document = RulesDocument();
  m_store.reset();
  m_answer.reset();
  m_asked = false;
  m_state = state;
  m_problem.clear();
  m_loadingText.clear();
  m_loadingProgress = -1;
  m_focus = 0;
  for (WallModel* wall : walls()) {
    wall->forget();
    wall->showSet(RowSet(), 0);
  }
  m_filters->setRows({});
  m_newRules->setRows({});
  m_report->clear();
  m_pipeline->show(m_source);
  m_audit->showSource(m_source);
  showFacts();
}

void DatasetsViewModel::openColumns() { m_worker->open(m_source, m_workspacePath.toStdString() + "/datasets/.columns"); }

void DatasetsViewModel::takeStore(std::shared_ptr<const ColumnStore> store) {
  m_store = std::move(store);
  for (WallModel* wall : walls()) {
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
  keepFocus();
  showFilters();
  m_cards->measure(m_source, m_store->rows(), pictures().hasPictures() ? m_worker->sharedPictures() : nullptr);
  ask();
  emit sourceChanged();
  emit rulesChanged();
}

void DatasetsViewModel::add(const SourceRecord& source) {
  try {
    openSource(m_cards->add(source));
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
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
    const SourceRecord source = detectSource(paths);
    if (const SourceRecord* same = m_cards->findMadeOf(source.inputs)) {
      openSource(same->name);
    } else {
      add(source);
    }
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
  add(source);
}

void DatasetsViewModel::addDemo() {
  try {
    const fs::path folder = resource_path("demo");
    if (const SourceRecord* same = m_cards->findMadeOf({folder})) {
      openSource(same->name);
      return;
    }
    SourceRecord source = detectSource({folder});
    source.inputs = {folder};
    source.title = tr("Demo pictures");
    source.imageSize = kPocketSide;
    add(source);
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void DatasetsViewModel::removeSource(const QString& key) {
  const SourceRecord* found = m_cards->find(key);
  if (found == nullptr) {
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
    takeSource({}, Empty);
    m_worker->close();
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
    rows << FactItem{.name = tr("On disk"), .value = sizeOnDisk(m_source)};
    if (m_store) {
      rows << FactItem{.name = tr("Column cache"), .value = Format::bytes(static_cast<double>(m_store->bytes_on_disk()))};
    }
    rows << FactItem{.name = tr("Licence"), .value = m_source.metadata() ? tr("as each picture’s site") : tr("as its owner says")};
  }
  m_facts->setRows(rows);
}

bool DatasetsViewModel::settled() const { return m_state != Loading && !m_asked && m_worker->idle(); }

}  // namespace darkroom::app
