// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/image_store.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QPointer>
#include <optional>

#include "app/viewmodels/found_pictures.h"
#include "app/viewmodels/png_settings.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace darkroom::app {
namespace {

QDate dayOf(double seconds) { return QDateTime::fromSecsSinceEpoch(static_cast<qint64>(seconds)).date(); }

/// A name that sorts by time and tells the seed: images/2026-11-24/094512_007_42.png.
std::filesystem::path newFile(const Workspace& workspace, const ImageRow& row) {
  const QDateTime time = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(row.created * 1000));
  const std::filesystem::path folder = workspace.images() / time.toString("yyyy-MM-dd").toStdString();
  std::filesystem::create_directories(folder);
  const std::string stem = time.toString("HHmmss_zzz").toStdString() + "_" + std::to_string(row.seed);
  std::filesystem::path file = folder / (stem + ".png");
  for (int again = 2; std::filesystem::exists(file); ++again) {
    file = folder / (stem + "_" + std::to_string(again) + ".png");
  }
  return file;
}

template <typename Answer>
void deliver(const QPointer<QObject>& context, std::function<void(const Answer&)> answer, Answer value) {
  QMetaObject::invokeMethod(
      QCoreApplication::instance(),
      [context, answer = std::move(answer), value = std::move(value)] {
        if (context) {
          answer(value);
        }
      },
      Qt::QueuedConnection);
}

}  // namespace

/// What the thread owns.
struct ImageStore::State {
  std::optional<Database> database;
  std::string error;

  ImageTable table() {
    if (!database) {
      throw Error(ErrorCode::io, error);
    }
    return ImageTable(*database);
  }
};

/// Files that are still to be looked at.
struct ImageStore::Search {
  std::vector<std::filesystem::path> files;
  size_t next = 0;
  QPointer<QObject> context;
  std::function<void(int)> answer;
};

ImageStore::ImageStore(const Workspace& workspace, QObject* parent)
    : QObject(parent), m_workspace(workspace), m_thread([this] { work(); }) {}

ImageStore::~ImageStore() {
  purge(0);
  {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

void ImageStore::post(std::function<void(State&)> work) {
  {
    const std::lock_guard lock(m_mutex);
    m_queue.push_back(std::move(work));
  }
  m_changed.notify_all();
}

void ImageStore::work() {
  State state;
  try {
    state.database.emplace(m_workspace.index_file());
  } catch (const std::exception& error) {
    state.error = error.what();
  }
  std::unique_lock lock(m_mutex);
  while (true) {
    m_changed.wait(lock, [this] { return m_stop || !m_queue.empty(); });
    if (m_queue.empty()) {
      return;
    }
    const std::function<void(State&)> next = std::move(m_queue.front());
    m_queue.pop_front();
    lock.unlock();
    try {
      next(state);
    } catch (const std::exception& error) {
      emit failed(QString::fromUtf8(error.what()));
    }
    lock.lock();
  }
}

void ImageStore::remember(const ImageRow& row) {
  const QString path = QString::fromStdString(m_workspace.absolute_path(row.path).string());
  const std::lock_guard lock(m_mutex);
  m_paths[row.id] = path;
}

QString ImageStore::pathOf(qlonglong id) const {
  const std::lock_guard lock(m_mutex);
  const auto found = m_paths.find(id);
  return found == m_paths.end() ? QString() : found->second;
}

void ImageStore::list(const ImageQuery& query, QObject* context, std::function<void(const Page&)> answer) {
  post([this, query, context = QPointer<QObject>(context), answer = std::move(answer)](State& state) {
    Page page;
    try {
      ImageTable table = state.table();
      page.rows = table.list(query);
      page.total = table.count();
      page.matching = table.count(query);
      page.models = table.models();
      for (const ImageRow& row : page.rows) {
        remember(row);
        const QDate day = dayOf(row.created);
        const std::string key = day.toString(Qt::ISODate).toStdString();
        if (!page.days.contains(key)) {
          ImageQuery of_day = query;
          of_day.created_from = static_cast<double>(day.startOfDay().toSecsSinceEpoch());
          of_day.created_to = static_cast<double>(day.addDays(1).startOfDay().toSecsSinceEpoch());
          page.days[key] = table.count(of_day);
        }
      }
    } catch (const std::exception& error) {
      page.error = error.what();
    }
    deliver(context, answer, std::move(page));
  });
}

void ImageStore::add(std::string png, ImageRow row, QObject* context, std::function<void(const Added&)> answer) {
  post([this, png = std::move(png), row = std::move(row), context = QPointer<QObject>(context),
        answer = std::move(answer)](State& state) mutable {
    Added added{std::move(row), {}};
    try {
      added.row.created = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000.0;
      const std::filesystem::path file = newFile(m_workspace, added.row);
      write_file_atomically(file, png);
      added.row.path = m_workspace.stored_path(file);
      added.row.id = state.table().put(added.row);
      remember(added.row);
    } catch (const std::exception& error) {
      added.error = error.what();
    }
    deliver(context, answer, std::move(added));
  });
}

void ImageStore::readSettings(const QString& file, QObject* context, std::function<void(const Settings&)> answer) {
  post([file, context = QPointer<QObject>(context), answer = std::move(answer)](State&) {
    Settings settings;
    try {
      settings.options = settingsOfPng(file.toStdString());
    } catch (const std::exception& error) {
      settings.error = error.what();
    }
    deliver(context, answer, std::move(settings));
  });
}

void ImageStore::lookForPictures(QObject* context, std::function<void(int)> answer) {
  post([this, context = QPointer<QObject>(context), answer = std::move(answer)](State& state) mutable {
    if (state.database) {  // else every answer says so
      addFound(state, std::make_shared<Search>(Search{unknownPictures(m_workspace, state.table()), 0, context, std::move(answer)}));
    }
  });
}

void ImageStore::addFound(State& state, const std::shared_ptr<Search>& search) {
  constexpr size_t lot = 100;
  ImageTable table = state.table();
  int added = 0;
  const size_t end = std::min(search->next + lot, search->files.size());
  for (; search->next < end; ++search->next) {
    const std::optional<ImageRow> row = rowOfPicture(m_workspace, search->files[search->next]);
    if (row && !table.find_path(row->path)) {
      table.put(*row);
      ++added;
    }
  }
  if (added > 0) {
    deliver<int>(search->context, search->answer, added);
  }
  const std::lock_guard lock(m_mutex);
  if (search->next < search->files.size() && !m_stop) {
    m_queue.emplace_back([this, search](State& again) { addFound(again, search); });
  }
}

void ImageStore::setRating(int64_t id, int rating) {
  post([id, rating](State& state) { state.table().set_rating(id, rating); });
}

void ImageStore::copyTo(const QString& picture, const QString& target) {
  post([picture, target](State&) { write_file_atomically(target.toStdString(), read_file(picture.toStdString())); });
}

void ImageStore::setDeleted(int64_t id, bool deleted) {
  post([id, deleted](State& state) { state.table().set_deleted(id, deleted); });
}

void ImageStore::purge(int64_t kept) {
  post([this, kept](State& state) {
    if (!state.database) {
      return;
    }
    ImageTable table = state.table();
    ImageQuery bin;
    bin.deleted = true;
    bin.limit = 10000;
    for (const ImageRow& row : table.list(bin)) {
      if (row.id == kept) {
        continue;
      }
      std::error_code ignored;
      std::filesystem::remove(m_workspace.absolute_path(row.path), ignored);
      table.remove(row.id);
    }
  });
}

}  // namespace darkroom::app
