// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/source_record.h"

#include <QCoreApplication>
#include <QObject>
#include <algorithm>
#include <array>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/pipeline/filter_metadata.h"
#include "core/pipeline/picture_index.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kPerPart = 10'000;

struct SourceWords {
  SourceKind kind;
  const char* key;
  const char* name;
};
constexpr std::array kKinds{SourceWords{SourceKind::parquet, "parquet", QT_TRANSLATE_NOOP("SourceKind", "parquet metadata")},
                            SourceWords{SourceKind::tars, "tars", QT_TRANSLATE_NOOP("SourceKind", "tar shards")},
                            SourceWords{SourceKind::folder, "folder", QT_TRANSLATE_NOOP("SourceKind", "folder of pictures")},
                            SourceWords{SourceKind::arrow, "arrow", QT_TRANSLATE_NOOP("SourceKind", "Arrow dataset")},
                            SourceWords{SourceKind::coco, "coco", "COCO"},
                            SourceWords{SourceKind::vggface2, "vggface2", "VGGFace2"},
                            SourceWords{SourceKind::diffusiondb, "diffusiondb", "DiffusionDB"},
                            SourceWords{SourceKind::journeydb, "journeydb", "JourneyDB"}};

const SourceWords& wordsOf(SourceKind kind) { return kKinds.at(static_cast<size_t>(kind)); }

std::string lowerExtension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

/// How many files of each kind lie below a folder; enough is seen after some thousands.
std::map<std::string, int> extensionsBelow(const fs::path& folder) {
  constexpr int most = 5000;
  std::map<std::string, int> counts;
  int seen = 0;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied), end; at != end && seen < most; ++at) {
    if (at->is_regular_file()) {
      ++counts[lowerExtension(at->path())];
      ++seen;
    }
  }
  return counts;
}

fs::path annotationBeside(const fs::path& folder, const std::string& prefix) {
  for (const fs::path& place : {folder, folder / "annotations", folder.parent_path() / "annotations"}) {
    std::error_code problem;
    for (const fs::directory_entry& entry : fs::directory_iterator(place, problem)) {
      if (entry.path().extension() == ".json" && entry.path().filename().string().starts_with(prefix)) {
        return entry.path();
      }
    }
  }
  return {};
}

/// A COCO folder holds its pictures in a folder of their own, as a rule the one that its annotations name: captions_val2017.json, val2017/.
fs::path cocoPictures(const fs::path& folder, const fs::path& annotation) {
  const std::string stem = annotation.stem().string();
  fs::path named = folder / stem.substr(stem.find('_') + 1);
  if (fs::is_directory(named)) {
    return named;
  }
  return fs::is_directory(folder / "images") ? folder / "images" : folder;
}

SourceKind folderKind(const fs::path& folder, SourceRecord& source) {
  if (fs::exists(folder / "dataset.json") || fs::exists(folder / "state.json") || fs::exists(folder / "dataset_dict.json")) {
    return SourceKind::arrow;
  }
  if (fs::exists(folder / "identity_meta.csv")) {
    return SourceKind::vggface2;
  }
  source.captions = annotationBeside(folder, "captions_");
  source.instances = annotationBeside(folder, "instances_");
  std::map<std::string, int> counts = extensionsBelow(folder);
  const int pictures = counts[".jpg"] + counts[".jpeg"] + counts[".png"] + counts[".webp"];
  if ((!source.captions.empty() || !source.instances.empty()) && pictures > 0) {
    source.inputs = {cocoPictures(folder, source.captions.empty() ? source.instances : source.captions)};
    return SourceKind::coco;
  }
  if (counts[".zip"] > 0) {
    return SourceKind::diffusiondb;
  }
  if (counts[".tgz"] > 0) {
    return SourceKind::journeydb;
  }
  if (counts[".parquet"] > 0) {
    return SourceKind::parquet;
  }
  if (counts[".tar"] > 0) {
    return SourceKind::tars;
  }
  if (pictures > 0) {
    return SourceKind::folder;
  }
  throw Error(ErrorCode::bad_input, QObject::tr("%1 holds no parquet file, tar, Arrow dataset or picture that could be a source.")
                                        .arg(QString::fromStdString(folder.string()))
                                        .toStdString());
}

std::string identityOf(const std::vector<fs::path>& files) {
  std::string identity;
  for (const fs::path& file : files) {
    identity += file.string() + ' ' + source_file_identity(file) + '\n';
  }
  return identity;
}

}  // namespace

QString sourceKindKey(SourceKind kind) { return QString::fromLatin1(wordsOf(kind).key); }

QString sourceKindName(SourceKind kind) { return QCoreApplication::translate("SourceKind", wordsOf(kind).name); }

SourceRecord detectSource(const std::vector<fs::path>& dropped) {
  SourceRecord source;
  if (dropped.empty()) {
    throw Error(ErrorCode::bad_input, QObject::tr("Nothing was dropped.").toStdString());
  }
  for (const fs::path& path : dropped) {
    if (!fs::exists(path)) {
      throw Error(ErrorCode::not_found, QObject::tr("%1 is not there.").arg(QString::fromStdString(path.string())).toStdString());
    }
    source.inputs.push_back(fs::absolute(path).lexically_normal());
  }
  const fs::path first = source.inputs.front();
  source.title = QString::fromStdString(first.filename().empty() ? first.parent_path().filename().string() : first.stem().string());
  if (fs::is_directory(first)) {
    source.title = QString::fromStdString((first.filename().empty() ? first.parent_path() : first).filename().string());
    source.kind = folderKind(first, source);
    return source;
  }
  const std::string extension = lowerExtension(first);
  if (extension == ".parquet" || extension == ".tar") {
    source.kind = extension == ".tar" ? SourceKind::tars : SourceKind::parquet;
    return source;
  }
  if (extension == ".arrow" || extension == ".zip" || extension == ".tgz" || is_picture_name(first)) {
    source.inputs = {first.parent_path()};
    source.title = QString::fromStdString(first.parent_path().filename().string());
    source.kind = folderKind(first.parent_path(), source);
    return source;
  }
  throw Error(ErrorCode::bad_input, QObject::tr("%1 is no source: drop a folder, a tar, a parquet file or an Arrow dataset.")
                                        .arg(QString::fromStdString(first.string()))
                                        .toStdString());
}

SourceRecord readSource(const fs::path& folder) {
  const Json json = read_json_file(folder / "source.json");
  SourceRecord source;
  source.folder = folder;
  source.name = QString::fromStdString(folder.filename().string());
  const std::string key = json.value("kind", "");
  const auto* const found = std::find_if(kKinds.begin(), kKinds.end(), [&](const SourceWords& words) { return key == words.key; });
  if (found == kKinds.end()) {
    throw Error(ErrorCode::bad_input, (folder / "source.json").string() + ": kind is \"" + key + "\", which is no kind of source");
  }
  source.kind = found->kind;
  source.title = QString::fromStdString(json.value("title", folder.filename().string()));
  for (const Json& input : json.value("inputs", Json::array())) {
    if (input.is_string()) {
      source.inputs.emplace_back(input.get<std::string>());
    }
  }
  source.repository = json.value("repository", "");
  source.imageSize = json.value("image_size", source.imageSize);
  source.model = QString::fromStdString(json.value("model", source.model.toStdString()));
  source.devices = QString::fromStdString(json.value("devices", source.devices.toStdString()));
  source.networks = QString::fromStdString(json.value("networks", ""));
  source.captions = json.value("captions", "");
  source.instances = json.value("instances", "");
  return source;
}

void writeSource(const SourceRecord& source) {
  Json inputs = Json::array();
  for (const fs::path& input : source.inputs) {
    inputs.push_back(input.string());
  }
  Json json{
      {"darkroom_source", 1},           {"kind", wordsOf(source.kind).key},    {"title", source.title.toStdString()},    {"inputs", inputs},
      {"image_size", source.imageSize}, {"model", source.model.toStdString()}, {"devices", source.devices.toStdString()}};
  if (!source.repository.empty()) {
    json["repository"] = source.repository;
  }
  if (!source.networks.isEmpty()) {
    json["networks"] = source.networks.toStdString();
  }
  if (source.kind == SourceKind::coco) {
    json["captions"] = source.captions.string();
    json["instances"] = source.instances.string();
  }
  fs::create_directories(source.folder);
  write_file_atomically(source.folder / "source.json", json.dump(2) + "\n");
}

std::vector<SourceRecord> listSources(const fs::path& datasets) {
  std::vector<SourceRecord> sources;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(datasets, problem)) {
    if (fs::exists(entry.path() / "source.json")) {
      try {
        sources.push_back(readSource(entry.path()));
      } catch (const std::exception&) {
        continue;  // a damaged card must not take the page away; its folder stays as it is
      }
    } else if (fs::exists(entry.path() / "dataset.json")) {
      const QString name = QString::fromStdString(entry.path().filename().string());
      sources.push_back({.name = name,
                         .title = name,
                         .kind = SourceKind::arrow,
                         .inputs = {entry.path()},
                         .repository = {},
                         .captions = {},
                         .instances = {},
                         .folder = entry.path()});
    }
  }
  std::sort(sources.begin(), sources.end(), [](const SourceRecord& a, const SourceRecord& b) { return a.name < b.name; });
  return sources;
}

std::vector<fs::path> tarsIn(const std::vector<fs::path>& places) {
  std::vector<fs::path> tars;
  for (const fs::path& place : places) {
    std::error_code problem;
    if (!fs::is_directory(place, problem)) {
      tars.push_back(place);
      continue;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(place, problem)) {
      if (entry.is_regular_file() && lowerExtension(entry.path()) == ".tar") {
        tars.push_back(entry.path());
      }
    }
  }
  std::sort(tars.begin(), tars.end());
  return tars;
}

SourceSize measureSource(const SourceRecord& source) {
  SourceSize size;
  const auto add = [&size](const fs::directory_entry& entry) {
    std::error_code problem;
    const uint64_t bytes = entry.file_size(problem);
    if (!problem) {
      ++size.files;
      size.bytes += static_cast<double>(bytes);
    }
  };
  for (const fs::path& input : source.inputs) {
    std::error_code problem;
    if (!fs::is_directory(input, problem)) {
      add(fs::directory_entry(input, problem));
      continue;
    }
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(input, fs::directory_options::skip_permission_denied, problem)) {
      if (entry.is_regular_file() && (!source.metadata() || lowerExtension(entry.path()) == ".parquet")) {
        add(entry);
      }
    }
  }
  return size;
}

std::unique_ptr<PictureSource> openPictures(const SourceRecord& source) {
  const fs::path& folder = source.inputs.at(0);
  switch (source.kind) {
    case SourceKind::coco:
      return open_coco_source(folder, source.captions, source.instances, {}, {}, kPerPart);
    case SourceKind::vggface2:
      return open_vggface_source(folder, {}, {}, kPerPart);
    case SourceKind::diffusiondb:
      return open_diffusiondb_source(folder);
    case SourceKind::journeydb:
      return open_journeydb_source(folder, {});
    default:
      return open_folder_source(folder, kPerPart);
  }
}

std::vector<fs::path> metadataFiles(const SourceRecord& source, const ProgressSink& sink, const CancelToken& cancel) {
  if (source.metadata()) {
    return metadata_inputs(source.inputs);
  }
  const fs::path index = source.folder / "index.parquet";
  const fs::path note = source.folder / "index.json";
  const std::vector<fs::path> tars = source.kind == SourceKind::tars ? tarsIn(source.inputs) : std::vector<fs::path>();
  std::unique_ptr<PictureSource> pictures;
  std::string identity;
  if (source.kind == SourceKind::tars) {
    identity = identityOf(tars);
  } else if (source.kind == SourceKind::arrow) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source.inputs.at(0))) {
      if (entry.path().extension() == ".arrow") {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    identity = identityOf(files);
  } else {
    pictures = openPictures(source);
    for (const SourcePart& part : pictures->parts()) {
      identity += part.name + ' ' + part.identity + '\n';
    }
  }
  if (fs::exists(index) && fs::exists(note) && read_json_file(note).value("identity", "") == identity) {
    return {index};
  }
  fs::create_directories(source.folder);
  const PictureIndexSummary summary = source.kind == SourceKind::tars ? index_tars(tars, index, sink, cancel)
                                      : source.kind == SourceKind::arrow
                                          ? index_dataset(source.inputs.at(0), index, sink, cancel)
                                          : index_source(*pictures, source.inputs.at(0), index, sink, cancel);
  write_file_atomically(note, Json{{"identity", identity}, {"pictures", summary.pictures}, {"left_out", summary.left_out}}.dump() + "\n");
  return {index};
}

}  // namespace darkroom::app
