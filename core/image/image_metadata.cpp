// SPDX-License-Identifier: Apache-2.0
// source  AUTOMATIC1111 stable-diffusion-webui: the format as facts, see the field notes in docs/manual; nothing is escaped in prompts
// there.
#include "core/image/image_metadata.h"

#include <algorithm>
#include <cctype>

#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr size_t shown_hash_digits = 10;
constexpr std::string_view negative_prefix = "Negative prompt:";
constexpr size_t least_pairs = 3;

std::string_view strip(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(white);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

std::string with_quotes(const std::string& value) {
  return value.find_first_of(",:\n") == std::string::npos ? value : Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

// `key: value` pairs of a settings line; a key starts with a word character and has at least two.
std::vector<std::pair<std::string, std::string>> parse_settings(std::string_view line) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (size_t at = 0; at < line.size();) {
    const size_t begin = line.find_first_not_of(' ', at);
    size_t end = begin;
    while (end < line.size() && (is_word(line[end]) || line[end] == ' ' || line[end] == '-' || line[end] == '/')) {
      ++end;
    }
    if (begin == std::string_view::npos || end >= line.size() || line[end] != ':' || end - begin < 2 || !is_word(line[begin])) {
      const size_t comma = line.find(',', at);
      at = comma == std::string_view::npos ? line.size() : comma + 1;
      continue;
    }
    const std::string key(line.substr(begin, end - begin));
    size_t from = line.find_first_not_of(' ', end + 1);
    from = from == std::string_view::npos ? line.size() : from;
    size_t to = from;
    if (from < line.size() && line[from] == '"') {
      to = from + 1;
      while (to < line.size() && line[to] != '"') {
        to += line[to] == '\\' ? 2 : 1;
      }
      to = std::min(to + 1, line.size());
    }
    const bool quoted_value = to > from && (to == line.size() || line[to] == ',');
    if (!quoted_value) {
      to = std::min(line.find(',', from), line.size());
    }
    std::string value(line.substr(from, to - from));
    if (quoted_value) {
      const Json parsed = Json::parse(value, nullptr, false);
      value = parsed.is_string() ? parsed.get<std::string>() : value;
    }
    if (!value.empty()) {
      settings.emplace_back(key, value);
    }
    at = to + 1;
  }
  return settings;
}

void append_line(std::string& text, std::string_view line) {
  if (!text.empty()) {
    text += '\n';
  }
  text += line;
}

}  // namespace

std::string a1111_parameters(const GenerationRecord& record) {
  const GenerateOptions& options = record.options;
  std::vector<std::pair<std::string, std::string>> settings;
  const auto add = [&](std::string key, std::string value) {
    if (!value.empty()) {
      settings.emplace_back(std::move(key), std::move(value));
    }
  };
  add("Steps", options.steps ? format("{}", *options.steps) : "");
  add("Sampler", record.sampler_label);
  add("CFG scale", format("{}", options.cfg_scale));
  add("Seed", format("{}", options.seed + record.image_index));
  add("Size", options.width && options.height ? format("{}x{}", *options.width, *options.height) : "");
  add("Model hash", record.model_hash.substr(0, shown_hash_digits));
  add("Model", record.model_name);
  add("VAE hash", record.vae_hash.substr(0, shown_hash_digits));
  add("Clip skip", options.clip_skip > 1 ? format("{}", options.clip_skip) : "");
  add("RNG", "CPU");
  add("Eta", options.eta != 0 ? format("{}", options.eta) : "");
  add("Version", "Darkroom " + record.version);

  std::string text = options.prompt;
  if (!options.negative.empty()) {
    text += format("\n{} {}", negative_prefix, options.negative);
  }
  text += '\n';
  for (size_t i = 0; i < settings.size(); ++i) {
    text += format("{}{}: {}", i == 0 ? "" : ", ", settings[i].first, with_quotes(settings[i].second));
  }
  return text;
}

std::string A1111Parameters::setting(std::string_view key) const {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& setting) { return setting.first == key; });
  return found == settings.end() ? std::string() : found->second;
}

std::optional<A1111Parameters> parse_a1111_parameters(std::string_view text) {
  text = strip(text);
  if (text.empty() || text.front() == '{') {
    return std::nullopt;
  }
  A1111Parameters result;
  const size_t last_break = text.rfind('\n');
  const std::string_view last = last_break == std::string_view::npos ? text : text.substr(last_break + 1);
  auto settings = parse_settings(last);
  std::string_view prompts = text;
  if (settings.size() >= least_pairs) {
    result.settings = std::move(settings);
    prompts = last_break == std::string_view::npos ? std::string_view() : text.substr(0, last_break);
  }
  bool negative = false;
  while (!prompts.empty()) {
    const size_t end = prompts.find('\n');
    std::string_view line = strip(prompts.substr(0, end));
    prompts = end == std::string_view::npos ? std::string_view() : prompts.substr(end + 1);
    if (line.starts_with(negative_prefix)) {
      negative = true;
      line = strip(line.substr(negative_prefix.size()));
    }
    append_line(negative ? result.negative : result.prompt, line);
  }
  return result;
}

Json to_json(const GenerationRecord& record) {
  return Json{{"darkroom_image", 1},
              {"options", to_json(record.options)},
              {"image_index", record.image_index},
              {"sampler_label", record.sampler_label},
              {"model_name", record.model_name},
              {"model_hash", record.model_hash},
              {"vae_hash", record.vae_hash},
              {"weights_used", record.weights_used},
              {"version", record.version}};
}

GenerationRecord generation_record_from_json(const Json& json, std::string_view where) {
  std::vector<Problem> problems;
  JsonReader reader(json, "", problems);
  GenerationRecord record;
  int64_t version = 0;
  reader.require("darkroom_image");
  reader.read("darkroom_image", version, 1, 1);
  record.options = generate_options_from_json(reader.object("options"), problems, "/options");
  reader.read("image_index", record.image_index, 0);
  reader.read("sampler_label", record.sampler_label);
  reader.read("model_name", record.model_name);
  reader.read("model_hash", record.model_hash);
  reader.read("vae_hash", record.vae_hash);
  reader.read("weights_used", record.weights_used);
  reader.read("version", record.version);
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: {}: {}", where, problems.front().pointer, problems.front().message);
  }
  return record;
}

std::vector<PngText> generation_texts(const GenerationRecord& record) {
  return {{.keyword = "parameters", .text = a1111_parameters(record)},
          {.keyword = "darkroom", .text = to_json(record).dump(-1, ' ', false, Json::error_handler_t::replace)}};
}

std::optional<GenerationRecord> find_generation_record(std::span<const PngText> texts, std::string_view where) {
  const auto text = find_png_text(texts, "darkroom");
  if (!text) {
    return std::nullopt;
  }
  return generation_record_from_json(parse_json(*text, where), where);
}

GenerateOptions options_like(const GenerationRecord& record) {
  GenerateOptions options = record.options;
  options.seed += record.image_index;
  options.count = 1;
  options.batch = 1;
  options.out.clear();
  options.save_latents.clear();
  return options;
}

}  // namespace darkroom
