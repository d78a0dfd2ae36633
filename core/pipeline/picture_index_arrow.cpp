// SPDX-License-Identifier: Apache-2.0
// Rows are written as they come: memory holds one row group. Of a picture only the header is read; sources hand over whole files.
#include <arrow/api.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <map>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/durable_stream.h"
#include "core/dataset/tar_source.h"
#include "core/image/image_decode.h"
#include "core/pipeline/build_shards.h"
#include "core/pipeline/picture_index.h"
#include "core/pipeline/sample_text.h"
#include "core/source/archive_stream.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t rows_per_picture_group = 20'000;
constexpr uint64_t most_picture_bytes = uint64_t{64} << 20;
constexpr uint64_t header_bytes = uint64_t{256} << 10;

struct IndexRow {
  std::string key;
  std::string caption;
  int32_t width = 0;  // 0: not known
  int32_t height = 0;
  std::string crop;  // "x,y,side" of the square that `data shards` cuts out, px
  PicturePlace place;
};

class IndexWriter {
 public:
  explicit IndexWriter(fs::path file) : file_(std::move(file)), partial_(file_) {
    partial_ += ".partial";
    stream_ = std::make_shared<DurableStream>(partial_);
    const auto properties = parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), stream_, properties);
    check_output(writer.status(), partial_);
    writer_ = std::move(writer).ValueUnsafe();
  }

  void add(const IndexRow& row) {
    check_output(key_.Append(row.key), partial_);
    check_output(caption_.Append(row.caption), partial_);
    check_output(row.width > 0 ? width_.Append(row.width) : width_.AppendNull(), partial_);
    check_output(row.height > 0 ? height_.Append(row.height) : height_.AppendNull(), partial_);
    check_output(bytes_.Append(static_cast<int64_t>(row.place.bytes)), partial_);
    check_output(picture_file_.Append(row.place.file.string()), partial_);
    check_output(member_.Append(row.place.member), partial_);
    check_output(offset_.Append(static_cast<int64_t>(row.place.offset)), partial_);
    check_output(crop_.Append(row.crop), partial_);
    if (key_.length() >= rows_per_picture_group) {
      flush();
    }
  }

  void finish() {
    flush();
    check_output(writer_->Close(), partial_);
    check_output(stream_->Close(), partial_);
    rename_durably(partial_, file_);
  }

 private:
  void flush() {
    const int64_t rows = key_.length();
    if (rows == 0) {
      return;
    }
    arrow::ArrayVector columns(9);
    arrow::ArrayBuilder* builders[] = {&key_, &caption_, &width_, &height_, &bytes_, &picture_file_, &member_, &offset_, &crop_};
    for (size_t i = 0; i < columns.size(); ++i) {
      check_output(builders[i]->Finish(&columns[i]), partial_);
    }
    check_output(writer_->WriteTable(*arrow::Table::Make(schema_, columns, rows), rows_per_picture_group), partial_);
  }

  fs::path file_;
  fs::path partial_;
  std::shared_ptr<arrow::Schema> schema_ =
      arrow::schema({arrow::field("key", arrow::utf8()), arrow::field("caption", arrow::utf8()), arrow::field("width", arrow::int32()),
                     arrow::field("height", arrow::int32()), arrow::field("bytes", arrow::int64()), arrow::field("file", arrow::utf8()),
                     arrow::field("member", arrow::utf8()), arrow::field("offset", arrow::int64()), arrow::field("crop", arrow::utf8())});
  std::shared_ptr<DurableStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  arrow::StringBuilder key_, caption_, picture_file_, member_, crop_;
  arrow::Int32Builder width_, height_;
  arrow::Int64Builder bytes_, offset_;
};

// False when the header cannot be read.
bool take_size(std::string_view bytes, const std::string& where, IndexRow& row) {
  try {
    const ImageInfo info = read_image_info(std::as_bytes(std::span(bytes.data(), bytes.size())), where);
    row.width = info.shown_width();
    row.height = info.shown_height();
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Archives below a folder by the end of their pieces' names: "diffusiondb-part-000001" -> part-000001.zip.
std::map<std::string, fs::path> archives_below(const fs::path& folder) {
  std::map<std::string, fs::path> archives;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().extension().string();
    if (entry.is_regular_file() && (name == ".zip" || name == ".tgz")) {
      archives.emplace(entry.path().stem().string(), entry.path());
    }
  }
  return archives;
}

}  // namespace

std::string read_picture(const PicturePlace& place) {
  if (!place.member.empty()) {
    std::string bytes;
    bool found = false;
    for_each_archive_entry(place.file, [&](ArchiveEntry& entry) {
      found = entry.name() == place.member || entry.name().ends_with("/" + place.member);
      if (found) {
        bytes = entry.read(most_picture_bytes);
      }
      return !found;
    });
    if (!found) {
      fail(ErrorCode::not_found, "{}: holds no {}", place.file.string(), place.member);
    }
    return bytes;
  }
  const TarFile file(place.file);
  const uint64_t wanted = place.bytes > 0 ? place.bytes : file.size() - std::min(file.size(), place.offset);
  if (wanted > most_picture_bytes || place.offset + wanted > file.size()) {
    fail(ErrorCode::bad_input, "{}: no picture of {} bytes lies at {}; the file has {} bytes", place.file.string(), wanted, place.offset,
         file.size());
  }
  return file.read(TarField{.name = {}, .offset = place.offset, .size = wanted});
}

PictureIndexSummary index_tars(std::span<const fs::path> tars, const fs::path& index, const ProgressSink& sink, const CancelToken& cancel) {
  PictureIndexSummary summary;
  IndexWriter writer(index);
  ProgressMeter meter(sink, "list pictures", std::nullopt, "images");
  for (const fs::path& path : tars) {
    const TarSource tar(path);
    summary.left_out += tar.rejects().size();
    for (const TarSample& sample : tar.samples()) {
      cancel.check();
      const TarField* image = sample.image();
      if (image == nullptr) {
        ++summary.left_out;
        continue;
      }
      // As rows are named from tokenising on: what is dropped here can be dropped there.
      IndexRow row{.key = path.filename().string() + "::" + sample.key,
                   .caption = {},
                   .crop = {},
                   .place = {fs::absolute(path), {}, image->offset, image->size}};
      TarField head = *image;
      head.size = std::min(head.size, header_bytes);
      // A header may lie behind a long profile: then the whole picture is looked at.
      if (!take_size(tar.read(head), sample.key, row) && (head.size == image->size || !take_size(tar.read(*image), sample.key, row))) {
        ++summary.left_out;
        continue;
      }
      row.caption = read_sample_text(tar, sample).caption;
      writer.add(row);
      meter.update(++summary.pictures);
    }
  }
  writer.finish();
  meter.finish();
  return summary;
}

PictureIndexSummary index_source(const PictureSource& source, const fs::path& folder, const fs::path& index, const ProgressSink& sink,
                                 const CancelToken& cancel) {
  PictureIndexSummary summary;
  IndexWriter writer(index);
  ProgressMeter meter(sink, "list pictures", std::nullopt, "images");
  const std::map<std::string, fs::path> archives = archives_below(folder);
  for (size_t part = 0; part < source.parts().size(); ++part) {
    const std::string& name = source.parts()[part].name;
    const auto archive = archives.find(name.substr(name.find('-') + 1));
    source.read(part, [&](SourcePicture&& picture) {
      cancel.check();
      IndexRow row{.key = picture.key, .caption = valid_utf8(std::string(trimmed(picture.caption))), .crop = {}, .place = {}};
      if (!take_size(picture.bytes, picture.key, row)) {
        ++summary.left_out;
        return true;
      }
      const Rectangle square = square_part(row.width, row.height, picture.box);
      row.crop = format("{},{},{}", square.x, square.y, square.width);
      row.place.bytes = picture.bytes.size();
      if (archive != archives.end()) {
        row.place.file = fs::absolute(archive->second);
        row.place.member = picture.key;
      } else {
        row.place.file = fs::absolute(folder / picture.key);
      }
      writer.add(row);
      meter.update(++summary.pictures);
      return true;
    });
  }
  writer.finish();
  meter.finish();
  return summary;
}

PictureIndexSummary index_dataset(const fs::path& dataset, const fs::path& index, const ProgressSink& sink, const CancelToken& cancel) {
  PictureIndexSummary summary;
  IndexWriter writer(index);
  ProgressMeter meter(sink, "list pictures", std::nullopt, "images");
  std::vector<fs::path> folders;
  for (const std::string& split : dataset_splits(dataset)) {
    folders.push_back(dataset / split);
  }
  if (folders.empty()) {
    folders.push_back(dataset);
  }
  for (const fs::path& folder : folders) {
    const ArrowDataset rows(folder);
    const char* key = rows.has("image_key") ? "image_key" : rows.has("key") ? "key" : nullptr;
    const char* caption = rows.has("caption") ? "caption" : rows.has("text") ? "text" : nullptr;
    const bool sizes = rows.has("width") && rows.has("height");
    for (uint64_t i = 0; i < rows.size(); ++i) {
      cancel.check();
      IndexRow row{.key = key != nullptr ? std::string(rows.text(key, i)) : format("{}/{}", folder.filename().string(), i),
                   .caption = caption != nullptr ? std::string(rows.text(caption, i)) : std::string(),
                   .crop = {},
                   .place = {}};
      if (sizes) {
        row.width = static_cast<int32_t>(rows.integer("width", i));
        row.height = static_cast<int32_t>(rows.integer("height", i));
      }
      writer.add(row);
      meter.update(++summary.pictures);
    }
  }
  writer.finish();
  meter.finish();
  return summary;
}

}  // namespace darkroom
