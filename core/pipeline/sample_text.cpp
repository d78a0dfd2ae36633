// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/sample_text.h"

#include "core/base/utf8.h"

namespace darkroom {

std::string SampleText::fact(const char* name) const {
  const auto found = facts.find(name);
  return found != facts.end() && found->is_string() ? found->get<std::string>() : std::string();
}

SampleText read_sample_text(const TarSource& tar, const TarSample& sample) {
  SampleText text;
  if (const TarField* json = sample.find("json")) {
    text.facts = Json::parse(tar.read(*json), nullptr, false);
    if (!text.facts.is_object()) {
      text.has_broken_json = true;
      text.facts = Json::object();
    }
  }
  if (const TarField* txt = sample.find("txt")) {
    text.txt = tar.read(*txt);
  }
  text.caption = valid_utf8(std::string(trimmed(text.txt ? *text.txt : text.fact("caption"))));
  return text;
}

}  // namespace darkroom
