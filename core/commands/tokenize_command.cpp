// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>

#include "core/base/format.h"
#include "core/commands/commands.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace {

struct TokenizeArguments {
  std::vector<std::string> texts;
  std::string file;
};

// Always a JSON line: the command is for programs, and people read it well enough.
void print_tokens(const std::string& text) {
  const TokenizedText result = ClipTokenizer::builtin().tokenize(text);
  Json chunks = Json::array();
  for (const auto& chunk : result.chunks) {
    chunks.push_back(chunk);
  }
  std::cout << Json{{"ids", chunks}, {"tokens", result.tokens}, {"cut", result.cut}}.dump(-1, ' ', false, Json::error_handler_t::replace)
            << '\n';
}

void tokenize_texts(const TokenizeArguments& options, const CommandContext& context) {
  for (const std::string& text : options.texts) {
    print_tokens(text);
  }
  if (options.file.empty()) {
    return;
  }
  std::ifstream file(options.file);
  if (!file) {
    fail(ErrorCode::not_found, "{}: cannot be read", options.file);
  }
  for (std::string line; std::getline(file, line);) {
    context.cancel.check();
    print_tokens(line);
  }
}

}  // namespace

void add_tokenize_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<TokenizeArguments>();
  CLI::App* command = add_command(app, context, "tokenize", "CLIP token ids of texts, one JSON line a text");
  command->add_option("text", options->texts, "Texts");
  command->add_option("--file", options->file, "A file with one text a line");
  command->callback([&context, options] {
    if (options->texts.empty() && options->file.empty()) {
      fail(ErrorCode::usage, "tokenize needs a text or --file FILE.");
    }
    context.action = [&context, options] { tokenize_texts(*options, context); };
  });
}

}  // namespace darkroom
