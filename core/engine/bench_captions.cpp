// SPDX-License-Identifier: Apache-2.0
// std::mt19937_64 gives the same numbers everywhere; the library's distributions do not, so a plain remainder picks the word.
#include "core/engine/bench_captions.h"

#include <algorithm>
#include <random>
#include <span>
#include <string_view>

#include "core/base/atomic_file.h"
#include "core/base/format.h"

namespace darkroom {
namespace {

constexpr std::string_view openings[] = {"a photo of",  "a painting of", "close-up of", "a drawing of",
                                         "portrait of", "a sketch of",   "an image of", "photograph of"};

constexpr std::string_view qualities[] = {
    "red",       "blue",     "green",     "yellow",    "purple",    "white",      "black",    "golden",   "silver",    "brown",
    "grey",      "orange",   "pink",      "turquoise", "small",     "large",      "tiny",     "enormous", "young",     "old",
    "ancient",   "rusty",    "shiny",     "fluffy",    "striped",   "spotted",    "wooden",   "metallic", "broken",    "elegant",
    "quiet",     "stormy",   "sunlit",    "snowy",     "misty",     "curious",    "sleepy",   "cheerful", "lonely",    "crowded",
    "narrow",    "colorful", "hand-made", "half-open", "abandoned", "futuristic", "medieval", "tropical", "overgrown", "transparent",
    "weathered", "gigantic", "smiling",   "bright",    "dusty"};

constexpr std::string_view things[] = {
    "cat",      "dog",        "horse",    "elephant",   "bird",         "owl",       "frog",       "turtle",    "lion",       "bear",
    "rabbit",   "squirrel",   "whale",    "dolphin",    "spider",       "dragon",    "robot",      "astronaut", "wizard",     "pirate",
    "sailor",   "farmer",     "doctor",   "teacher",    "skateboarder", "violinist", "dancer",     "painter",   "soldier",    "knight",
    "queen",    "boat",       "bicycle",  "truck",      "train",        "airplane",  "helicopter", "rocket",    "motorcycle", "umbrella",
    "lantern",  "candle",     "guitar",   "piano",      "camera",       "teapot",    "bottle",     "vase",      "apple",      "pumpkin",
    "mushroom", "sandwich",   "cupcake",  "burger",     "flower",       "sunflower", "cactus",     "tree",      "castle",     "lighthouse",
    "windmill", "temple",     "cottage",  "skyscraper", "statue",       "fountain",  "telescope",  "mirror",    "chair",      "armchair",
    "notebook", "typewriter", "computer", "jellyfish",  "penguin",      "flamingo",  "hedgehog"};

constexpr std::string_view doings[] = {"sitting",       "standing",      "sleeping",      "running",      "jumping",  "floating",
                                       "resting",       "waiting",       "dancing",       "playing",      "swimming", "flying",
                                       "hiding",        "climbing",      "walking",       "leaning",      "glowing",  "melting",
                                       "shining",       "reflecting",    "eating",        "reading",      "drifting", "looking up",
                                       "holding a cup", "wearing a hat", "riding a bike", "that's asleep"};

constexpr std::string_view relations[] = {"in",     "on",      "near",        "under",  "above",       "beside",
                                          "behind", "next to", "in front of", "inside", "across from", "along"};

constexpr std::string_view places[] = {
    "beach",           "forest",        "desert",      "mountain",    "river",        "lake",      "harbor",     "city",
    "street",          "market",        "kitchen",     "bedroom",     "library",      "museum",    "garden",     "park",
    "field",           "meadow",        "valley",      "waterfall",   "volcano",      "island",    "bridge",     "tunnel",
    "railway station", "airport",       "church",      "cathedral",   "factory",      "workshop",  "playground", "stadium",
    "theatre",         "swimming pool", "parking lot", "living room", "child's room", "spaceship", "moon",       "ocean",
    "wooden table",    "stone wall",    "window",      "rooftop"};

constexpr std::string_view styles[] = {
    "oil painting", "watercolor",    "pencil drawing", "digital art", "concept art",   "black and white", "soft light", "golden hour",
    "high detail",  "shallow focus", "35mm film",      "wide angle",  "macro photo",   "studio lighting", "trending",   "pixel art",
    "low poly",     "anime style",   "art deco",       "at sunset",   "at night",      "in the rain",     "in winter",  "1980s poster",
    "8k",           "cinematic",     "hyperrealistic", "bokeh",       "impressionist", "vector logo",     "isometric",  "long exposure",
    "baroque",      "minimalist"};

constexpr int most_words = 22;
constexpr int most_style_words = 3;

class CaptionComposer {
 public:
  explicit CaptionComposer(uint64_t seed) : random_(seed) {}

  std::string next() {
    text_.clear();
    words_ = 0;
    if (one_in(2)) {
      add(pick(openings));
    }
    add_thing();
    if (one_in(3)) {
      add("with");
      add_thing();
    }
    add(pick(doings));
    add(pick(relations));
    add("the");
    if (one_in(2)) {
      add(pick(qualities));
    }
    add(pick(places));
    for (uint64_t style = random_() % 3; style > 0 && words_ + most_style_words <= most_words; --style) {
      text_ += ',';
      add(pick(styles));
    }
    if (one_in(3)) {
      text_ += '.';
    }
    if (one_in(3)) {
      text_.front() = text_.front() >= 'a' && text_.front() <= 'z' ? static_cast<char>(text_.front() - 'a' + 'A') : text_.front();
    }
    return text_;
  }

 private:
  bool one_in(uint64_t n) { return random_() % n == 0; }
  std::string_view pick(std::span<const std::string_view> words) { return words[random_() % words.size()]; }

  void add(std::string_view words) {
    if (!text_.empty()) {
      text_ += ' ';
    }
    text_ += words;
    words_ += 1 + static_cast<int>(std::count(words.begin(), words.end(), ' '));
  }

  // "a cat", "a small owl", "an old, rusty bicycle", "3 yellow boats"
  void add_thing() {
    const bool several = one_in(5);
    const std::string_view thing = pick(things);
    const std::string_view quality = one_in(4) ? std::string_view{} : pick(qualities);
    if (several) {
      add(std::to_string(2 + random_() % 11));
    } else {
      const char first = quality.empty() ? thing.front() : quality.front();
      add(std::string_view("aeiou").find(first) != std::string_view::npos ? "an" : "a");
    }
    if (!quality.empty()) {
      add(quality);
      if (one_in(4)) {
        text_ += ',';
        add(pick(qualities));
      }
    }
    add(thing);
    if (several) {
      text_ += 's';
    }
  }

  std::mt19937_64 random_;
  std::string text_;
  int words_ = 0;
};

}  // namespace

std::vector<std::string> composed_captions(size_t count) {
  CaptionComposer composer(1);
  std::vector<std::string> captions;
  captions.reserve(count);
  while (captions.size() < count) {
    captions.push_back(composer.next());
  }
  return captions;
}

std::vector<std::string> captions_from_file(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  std::vector<std::string> captions;
  for (size_t at = 0; at < content.size();) {
    const size_t end = std::min(content.find('\n', at), content.size());
    if (end > at) {
      captions.push_back(content.substr(at, end - at));
    }
    at = end + 1;
  }
  if (captions.empty()) {
    fail(ErrorCode::bad_input, "{}: holds no caption; expected one a line", path.string());
  }
  return captions;
}

}  // namespace darkroom
