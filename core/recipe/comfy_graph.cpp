// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/comfy_graph.h"

#include <algorithm>
#include <deque>
#include <set>

namespace darkroom {
namespace {

constexpr int longest_chain = 64;

bool is_link(const Json& value) {
  return value.is_array() && value.size() == 2 && (value[0].is_string() || value[0].is_number_integer()) && value[1].is_number_integer();
}

}  // namespace

const Json* ComfyGraph::Node::input(std::string_view name) const {
  const auto found = inputs->find(std::string(name));
  return found == inputs->end() ? nullptr : &*found;
}

ComfyGraph::ComfyGraph(const Json& graph) {
  if (!graph.is_object()) {
    return;
  }
  for (const auto& [id, node] : graph.items()) {
    if (node.is_object() && node.contains("class_type") && node["class_type"].is_string() && node.contains("inputs") &&
        node["inputs"].is_object()) {
      nodes_.push_back({id, node["class_type"].get<std::string>(), &node["inputs"]});
    }
  }
}

const ComfyGraph::Node* ComfyGraph::find(const Json& link) const {
  if (!is_link(link)) {
    return nullptr;
  }
  const std::string id = link[0].is_string() ? link[0].get<std::string>() : link[0].dump();
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.id == id; });
  return found == nodes_.end() ? nullptr : &*found;
}

const ComfyGraph::Node* ComfyGraph::source(const Node& node, std::string_view name) const {
  const Json* input = node.input(name);
  return input == nullptr ? nullptr : find(*input);
}

const Json* ComfyGraph::value(const Node& node, std::string_view name) const {
  const Json* input = node.input(name);
  for (int i = 0; i < longest_chain && input != nullptr && is_link(*input); ++i) {
    const Node* from = find(*input);
    input = nullptr;
    if (from == nullptr) {
      return nullptr;
    }
    for (const std::string_view holder :
         {"value", "text", "string", "prompt", "seed", "int", "float", "number", "populated_text", "Value"}) {
      if (const Json* held = from->input(holder)) {
        input = held;
        break;
      }
    }
  }
  return input != nullptr && !is_link(*input) ? input : nullptr;
}

void ComfyGraph::walk_back(const Node& node, std::string_view name, const std::function<bool(const Node&)>& visit) const {
  std::set<std::string> seen;
  std::deque<const Node*> queue;
  const auto enqueue = [&](const Node* next) {
    if (next != nullptr && seen.insert(next->id).second) {
      queue.push_back(next);
    }
  };
  enqueue(source(node, name));
  while (!queue.empty()) {
    const Node& next = *queue.front();
    queue.pop_front();
    if (!visit(next)) {
      continue;
    }
    for (const auto& input : next.inputs->items()) {
      enqueue(find(input.value()));
    }
  }
}

}  // namespace darkroom
