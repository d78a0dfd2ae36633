// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/curation_worker.h"

#include <QCoreApplication>
#include <QPointer>
#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/base/thread_priority.h"
#include "core/pipeline/filter_metadata.h"

namespace darkroom::app {
namespace {

constexpr unsigned kBins = 94;        ///< bars of 3 + 1 px in a panel of 376
constexpr size_t kEdgeRows = 240;     ///< on each side of a threshold
constexpr size_t kOpenQuestions = 4;  ///< older ones are about rows that were scrolled away
constexpr int kTextThreads = 2;

bool lacks(const ColumnStore& store, const FilterRule& rule) {
  const StoredColumn* column = store.find(column_of(rule));
  return column == nullptr || !column->missing_in.empty();
}

RowView rowView(WallView view) {
  return view == WallView::kept ? RowView::kept : view == WallView::dropped ? RowView::dropped : RowView::dropped_only_by;
}

}  // namespace

CurationWorker::CurationWorker(QObject* parent) : QObject(parent) {
  m_pool.setMaxThreadCount(kTextThreads);
  m_thread = std::thread([this] { work(); });
}

CurationWorker::~CurationWorker() {
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
    m_cancel.cancel();
  }
  m_changed.notify_all();
  m_thread.join();
  m_pool.waitForDone();
}

template <typename Deliver>
void CurationWorker::post(Deliver&& deliver) {
  QMetaObject::invokeMethod(QCoreApplication::instance(),
                            [self = QPointer<CurationWorker>(this), deliver = std::forward<Deliver>(deliver)] {
                              if (self) {
                                deliver(*self);
                              }
                            });
}

void CurationWorker::startInPool(std::function<void()> work, int priority) {
  {
    const std::lock_guard lock(m_mutex);
    ++m_inPool;
  }
  m_pool.start(
      [this, work = std::move(work)] {
        lower_thread_priority();
        work();
        const std::lock_guard lock(m_mutex);
        --m_inPool;
      },
      priority);
}

void CurationWorker::open(const SourceRecord& source, const std::filesystem::path& cacheRoot) {
  {
    const std::lock_guard lock(m_mutex);
    m_cancel.cancel();
    m_cancel = CancelToken();
    m_opening = Opening{source, cacheRoot};
    m_request.reset();
    m_questions.clear();
    m_verdicts.clear();
    ++m_generation;
  }
  m_changed.notify_all();
}

void CurationWorker::close() { open(SourceRecord(), {}); }

void CurationWorker::ask(const CurationRequest& request) {
  {
    const std::lock_guard lock(m_mutex);
    m_request = request;
  }
  m_changed.notify_all();
}

void CurationWorker::describe(std::vector<uint64_t> rows) {
  {
    const std::lock_guard lock(m_mutex);
    m_questions.push_front(std::move(rows));
    if (m_questions.size() > kOpenQuestions) {
      m_questions.pop_back();
    }
  }
  m_changed.notify_all();
}

bool CurationWorker::idle() const {
  const std::lock_guard lock(m_mutex);
  return !m_busy && m_inPool == 0 && !m_opening && !m_request && m_questions.empty() && m_verdicts.empty();
}

void CurationWorker::work() {
  lower_thread_priority();  // and that of the threads which importing and counting make
  std::unique_lock lock(m_mutex);
  while (true) {
    m_busy = false;
    m_changed.wait(lock, [this] { return m_stop || m_opening || m_request || !m_questions.empty() || !m_verdicts.empty(); });
    if (m_stop) {
      return;
    }
    m_busy = true;
    if (m_opening) {
      const Opening opening = *std::exchange(m_opening, std::nullopt);
      lock.unlock();
      openNow(opening);
    } else if (!m_verdicts.empty()) {
      const TextVerdicts verdicts = std::move(m_verdicts.front());
      m_verdicts.pop_front();
      lock.unlock();
      if (m_crossfilter) {
        m_crossfilter->add(verdicts);
        answerNow(m_answering);
      }
    } else if (m_request) {
      const CurationRequest request = *std::exchange(m_request, std::nullopt);
      lock.unlock();
      answerNow(request);
    } else {
      std::vector<uint64_t> rows = std::move(m_questions.front());
      m_questions.pop_front();
      lock.unlock();
      describeNow(std::move(rows));
    }
    lock.lock();
  }
}

void CurationWorker::openNow(const Opening& opening) {
  m_crossfilter.reset();
  m_store.reset();
  m_scanning.clear();
  m_shelf->close();
  CancelToken cancel;
  {
    const std::lock_guard lock(m_mutex);
    cancel = m_cancel;
    m_shared.reset();
  }
  if (opening.source.folder.empty()) {
    return;
  }
  const ProgressSink sink = [this](const Progress& progress) {
    post([stage = QString::fromStdString(progress.stage), done = static_cast<double>(progress.done),
          total = progress.total ? static_cast<double>(*progress.total) : 0](CurationWorker& self) {
      emit self.progressed(stage, done, total);
    });
  };
  try {
    const std::vector<std::filesystem::path> files = metadataFiles(opening.source, sink, cancel);
    m_store = ColumnStore::open_or_import(opening.cacheRoot, files, {}, sink, cancel);
    m_crossfilter =
        std::make_unique<Crossfilter>(m_store, CrossfilterOptions{.threads = 0, .bins = kBins, .histogram_rows = HistogramRows::others});
    m_shelf->open(opening.source, m_store);
    {
      const std::lock_guard lock(m_mutex);
      m_shared = m_store;
    }
    post([store = m_store](CurationWorker& self) { emit self.opened(store); });
  } catch (const std::exception& error) {
    m_store.reset();
    if (!cancel.cancelled()) {
      post([reason = QString::fromUtf8(error.what())](CurationWorker& self) { emit self.openFailed(reason); });
    }
  }
}

void CurationWorker::answerNow(const CurationRequest& request) {
  if (!m_crossfilter) {
    return;
  }
  auto answer = std::make_shared<CurationAnswer>();
  answer->request = request;
  answer->serial = ++m_serial;
  m_answering = request;
  FilterRules rules = request.rules;
  for (FilterRule& rule : rules.rules) {
    answer->missing.push_back(lacks(*m_store, rule));
    if (answer->missing.back()) {
      std::visit([](auto& any) { any.enabled = false; }, rule);
    }
  }
  try {
    answer->result = m_crossfilter->set_rules(rules);
    const auto focus = static_cast<size_t>(std::max(request.focus, 0));
    const bool focused = request.focus >= 0 && focus < rules.rules.size();
    if (request.view == WallView::edge) {
      answer->edge = focused ? m_crossfilter->edge(focus, kEdgeRows) : EdgeRows();
    } else if (request.view != WallView::onlyThis || focused) {
      answer->list = m_crossfilter->rows(rowView(request.view), focus);
    }
    scanPending();
  } catch (const std::exception& error) {
    answer->problem = QString::fromUtf8(error.what());
  }
  post([answer = std::shared_ptr<const CurationAnswer>(answer)](CurationWorker& self) { emit self.answered(answer); });
}

void CurationWorker::scanPending() {
  for (const size_t index : m_crossfilter->result().pending) {
    const auto& rule = std::get<ColumnRule>(m_crossfilter->rules().rules.at(index));
    const auto same = [&rule](const ColumnRule& other) {
      return other.column == rule.column && other.words == rule.words && other.pattern == rule.pattern &&
             other.not_pattern == rule.not_pattern;
    };
    if (std::any_of(m_scanning.begin(), m_scanning.end(), same)) {
      continue;
    }
    m_scanning.push_back(rule);
    int generation = 0;
    CancelToken cancel;
    {
      const std::lock_guard lock(m_mutex);
      generation = m_generation;
      cancel = m_cancel;
    }
    startInPool([this, store = m_store, rule, generation, cancel] {
      const ProgressSink sink = [this](const Progress& progress) {
        post([done = static_cast<double>(progress.done), total = static_cast<double>(progress.total.value_or(0))](CurationWorker& self) {
          emit self.progressed(QStringLiteral("scan texts"), done, total);
        });
      };
      std::optional<TextVerdicts> verdicts;
      try {
        verdicts = scan_texts(*store, rule, 1, sink, cancel);
      } catch (const std::exception& error) {
        if (!cancel.cancelled()) {
          post([reason = QString::fromUtf8(error.what())](CurationWorker& self) { emit self.openFailed(reason); });
        }
      }
      const std::lock_guard lock(m_mutex);
      if (verdicts && generation == m_generation) {
        m_verdicts.push_back(std::move(*verdicts));
        m_changed.notify_all();
      }
    });
  }
}

void CurationWorker::describeNow(std::vector<uint64_t> rows) {
  if (!m_crossfilter || rows.empty()) {
    return;
  }
  std::vector<RowVerdict> verdicts;
  try {
    verdicts = m_crossfilter->verdicts(rows);
  } catch (const std::exception&) {
    return;  // the rules were refused: the answer says so
  }
  std::optional<MetadataColumn> column;
  if (m_answering.focus >= 0 && static_cast<size_t>(m_answering.focus) < m_answering.rules.rules.size()) {
    column = column_of(m_answering.rules.rules[static_cast<size_t>(m_answering.focus)]);
  }
  startInPool([this, store = m_store, rows = std::move(rows), verdicts = std::move(verdicts), column, serial = m_serial] {
    std::vector<MetadataColumn> columns;
    for (const MetadataColumn one : {MetadataColumn::caption, MetadataColumn::url, MetadataColumn::key}) {
      if (store->find(one) != nullptr) {
        columns.push_back(one);
      }
    }
    std::vector<RowTexts> texts;
    try {
      texts = store->fetch_texts(rows, columns);
    } catch (const std::exception&) {
      texts.assign(rows.size(), RowTexts(columns.size()));  // the file went away: the numbers are still there
    }
    QList<DescribedRow> described;
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto number = [&](MetadataColumn one) {
        return store->find(one) != nullptr ? store->number(one, rows[i]) : std::numeric_limits<double>::quiet_NaN();
      };
      const double width = number(MetadataColumn::width);
      const double height = number(MetadataColumn::height);
      DescribedRow row{.row = rows[i],
                       .verdict = verdicts[i],
                       .value = column ? number(*column) : std::numeric_limits<double>::quiet_NaN(),
                       .width = width > 0 && width < 1e6 ? static_cast<int>(width) : 0,
                       .height = height > 0 && height < 1e6 ? static_cast<int>(height) : 0,
                       .caption = {},
                       .url = {},
                       .key = {}};
      for (size_t text = 0; text < columns.size(); ++text) {
        QString& place = columns[text] == MetadataColumn::caption ? row.caption : columns[text] == MetadataColumn::url ? row.url : row.key;
        place = QString::fromStdString(texts[i][text].value_or(""));
      }
      described << row;
    }
    post([serial, described](CurationWorker& self) { emit self.described(serial, described); });
  });
}

void CurationWorker::fetchRow(uint64_t row) {
  std::shared_ptr<const ColumnStore> store;
  {
    const std::lock_guard lock(m_mutex);
    store = m_shared;
    if (!store) {
      return;
    }
  }
  startInPool(
      [this, store, row] {
        QStringList names;
        QStringList values;
        try {
          for (const auto& [name, value] : store->fetch_row(row)) {
            names << QString::fromStdString(name);
            values << QString::fromStdString(value);
          }
        } catch (const std::exception& error) {
          names = {tr("cannot be read")};
          values = {QString::fromUtf8(error.what())};
        }
        post([row, names, values](CurationWorker& self) { emit self.rowFetched(row, names, values); });
      },
      1);
}

}  // namespace darkroom::app
