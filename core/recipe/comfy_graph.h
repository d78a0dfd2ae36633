// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// ComfyUI's API graph, walked against the direction of the data: {"3": {"class_type": "KSampler", "inputs": {"model": ["4", 0], …}}, …}.
/// Wrong shapes, links to nowhere and circles give nothing; nothing throws. The JSON must outlive it.
class ComfyGraph {
 public:
  /// A node by its id.
  struct Node {
    std::string id;
    std::string type;
    const Json* inputs = nullptr;

    /// "KSampler 3"
    std::string label() const { return type + " " + id; }
    /// The input as it stands, a value or a link; nullptr when absent.
    const Json* input(std::string_view name) const;
  };

  explicit ComfyGraph(const Json& graph);

  const std::vector<Node>& nodes() const { return nodes_; }
  /// The node that an input of `node` comes from; nullptr where it is a value or the link leads nowhere.
  const Node* source(const Node& node, std::string_view name) const;
  /// The value of an input, followed through nodes that only hold one (primitives, seed and text nodes); nullptr when it is computed.
  const Json* value(const Node& node, std::string_view name) const;
  /// Breadth first against the data from an input of `node`, each node once; visit returns whether to go on behind the node.
  void walk_back(const Node& node, std::string_view name, const std::function<bool(const Node&)>& visit) const;

 private:
  const Node* find(const Json& link) const;

  std::vector<Node> nodes_;
};

}  // namespace darkroom
