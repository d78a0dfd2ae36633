// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <unordered_map>

#include "core/base/format.h"
#include "core/source/file_pieces.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr std::array face_templates{std::string_view("a photo of {}"), std::string_view("a portrait of {}"),
                                    std::string_view("a close-up photo of {}"), std::string_view("the face of {}"),
                                    std::string_view("a headshot of {}")};

struct Identity {
  std::string name;
  std::string gender;  // "m", "f"
};

// Comma and spaces between fields; a field in quotes may hold commas.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r' && !(fields.back().empty() && (c == ' ' || c == '\t'))) {
      fields.back() += c;
    }
  }
  for (std::string& field : fields) {
    field.erase(field.find_last_not_of(" \t") + 1);
  }
  return fields;
}

template <typename Row>
void for_each_row(const fs::path& file, size_t least, Row&& row) {
  std::ifstream stream(file);
  if (!stream) {
    fail(ErrorCode::not_found, "{}: cannot be opened", file.string());
  }
  std::string line;
  for (size_t number = 1; std::getline(stream, line); ++number) {
    if (number == 1 || line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;  // the header
    }
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() < least) {
      fail(ErrorCode::bad_input, "{}: line {} has {} fields, expected at least {}", file.string(), number, fields.size(), least);
    }
    row(fields, number);
  }
}

double number_of(const std::string& text, const fs::path& file, size_t line) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(ErrorCode::bad_input, "{}: line {}: \"{}\" is no number", file.string(), line, text);
  }
  return value;
}

std::unordered_map<std::string, Identity> read_identities(const fs::path& file) {
  std::unordered_map<std::string, Identity> identities;
  for_each_row(file, 5, [&](const std::vector<std::string>& fields, size_t) {
    std::string name = fields[1];
    std::replace(name.begin(), name.end(), '_', ' ');
    identities[fields[0]] = {.name = name, .gender = fields[4]};
  });
  return identities;
}

// "n000002/0001_01" -> its box.
std::unordered_map<std::string, std::array<double, 4>> read_boxes(const fs::path& folder) {
  std::unordered_map<std::string, std::array<double, 4>> boxes;
  for (const fs::path& where : {folder, folder / "bb_landmark"}) {
    for (const char* name : {"loose_bb_train.csv", "loose_bb_test.csv"}) {
      if (const fs::path file = where / name; fs::exists(file)) {
        for_each_row(file, 5, [&](const std::vector<std::string>& fields, size_t line) {
          boxes[fields[0]] = {number_of(fields[1], file, line), number_of(fields[2], file, line), number_of(fields[3], file, line),
                              number_of(fields[4], file, line)};
        });
      }
    }
  }
  return boxes;
}

Rectangle with_margin(const std::array<double, 4>& box, double margin) {
  const double more = margin * std::max(box[2], box[3]);
  return {.x = static_cast<int>(std::floor(box[0] - more)),
          .y = static_cast<int>(std::floor(box[1] - more)),
          .width = std::max(1, static_cast<int>(std::ceil(box[2] + 2 * more))),
          .height = std::max(1, static_cast<int>(std::ceil(box[3] + 2 * more)))};
}

}  // namespace

std::unique_ptr<PictureSource> open_vggface_source(const fs::path& folder, const VggFaceOptions& options, const CaptionOptions& choice,
                                                   uint64_t per_part) {
  const auto identities = read_identities(folder / "identity_meta.csv");
  const auto boxes = read_boxes(folder);
  std::vector<PictureFile> files;
  for (const char* split : {"train", "test"}) {
    if (!fs::is_directory(folder / split)) {
      continue;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder / split)) {
      if (!entry.is_regular_file() || !is_picture_name(entry.path())) {
        continue;
      }
      const std::string person = entry.path().parent_path().filename().string();
      const auto identity = identities.find(person);
      if (identity == identities.end()) {
        fail(ErrorCode::bad_input, "{}: the identity {} of {} is not in it", (folder / "identity_meta.csv").string(), person,
             entry.path().string());
      }
      PictureFile file{.path = entry.path(),
                       .key = entry.path().lexically_relative(folder).generic_string(),
                       .caption = {},
                       .facts = Json{{"identity", person}, {"name", identity->second.name}, {"gender", identity->second.gender}},
                       .box = {}};
      const auto box = boxes.find(person + "/" + entry.path().stem().string());
      if (box != boxes.end()) {
        if (std::min(box->second[2], box->second[3]) < options.min_face) {
          continue;
        }
        file.box = with_margin(box->second, options.margin);
      } else if (options.min_face > 0) {
        continue;
      }
      file.caption =
          format(fmt::runtime(face_templates.at(chosen_number(choice.seed, file.key) % face_templates.size())), identity->second.name);
      files.push_back(std::move(file));
    }
  }
  if (files.empty()) {
    fail(ErrorCode::not_found, "{}: no pictures below train/ or test/ that the rules keep", folder.string());
  }
  std::sort(files.begin(), files.end(), [](const PictureFile& a, const PictureFile& b) { return a.key < b.key; });
  return std::make_unique<FilePieces>("vggface2", std::move(files), per_part);
}

}  // namespace darkroom
