// SPDX-License-Identifier: Apache-2.0
// DiffusionDB keeps a part's prompts inside its zip, JourneyDB keeps them all in one file of lines: of that only the lines of an archive's
// own folder are held while it is read.
#include <algorithm>
#include <unordered_map>

#include "core/base/format.h"
#include "core/base/mapped_file.h"
#include "core/source/archive_stream.h"
#include "core/source/picture_source.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t most_picture_bytes = uint64_t{64} << 20;
constexpr uint64_t most_prompts_bytes = uint64_t{256} << 20;
constexpr uint64_t most_line_bytes = uint64_t{16} << 20;

std::vector<fs::path> files_below(const fs::path& folder, const std::function<bool(const std::string& name)>& wanted) {
  if (!fs::is_directory(folder)) {
    fail(ErrorCode::not_found, "{}: there is no such folder", folder.string());
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && wanted(entry.path().filename().string())) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

class DiffusionDbSource : public PictureSource {
 public:
  explicit DiffusionDbSource(const fs::path& folder)
      : archives_(files_below(folder, [](const std::string& name) { return name.starts_with("part-") && name.ends_with(".zip"); })) {
    if (archives_.empty()) {
      fail(ErrorCode::not_found, "{}: there is no part-*.zip of DiffusionDB in this folder", folder.string());
    }
    for (const fs::path& archive : archives_) {
      parts_.push_back({.name = "diffusiondb-" + archive.stem().string(), .identity = source_file_identity(archive), .pictures = 0});
    }
  }

  const std::vector<SourcePart>& parts() const override { return parts_; }

  void read(size_t part, const std::function<bool(SourcePicture&&)>& take) const override {
    const fs::path& archive = archives_.at(part);
    const Json prompts = prompts_of(archive);
    for_each_archive_entry(archive, [&](ArchiveEntry& entry) {
      if (!is_picture_name(entry.name())) {
        return true;
      }
      const std::string name = fs::path(entry.name()).filename().string();
      SourcePicture picture{
          .key = entry.name(), .bytes = entry.read(most_picture_bytes), .caption = {}, .facts = Json::object(), .box = {}};
      if (prompts.contains(name)) {
        const Json& made = prompts[name];
        picture.caption = text_of(made, "p");
        for (const auto& [ours, theirs] : {std::pair{"seed", "se"}, {"cfg", "c"}, {"steps", "st"}, {"sampler", "sa"}}) {
          if (made.is_object() && made.contains(theirs)) {
            picture.facts[ours] = made[theirs];
          }
        }
      }
      return take(std::move(picture));
    });
  }

 private:
  static Json prompts_of(const fs::path& archive) {
    Json prompts;
    for_each_archive_entry(archive, [&](ArchiveEntry& entry) {
      if (!entry.name().ends_with(".json")) {
        return true;
      }
      prompts = Json::parse(entry.read(most_prompts_bytes), nullptr, false);
      return false;
    });
    if (!prompts.is_object()) {
      fail(ErrorCode::bad_input, "{}: has no part-*.json with the prompts of its pictures", archive.string());
    }
    return prompts;
  }

  std::vector<fs::path> archives_;
  std::vector<SourcePart> parts_;
};

class JourneyDbSource : public PictureSource {
 public:
  JourneyDbSource(const fs::path& folder, CaptionOptions choice) : choice_(std::move(choice)) {
    archives_ = files_below(folder, [](const std::string& name) {
      return name.ends_with(".tgz") && !name.ends_with(".jsonl.tgz") && std::isdigit(static_cast<unsigned char>(name.front())) != 0;
    });
    annotations_ = files_below(folder, [](const std::string& name) {
      return name.find("anno") != std::string::npos && name.find("repath") != std::string::npos &&
             (name.ends_with(".jsonl") || name.ends_with(".jsonl.tgz"));
    });
    if (archives_.empty() || annotations_.empty()) {
      fail(ErrorCode::not_found,
           "{}: JourneyDB needs its archives (000.tgz …) and a *_anno*_repath.jsonl or .jsonl.tgz here; found {} and {}", folder.string(),
           archives_.size(), annotations_.size());
    }
    std::string annotated;
    for (const fs::path& file : annotations_) {
      annotated += " " + source_file_identity(file);
    }
    for (const fs::path& archive : archives_) {
      parts_.push_back({.name = "journeydb-" + archive.stem().string(),
                        .identity = source_file_identity(archive) + annotated + " " + choice_.kind,
                        .pictures = 0});
    }
  }

  const std::vector<SourcePart>& parts() const override { return parts_; }

  void read(size_t part, const std::function<bool(SourcePicture&&)>& take) const override {
    const fs::path& archive = archives_.at(part);
    const std::unordered_map<std::string, std::string> captions = captions_of(archive.stem().string());
    for_each_archive_entry(archive, [&](ArchiveEntry& entry) {
      if (!is_picture_name(entry.name())) {
        return true;
      }
      const fs::path path(entry.name());
      const std::string key = path.parent_path().filename().string() + "/" + path.filename().string();
      const auto caption = captions.find(key);
      return take({.key = key,
                   .bytes = entry.read(most_picture_bytes),
                   .caption = caption == captions.end() ? std::string() : caption->second,
                   .facts = Json::object(),
                   .box = {}});
    });
  }

 private:
  // "000/name.jpg" -> caption, of the lines about one archive's folder.
  std::unordered_map<std::string, std::string> captions_of(const std::string& folder) const {
    std::unordered_map<std::string, std::string> captions;
    const std::string mark = "/" + folder + "/";
    const auto line = [&](std::string_view text) {
      if (text.find(mark) == std::string_view::npos) {
        return;  // cheaper than parsing what is about another archive
      }
      const Json row = Json::parse(text, nullptr, false);
      const fs::path path(text_of(row, "img_path"));
      if (path.parent_path().filename() != folder) {
        return;
      }
      const std::string caption =
          choice_.kind == "caption" && row.contains("Task2") ? text_of(row["Task2"], "Caption") : text_of(row, "prompt");
      captions[folder + "/" + path.filename().string()] = caption;
    };
    for (const fs::path& file : annotations_) {
      if (file.extension() == ".jsonl") {
        const MappedFile mapped(file);
        for_each_line({reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size()}, line);
      } else {
        for_each_archive_entry(file, [&](ArchiveEntry& entry) {
          entry.read_lines(most_line_bytes, line);
          return true;
        });
      }
    }
    return captions;
  }

  template <typename Line>
  static void for_each_line(std::string_view text, Line&& line) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      line(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  CaptionOptions choice_;
  std::vector<fs::path> archives_;
  std::vector<fs::path> annotations_;
  std::vector<SourcePart> parts_;
};

}  // namespace

std::unique_ptr<PictureSource> open_diffusiondb_source(const fs::path& folder) { return std::make_unique<DiffusionDbSource>(folder); }

std::unique_ptr<PictureSource> open_journeydb_source(const fs::path& folder, const CaptionOptions& choice) {
  return std::make_unique<JourneyDbSource>(folder, choice);
}

}  // namespace darkroom
