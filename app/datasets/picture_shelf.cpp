// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/picture_shelf.h"

#include <QUrl>
#include <algorithm>
#include <filesystem>

#include "app/datasets/stage_commands.h"
#include "core/base/error.h"
#include "core/image/image_decode.h"
#include "core/pipeline/metadata_file.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMade = 1500;               ///< small pictures that are kept
constexpr size_t kOpenTars = 16;             ///< indices of tars that are kept
constexpr uint64_t kDownloaded = 2'000'000;  ///< downloaded rows whose places are remembered
constexpr int kSmall = 512;                  ///< larger ones are not kept

QString valueOf(const RowValues& values, const char* name) {
  for (const auto& [column, value] : values) {
    if (QString::fromStdString(column).compare(QLatin1String(name), Qt::CaseInsensitive) == 0) {
      return QString::fromStdString(value);
    }
  }
  return {};
}

/// A file of this computer that a URL names; empty for others.
fs::path localFile(const std::string& url) {
  if (url.starts_with("file:")) {
    return QUrl(QString::fromStdString(url)).toLocalFile().toStdString();
  }
  return url.starts_with('/') ? fs::path(url) : fs::path();
}

/// longest  px, 0: as large as it is
QImage pictureOf(const std::string& bytes, const std::string& name, int longest) {
  Image image = decode_image(std::as_bytes(std::span(bytes.data(), bytes.size())), name);
  if (longest > 0) {
    image = thumbnail(image, longest);
  }
  return QImage(image.pixels.data(), image.width, image.height, static_cast<qsizetype>(image.row_bytes()), QImage::Format_RGB888)
      .convertToFormat(QImage::Format_RGB32);
}

}  // namespace

/// Of one source; what changes in it is under its own mutex.
struct PictureShelf::Shelf {
  SourceRecord source;
  std::shared_ptr<const ColumnStore> store;
  std::vector<fs::path> shards;                                                  ///< that `data download` made
  std::unordered_map<std::string, std::pair<uint32_t, std::string>> downloaded;  ///< URL -> shard, key
  bool hasPictures = false;
  mutable std::mutex mutex;
  mutable std::list<std::shared_ptr<const TarSource>> tars;

  std::shared_ptr<const TarSource> tar(const fs::path& path) const {
    const std::lock_guard lock(mutex);
    const auto found = std::find_if(tars.begin(), tars.end(), [&](const auto& one) { return one->path() == path; });
    if (found != tars.end()) {
      tars.splice(tars.begin(), tars, found);
      return tars.front();
    }
    tars.push_front(std::make_shared<const TarSource>(path));
    if (tars.size() > kOpenTars) {
      tars.pop_back();
    }
    return tars.front();
  }

  std::optional<std::string> fromTar(const fs::path& path, const std::string& key) const {
    if (key.empty() || !fs::exists(path)) {
      return std::nullopt;
    }
    const std::shared_ptr<const TarSource> source_tar = tar(path);
    for (const TarSample& sample : source_tar->samples()) {
      if (sample.key == key && sample.image() != nullptr) {
        return source_tar->read(*sample.image());
      }
    }
    return std::nullopt;
  }

  /// Whether a row may have a picture, for `hasPictures`: looks at files.
  bool lookForPictures() const {
    if (!source.metadata()) {
      return source.kind != SourceKind::arrow;
    }
    if (!downloaded.empty()) {
      return true;
    }
    if (store->rows() > 0 && store->find(MetadataColumn::url) != nullptr) {
      const uint64_t rows[] = {0};
      const MetadataColumn columns[] = {MetadataColumn::url};
      try {
        if (!localFile(store->fetch_texts(rows, columns).front().front().value_or("")).empty()) {
          return true;
        }
      } catch (const std::exception&) {
        return false;
      }
    }
    return std::any_of(store->files().begin(), store->files().end(),
                       [](const StoredFile& file) { return fs::exists(fs::path(file.path).replace_extension(".tar")); });
  }

  std::string bytes(uint64_t row) const {
    if (!source.metadata()) {
      const RowValues values = store->fetch_row(row);
      const std::string file = valueOf(values, "file").toStdString();
      if (!file.empty()) {
        return read_picture({.file = file,
                             .member = valueOf(values, "member").toStdString(),
                             .offset = valueOf(values, "offset").toULongLong(),
                             .bytes = valueOf(values, "bytes").toULongLong()});
      }
    } else {
      const MetadataColumn columns[] = {MetadataColumn::url, MetadataColumn::key};
      std::vector<MetadataColumn> there;
      std::copy_if(std::begin(columns), std::end(columns), std::back_inserter(there),
                   [this](MetadataColumn column) { return store->find(column) != nullptr; });
      const uint64_t rows[] = {row};
      const RowTexts texts = there.empty() ? RowTexts() : store->fetch_texts(rows, there).front();
      const auto text = [&](MetadataColumn column) {
        const auto at = std::find(there.begin(), there.end(), column);
        return at == there.end() ? std::string() : texts[static_cast<size_t>(at - there.begin())].value_or("");
      };
      const std::string url = text(MetadataColumn::url);
      if (const fs::path file = localFile(url); !file.empty()) {
        return read_picture({.file = file, .member = {}});
      }
      fs::path beside = store->files().at(store->place(row).file).path;
      if (const auto found = fromTar(beside.replace_extension(".tar"), text(MetadataColumn::key))) {
        return *found;
      }
      if (const auto place = downloaded.find(url); place != downloaded.end()) {
        if (const auto found = fromTar(shards[place->second.first], place->second.second)) {
          return *found;
        }
      }
    }
    throw Error(ErrorCode::not_found, "The picture is not on this computer.");
  }
};

void PictureShelf::open(const SourceRecord& source, std::shared_ptr<const ColumnStore> store) {
  auto shelf = std::make_shared<Shelf>();
  shelf->source = source;
  shelf->store = std::move(store);
  std::error_code problem;
  std::vector<fs::path> lists;
  for (const fs::directory_entry& entry : fs::directory_iterator(source.stageFolder("shards"), problem)) {
    if (source.metadata() && entry.path().extension() == ".parquet") {
      lists.push_back(entry.path());
    }
  }
  std::sort(lists.begin(), lists.end());
  for (const fs::path& list : lists) {
    const MetadataColumn wanted[] = {MetadataColumn::url, MetadataColumn::key};
    try {
      MetadataReader reader(list, wanted, MetadataRead::needed);
      shelf->shards.push_back(fs::path(list).replace_extension(".tar"));
      while (shelf->downloaded.size() < kDownloaded && reader.next()) {
        const FilterBatch& batch = reader.batch();
        for (uint64_t i = 0; i < batch.rows; ++i) {
          shelf->downloaded.emplace(
              std::string(batch.columns.at(MetadataColumn::url).texts[i]),
              std::pair(static_cast<uint32_t>(shelf->shards.size() - 1), std::string(batch.columns.at(MetadataColumn::key).texts[i])));
        }
      }
    } catch (const std::exception&) {
      continue;  // a shard that is being written: its pictures come with the next opening
    }
  }
  shelf->hasPictures = shelf->lookForPictures();
  const std::lock_guard lock(m_mutex);
  m_shelf = std::move(shelf);
  ++m_generation;
  m_made.clear();
  m_byName.clear();
}

void PictureShelf::close() {
  const std::lock_guard lock(m_mutex);
  m_shelf.reset();
  ++m_generation;
  m_made.clear();
  m_byName.clear();
}

int PictureShelf::generation() const {
  const std::lock_guard lock(m_mutex);
  return m_generation;
}

bool PictureShelf::hasPictures() const {
  const std::lock_guard lock(m_mutex);
  return m_shelf && m_shelf->hasPictures;
}

std::shared_ptr<const PictureShelf::Shelf> PictureShelf::shelf(int generation) const {
  const std::lock_guard lock(m_mutex);
  return generation == m_generation ? m_shelf : nullptr;
}

QImage PictureShelf::shardPicture(const QString& imageKey, int longest) const {
  const std::shared_ptr<const Shelf> from = shelf(generation());
  const QString file = imageKey.section(QStringLiteral("::"), 0, 0);
  const std::string key = imageKey.section(QStringLiteral("::"), 1).toStdString();
  for (const fs::path& shard : from ? shardFiles(from->source) : std::vector<fs::path>()) {
    if (shard.filename().string() == file.toStdString()) {
      if (const auto bytes = from->fromTar(shard, key)) {
        return pictureOf(*bytes, key, longest > 0 ? longest : kSmall);
      }
    }
  }
  throw Error(ErrorCode::not_found, "No shard holds this picture.");
}

QImage PictureShelf::picture(int generation, uint64_t row, int longest) const {
  const QString name = QStringLiteral("%1/%2/%3").arg(generation).arg(row).arg(longest);
  {
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_byName.find(name.toStdString()); found != m_byName.end()) {
      m_made.splice(m_made.begin(), m_made, found->second);
      return found->second->second;
    }
  }
  const std::shared_ptr<const Shelf> from = shelf(generation);
  if (!from) {
    throw Error(ErrorCode::not_found, "Another source is open.");
  }
  QImage made = pictureOf(from->bytes(row), "row " + std::to_string(row), longest);
  if (longest > 0 && longest <= kSmall) {
    const std::lock_guard lock(m_mutex);
    m_made.emplace_front(name, made);
    m_byName[name.toStdString()] = m_made.begin();
    if (m_made.size() > kMade) {
      m_byName.erase(m_made.back().first.toStdString());
      m_made.pop_back();
    }
  }
  return made;
}

}  // namespace darkroom::app
