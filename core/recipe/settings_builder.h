// SPDX-License-Identifier: Apache-2.0
// Collects what an importer finds: checks it against the parameter table, and notes what does not fit.
#pragma once

#include <string>
#include <string_view>

#include "core/recipe/imported_settings.h"

namespace darkroom {

class SettingsBuilder {
 public:
  explicit SettingsBuilder(RecipeSource source) { settings_.source = source; }

  /// Sets generate.<key> from a number, text or boolean as JSON; numbers may stand as text ("7.0"). What the table does not allow, and
  /// what is not of the parameter's kind, becomes a note under `field`. null and an absent value (nullptr) are nothing.
  /// returns  true when the option was set
  bool set(std::string_view key, std::string_view field, const Json* value);
  bool set(std::string_view key, std::string_view field, const Json& value) { return set(key, field, &value); }

  /// Sampler, and the schedule where its name holds one, by the names of sampler_names.h.
  void set_sampler(std::string_view field, const std::string& label);
  /// Schedule by its name. "Automatic" becomes what it means for the sampler that was set before. On "default" the spacing that the other
  /// program has is set too: linspace for samplers on noise levels, leading for DDIM and PLMS.
  void set_schedule(std::string_view field, const std::string& label);

  void note(std::string_view field, std::string reason);

  bool has(std::string_view key) const { return settings_.options.contains(key); }
  const Json& value(std::string_view key) const { return settings_.options.at(std::string(key)); }
  ImportedSettings& settings() { return settings_; }

 private:
  ImportedSettings settings_;
};

}  // namespace darkroom
