// SPDX-License-Identifier: GPL-3.0-or-later
// The workspace's pictures: files and index, worked on beside the GUI thread.
#pragma once

#include <QObject>
#include <QString>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "core/plan/generate_options.h"
#include "core/store/image_table.h"
#include "core/store/workspace.h"

namespace darkroom::app {

/// One thread with one database connection does everything in the order of the calls; answers come to the GUI thread's event loop.
/// An answer is dropped when its `context` object is gone by then.
class ImageStore : public QObject {
  Q_OBJECT

 public:
  /// `workspace` must outlive it. Opening (and rebuilding) the index happens in the thread: a failure shows in every answer.
  explicit ImageStore(const Workspace& workspace, QObject* parent = nullptr);
  /// Finishes what was asked for, then removes the files of deleted pictures.
  ~ImageStore() override;

  struct Page {
    std::vector<ImageRow> rows;
    int64_t total = 0;                    ///< pictures in the workspace
    int64_t matching = 0;                 ///< that pass the filter
    std::map<std::string, int64_t> days;  ///< "2026-11-24" (local): matching pictures, of the days on this page
    std::vector<std::string> models;
    std::string error;  ///< a sentence; empty: all is well
  };
  void list(const ImageQuery& query, QObject* context, std::function<void(const Page&)> answer);

  struct Added {
    ImageRow row;  ///< with id and path
    std::string error;
  };
  /// Writes `png` as a new file of images/ and adds its row; path, id and created are filled in.
  void add(std::string png, ImageRow row, QObject* context, std::function<void(const Added&)> answer);

  struct Settings {
    GenerateOptions options;
    std::string error;  ///< a sentence; empty: `options` are good
  };
  /// What a PNG (ours, or with A1111's text) says about how it was made.
  void readSettings(const QString& file, QObject* context, std::function<void(const Settings&)> answer);

  /// Looks below images/ for pictures that the index does not know, and adds them a hundred at a time, between other work. `answer` is
  /// called with the number of each lot that added something.
  void lookForPictures(QObject* context, std::function<void(int)> answer);

  void setRating(int64_t id, int rating);
  void setDeleted(int64_t id, bool deleted);
  /// Deleted pictures except `kept` go for good: row and file.
  void purge(int64_t kept);

  /// Copies a picture to a place outside the gallery.
  void copyTo(const QString& picture, const QString& target);
  /// Where masks are kept; made when the first one comes.
  QString maskFolder() const { return QString::fromStdString(m_workspace.masks().string()); }

  /// Absolute path of a picture that some answer has named; empty otherwise. Any thread: for the thumbnails.
  QString pathOf(qlonglong id) const;

 signals:
  /// Something that has no answer of its own went wrong: a sentence.
  void failed(const QString& text);

 private:
  struct State;
  struct Search;
  void post(std::function<void(State&)> work);
  void addFound(State& state, const std::shared_ptr<Search>& search);
  void work();
  void remember(const ImageRow& row);

  const Workspace& m_workspace;
  mutable std::mutex m_mutex;
  std::condition_variable m_changed;
  std::deque<std::function<void(State&)>> m_queue;
  std::unordered_map<int64_t, QString> m_paths;
  bool m_stop = false;
  std::thread m_thread;
};

}  // namespace darkroom::app
