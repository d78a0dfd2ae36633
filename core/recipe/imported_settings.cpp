// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/imported_settings.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/image/image_metadata.h"
#include "core/recipe/importers.h"

namespace darkroom {
namespace {

bool has_object(const Json& json, const char* key) { return json.contains(key) && json[key].is_object(); }
bool is_novelai(const Json& json) { return json.contains("uc") || (json.contains("sampler") && json.contains("request_type")); }

std::string string_in(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
}

ImportedSettings nothing(std::string_view field, std::string reason) {
  ImportedSettings settings;
  settings.notes.push_back({std::string(field), std::move(reason)});
  return settings;
}

ImportedSettings import_record(const GenerationRecord& record) {
  ImportedSettings settings;
  settings.source = RecipeSource::darkroom;
  const GenerateOptions options = options_like(record);
  settings.options = to_json(options);
  settings.model = {record.model_name, record.model_hash, 1, {}};
  settings.vae = {options.vae, record.vae_hash, 1, {}};
  for (const LoraUse& use : options.loras) {
    NamedFile lora{use.path, {}, use.scale, use.text_scale};
    const std::string stem = std::filesystem::path(use.path).stem().string();
    for (const FileHash& known : record.lora_hashes) {
      lora.hash = known.name == stem ? known.hash : lora.hash;
    }
    settings.loras.push_back(lora);
  }
  return settings;
}

class Reader {
 public:
  Reader(std::span<const PngText> texts, std::string_view where) : texts_(texts), where_(where) {}

  // Settings by the first program whose text is there; source none with a note otherwise.
  ImportedSettings read() {
    ImportedSettings settings = find();
    settings.notes.insert(settings.notes.begin(), notes_.begin(), notes_.end());
    return settings;
  }

 private:
  std::optional<std::string> text(std::string_view keyword) const { return find_png_text(texts_, keyword); }

  // The JSON under a keyword; a note when the text is none.
  std::optional<Json> json(std::string_view keyword) {
    const auto found = text(keyword);
    if (!found) {
      return std::nullopt;
    }
    auto parsed = parse_foreign_json(*found);
    if (!parsed || !parsed->is_object()) {
      notes_.push_back({std::string(keyword), "is not a JSON object"});
      return std::nullopt;
    }
    return parsed;
  }

  ImportedSettings find() {
    if (text("darkroom")) {
      try {
        return import_record(*find_generation_record(texts_, where_));
      } catch (const Error& error) {
        notes_.push_back({"darkroom", error.what()});
      }
    }
    if (const auto metadata = json("invokeai_metadata")) {
      return import_invokeai(*metadata);
    }
    if (const auto parameters = text("parameters")) {
      if (const size_t begin = parameters->find_first_not_of(" \t\r\n"); begin != std::string::npos && (*parameters)[begin] == '{') {
        return from_json(*parameters);
      }
      return import_a1111(*parameters, text("fooocus_scheme") == "a1111" ? RecipeSource::fooocus : RecipeSource::a1111);
    }
    if (text("Comment") && (text("Software").value_or("").starts_with("NovelAI") || text("Comment")->find("\"uc\"") != std::string::npos)) {
      if (const auto comment = json("Comment")) {
        return import_novelai(*comment, text("Description").value_or(""), text("Source").value_or(""));
      }
    }
    if (const auto graph = json("prompt")) {
      return import_comfyui(*graph);
    }
    return unread();
  }

  // JSON where A1111's text is expected.
  ImportedSettings from_json(const std::string& parameters) {
    const auto parsed = parse_foreign_json(parameters);
    if (!parsed || !parsed->is_object()) {
      // A prompt may begin with a brace (wildcards, NovelAI's weights): then it is A1111's text after all.
      ImportedSettings settings = import_a1111(parameters);
      if (settings.options.contains("steps")) {
        return settings;
      }
      return nothing("parameters", "begins like JSON but is none");
    }
    if (has_object(*parsed, "sui_image_params")) {
      return import_swarmui((*parsed)["sui_image_params"]);
    }
    if (parsed->contains("positive_prompt")) {
      return import_invokeai(*parsed);
    }
    if (string_in(*parsed, "metadata_scheme") == "fooocus" || text("fooocus_scheme") == "fooocus" || parsed->contains("guidance_scale")) {
      return import_fooocus(*parsed);
    }
    if (const auto comment = parse_foreign_json(string_in(*parsed, "Comment")); comment && comment->is_object() && is_novelai(*comment)) {
      return import_novelai(*comment, string_in(*parsed, "Description"), string_in(*parsed, "Source"));
    }
    if (is_novelai(*parsed)) {
      return import_novelai(*parsed, {}, {});
    }
    return nothing("parameters", "is JSON of a program that is not known here");
  }

  ImportedSettings unread() const {
    if (text("workflow")) {
      return nothing("workflow", "ComfyUI's drawing of the graph alone does not say what was run; the text 'prompt' is missing");
    }
    if (text("sd-metadata") || text("Dream")) {
      return nothing(text("Dream") ? "Dream" : "sd-metadata", "the settings of InvokeAI 2 are not read");
    }
    return nothing("", "the picture does not say how it was made");
  }

  std::span<const PngText> texts_;
  std::string_view where_;
  std::vector<ImportNote> notes_;
};

bool may_hide_text(std::span<const std::byte> bytes) {
  constexpr size_t colour_type_at = 25;
  constexpr auto rgb_with_alpha = std::byte{6};
  return bytes.size() > colour_type_at && bytes[1] == std::byte{'P'} && bytes[colour_type_at] == rgb_with_alpha;
}

}  // namespace

std::string_view recipe_source_name(RecipeSource source) {
  switch (source) {
    case RecipeSource::none:
      return "nothing known";
    case RecipeSource::darkroom:
      return "Darkroom";
    case RecipeSource::a1111:
      return "AUTOMATIC1111";
    case RecipeSource::comfyui:
      return "ComfyUI";
    case RecipeSource::invokeai:
      return "InvokeAI";
    case RecipeSource::swarmui:
      return "SwarmUI";
    case RecipeSource::fooocus:
      return "Fooocus";
    case RecipeSource::novelai:
      return "NovelAI";
  }
  return {};
}

ImportedSettings read_image_settings(std::span<const std::byte> bytes, std::string_view where) {
  try {
    ImportedSettings settings = Reader(read_image_texts(bytes, where), where).read();
    if (settings.source != RecipeSource::none || !may_hide_text(bytes)) {
      return settings;
    }
    if (const std::vector<PngText> hidden = read_stealth_texts(bytes, where); !hidden.empty()) {
      return Reader(hidden, where).read();
    }
    return settings;
  } catch (const Error& error) {
    return nothing("", error.what());
  }
}

ImportedSettings read_image_settings(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  return read_image_settings(std::as_bytes(std::span(bytes.data(), bytes.size())), path.string());
}

GenerateOptions apply_settings(const GenerateOptions& base, const ImportedSettings& settings) {
  Json merged = settings.source == RecipeSource::darkroom ? Json::object() : to_json(base);
  merged.update(settings.options);
  std::vector<Problem> problems;
  return generate_options_from_json(merged, problems);
}

}  // namespace darkroom
