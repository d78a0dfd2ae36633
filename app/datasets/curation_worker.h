// SPDX-License-Identifier: GPL-3.0-or-later
// The column store and the crossfilter on a thread of their own: the window asks and goes on.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "app/datasets/picture_shelf.h"
#include "app/datasets/source_record.h"
#include "core/columns/crossfilter.h"

namespace darkroom::app {

/// Which rows the wall shows.
enum class WallView { kept, dropped, onlyThis, edge };

struct CurationRequest {
  FilterRules rules;
  WallView view = WallView::edge;
  int focus = -1;  ///< the rule that `onlyThis` and `edge` are about; negative: none
};

/// What came of a request; immutable.
struct CurationAnswer {
  CurationRequest request;
  std::vector<bool> missing;  ///< [rules] the source lacks the rule's column: it was left out of the reckoning
  CrossfilterResult result;
  RowSet list;  ///< of the view; empty for the edge
  EdgeRows edge;
  quint64 serial = 0;  ///< counts answers: what is described belongs to one
  QString problem;     ///< why there is no result; or empty
};

/// A row with what the wall shows of it.
struct DescribedRow {
  uint64_t row = 0;
  RowVerdict verdict = verdict_kept;
  double value = 0;  ///< of the rule in focus; NaN when it has none
  int width = 0;     ///< px; 0: not known
  int height = 0;
  QString caption;
  QString url;
  QString key;
};

/// Opens one source after another, and answers questions about the open one. The newest request wins: one that was not begun when the next
/// comes is never reckoned. Signals arrive in the window's thread.
class CurationWorker : public QObject {
  Q_OBJECT

 public:
  explicit CurationWorker(QObject* parent = nullptr);
  ~CurationWorker() override;

  /// source     without a folder: none
  /// cacheRoot  where column caches lie
  void open(const SourceRecord& source, const std::filesystem::path& cacheRoot);
  void close();
  void ask(const CurationRequest& request);
  /// Verdicts by the rules that were asked for last. Newest first; old questions are dropped.
  void describe(std::vector<uint64_t> rows);
  /// Everything that the file has about one row.
  void fetchRow(uint64_t row);
  const PictureShelf& pictures() const { return *m_shelf; }
  /// For work that may outlive the worker.
  std::shared_ptr<const PictureShelf> sharedPictures() const { return m_shelf; }
  /// Nothing is open, asked or on its way.
  bool idle() const;

 signals:
  /// In the order of the calls of open(); `store` may be asked from any thread.
  void opened(std::shared_ptr<const darkroom::ColumnStore> store);
  void openFailed(const QString& reason);
  void progressed(const QString& stage, double done, double total);
  void answered(std::shared_ptr<const darkroom::app::CurationAnswer> answer);
  void described(quint64 serial, QList<darkroom::app::DescribedRow> rows);
  void rowFetched(quint64 row, QStringList names, QStringList values);

 private:
  struct Opening {
    SourceRecord source;
    std::filesystem::path cacheRoot;
  };
  void work();
  void openNow(const Opening& opening);
  void answerNow(const CurationRequest& request);
  void describeNow(std::vector<uint64_t> rows);
  void scanPending();
  /// Beside the thread of the answers, at most two at once; the highest priority first.
  void startInPool(std::function<void()> work, int priority = 0);
  template <typename Deliver>
  void post(Deliver&& deliver);

  mutable std::mutex m_mutex;
  std::condition_variable m_changed;
  bool m_stop = false;
  bool m_busy = false;
  int m_inPool = 0;  ///< jobs that have not delivered
  std::optional<Opening> m_opening;
  std::optional<CurationRequest> m_request;
  std::deque<std::vector<uint64_t>> m_questions;
  std::deque<TextVerdicts> m_verdicts;
  CancelToken m_cancel;  ///< of what is being opened
  int m_generation = 0;  ///< of the open source
  std::shared_ptr<PictureShelf> m_shelf = std::make_shared<PictureShelf>();
  std::shared_ptr<const ColumnStore> m_shared;  ///< what is open, for other threads

  // Of the thread.
  std::shared_ptr<const ColumnStore> m_store;
  std::unique_ptr<Crossfilter> m_crossfilter;
  CurationRequest m_answering;
  quint64 m_serial = 0;
  std::vector<ColumnRule> m_scanning;

  QThreadPool m_pool;
  std::thread m_thread;
};

}  // namespace darkroom::app
