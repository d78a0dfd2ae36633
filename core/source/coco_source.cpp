// SPDX-License-Identifier: Apache-2.0
// Annotation files have hundreds of megabytes, most of them outlines: they are parsed as a stream, and each entry is dropped when it was
// looked at.
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <unordered_map>

#include "core/base/format.h"
#include "core/source/file_pieces.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr std::array scene_templates{std::string_view("a photo of {}"), std::string_view("{}"), std::string_view("a picture with {}"),
                                     std::string_view("a scene with {}")};

struct CocoImage {
  std::string file_name;
  double width = 0;
  double height = 0;
};

struct CocoObject {
  int64_t category = 0;
  std::array<double, 4> box{};  // x, y, width, height
};

/// Calls `entry(list, object)` for each object of the lists at the top of a JSON file; outlines are not kept.
void for_each_entry(const fs::path& file, const std::function<void(const std::string& list, const Json& object)>& entry) {
  std::ifstream stream(file);
  if (!stream) {
    fail(ErrorCode::not_found, "{}: cannot be opened", file.string());
  }
  std::string list;
  const auto callback = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key) {
      if (depth == 1) {
        list = parsed.get<std::string>();
      }
      return parsed != "segmentation";
    }
    if (event == Json::parse_event_t::object_end && depth == 2) {
      entry(list, parsed);
      return false;
    }
    return true;
  };
  try {
    [[maybe_unused]] const Json rest = Json::parse(stream, callback);
  } catch (const Json::exception& error) {
    fail(ErrorCode::bad_input, "{}: is no COCO annotation file ({})", file.string(), error.what());
  }
}

template <typename T>
T member(const Json& object, const char* name, const fs::path& file) {
  try {
    return object.at(name).get<T>();
  } catch (const Json::exception&) {
    fail(ErrorCode::bad_input, "{}: an entry lacks a usable \"{}\": {}", file.string(), name, object.dump().substr(0, 200));
  }
}

struct Annotations {
  std::map<int64_t, CocoImage> images;
  std::unordered_map<int64_t, std::vector<std::string>> captions;
  std::unordered_map<int64_t, std::vector<CocoObject>> objects;
  std::unordered_map<int64_t, std::string> categories;

  void read(const fs::path& file) {
    for_each_entry(file, [&](const std::string& list, const Json& object) {
      if (list == "images") {
        images[member<int64_t>(object, "id", file)] = {.file_name = member<std::string>(object, "file_name", file),
                                                       .width = member<double>(object, "width", file),
                                                       .height = member<double>(object, "height", file)};
      } else if (list == "categories") {
        categories[member<int64_t>(object, "id", file)] = member<std::string>(object, "name", file);
      } else if (list == "annotations") {
        const auto image = member<int64_t>(object, "image_id", file);
        if (object.contains("caption")) {
          captions[image].push_back(member<std::string>(object, "caption", file));
        } else if (object.value("iscrowd", 0) == 0) {
          objects[image].push_back(
              {.category = member<int64_t>(object, "category_id", file), .box = member<std::array<double, 4>>(object, "bbox", file)});
        }
      }
    });
  }
};

// The largest person that is tall enough.
std::optional<Rectangle> person_box(const Annotations& all, int64_t id, const CocoImage& image, double min_height) {
  std::optional<Rectangle> best;
  double largest = 0;
  const auto found = all.objects.find(id);
  if (found == all.objects.end()) {
    return best;
  }
  for (const CocoObject& object : found->second) {
    const auto& [x, y, width, height] = object.box;
    const auto category = all.categories.find(object.category);
    if (category != all.categories.end() && category->second == "person" && height >= min_height * image.height &&
        width * height > largest) {
      largest = width * height;
      best = Rectangle{.x = static_cast<int>(std::floor(x)),
                       .y = static_cast<int>(std::floor(y)),
                       .width = std::max(1, static_cast<int>(std::ceil(width))),
                       .height = std::max(1, static_cast<int>(std::ceil(height)))};
    }
  }
  return best;
}

// "a dog, a frisbee and 2 people" would need a grammar; names in the order of their area are what a caption needs.
std::string names_of(const Annotations& all, int64_t id) {
  std::map<int64_t, double> areas;
  const auto found = all.objects.find(id);
  if (found == all.objects.end()) {
    return {};
  }
  for (const CocoObject& object : found->second) {
    areas[object.category] += object.box[2] * object.box[3];
  }
  std::vector<std::pair<double, std::string>> sorted;
  for (const auto& [category, area] : areas) {
    if (const auto name = all.categories.find(category); name != all.categories.end()) {
      sorted.emplace_back(-area, name->second);
    }
  }
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(sorted.size(), 3); ++i) {
    text += (i == 0 ? "" : ", ") + sorted[i].second;
  }
  return text;
}

}  // namespace

std::unique_ptr<PictureSource> open_coco_source(const fs::path& images, const fs::path& captions, const fs::path& instances,
                                                const CocoOptions& options, const CaptionOptions& choice, uint64_t per_part) {
  if (captions.empty() && instances.empty()) {
    fail(ErrorCode::usage, "COCO needs an annotation file: --captions, --instances or both.");
  }
  if (options.min_person_height > 0 && instances.empty()) {
    fail(ErrorCode::usage, "A smallest height of persons needs --instances: their boxes stand there.");
  }
  Annotations all;
  for (const fs::path& file : {captions, instances}) {
    if (!file.empty()) {
      all.read(file);
    }
  }
  if (all.images.empty()) {
    fail(ErrorCode::bad_input, "{}: lists no images", (captions.empty() ? instances : captions).string());
  }
  std::vector<PictureFile> files;
  for (const auto& [id, image] : all.images) {
    PictureFile file{.path = images / image.file_name, .key = image.file_name, .caption = {}, .facts = Json::object(), .box = {}};
    if (options.min_person_height > 0) {
      file.box = person_box(all, id, image, options.min_person_height);
      if (!file.box) {
        continue;
      }
    }
    const std::string names = names_of(all, id);
    if (const auto own = all.captions.find(id); own != all.captions.end()) {
      file.caption = own->second[chosen_number(choice.seed, file.key) % own->second.size()];
      file.facts["captions"] = own->second;
    } else if (!names.empty()) {
      file.caption = format(fmt::runtime(scene_templates.at(chosen_number(choice.seed, file.key) % scene_templates.size())), names);
    }
    if (!names.empty()) {
      file.facts["categories"] = names;
    }
    file.facts["coco_id"] = id;
    if (fs::exists(file.path)) {
      files.push_back(std::move(file));
    }
  }
  if (files.empty()) {
    fail(ErrorCode::not_found, "{}: none of the {} pictures that the annotations name and the rule keeps lies here", images.string(),
         all.images.size());
  }
  return std::make_unique<FilePieces>("coco", std::move(files), per_part);
}

}  // namespace darkroom
