// SPDX-License-Identifier: GPL-3.0-or-later
// What each key does stands where it is taken: MaskCanvas.qml, CompareCanvas.qml, ImageCanvas.qml, GalleryList.qml, PromptField.qml,
// QueueList.qml.
#include "app/viewmodels/part_keys.h"

#include <QCoreApplication>
#include <array>

namespace darkroom::app {
namespace {

struct PartKey {
  const char* part;  // empty: whatever the page does
  const char* group;
  const char* icon;
  const char* keys;
  const char* title;
  const char* detail = "";
};

constexpr const char* kMask = QT_TRANSLATE_NOOP("PartKeys", "Mask on the start picture");
constexpr const char* kCompare = QT_TRANSLATE_NOOP("PartKeys", "Two pictures side by side or under a wipe");
constexpr const char* kPicture = QT_TRANSLATE_NOOP("PartKeys", "Picture");
constexpr const char* kPrompt = QT_TRANSLATE_NOOP("PartKeys", "Prompt");
constexpr const char* kGallery = QT_TRANSLATE_NOOP("PartKeys", "Gallery");
constexpr const char* kQueue = QT_TRANSLATE_NOOP("PartKeys", "Queue");

constexpr std::array kGenerate = {
    PartKey{"mask", kMask, "brush", "Space", QT_TRANSLATE_NOOP("PartKeys", "Begin a stroke, and end it"),
            QT_TRANSLATE_NOOP("PartKeys", "or the left button")},
    PartKey{"mask", kMask, "hand", "Left Right Up Down", QT_TRANSLATE_NOOP("PartKeys", "Move the brush")},
    PartKey{"mask", kMask, "brush", "[ ]", QT_TRANSLATE_NOOP("PartKeys", "Make the brush smaller or larger"),
            QT_TRANSLATE_NOOP("PartKeys", "or the wheel")},
    PartKey{"mask", kMask, "eraser", "X", QT_TRANSLATE_NOOP("PartKeys", "Swap brush and eraser"),
            QT_TRANSLATE_NOOP("PartKeys", "or Alt while painting")},
    PartKey{"mask", kMask, "invert", "I", QT_TRANSLATE_NOOP("PartKeys", "Swap what is drawn anew and what stays")},
    PartKey{"mask", kMask, "trash", "Del", QT_TRANSLATE_NOOP("PartKeys", "Take the whole mask away")},
    PartKey{"mask", kMask, "undo", "Ctrl+Z", QT_TRANSLATE_NOOP("PartKeys", "Take the last stroke back")},
    PartKey{"mask", kMask, "redo", "Ctrl+Shift+Z", QT_TRANSLATE_NOOP("PartKeys", "Put it back")},
    PartKey{"mask", kMask, "close", "Esc", QT_TRANSLATE_NOOP("PartKeys", "Back to the pictures; the mask stays")},
    PartKey{"compare", kCompare, "image", "A", QT_TRANSLATE_NOOP("PartKeys", "Show the first picture alone, or choose its side")},
    PartKey{"compare", kCompare, "image", "B", QT_TRANSLATE_NOOP("PartKeys", "Show the second picture alone, or choose its side")},
    PartKey{"compare", kCompare, "swap", "S", QT_TRANSLATE_NOOP("PartKeys", "Swap the two")},
    PartKey{"compare", kCompare, "compare-wipe", "Left Right", QT_TRANSLATE_NOOP("PartKeys", "Move the edge of the wipe")},
    PartKey{"compare", kCompare, "close", "Esc", QT_TRANSLATE_NOOP("PartKeys", "Back to one picture")},
    PartKey{"", kPicture, "image", "0", QT_TRANSLATE_NOOP("PartKeys", "Show the picture whole")},
    PartKey{"", kPicture, "image", "1", QT_TRANSLATE_NOOP("PartKeys", "Show it pixel by pixel")},
    PartKey{"", kPicture, "image", "Plus Minus", QT_TRANSLATE_NOOP("PartKeys", "Zoom in and out"),
            QT_TRANSLATE_NOOP("PartKeys", "or the wheel")},
    PartKey{"", kPrompt, "edit", "Ctrl+Up Ctrl+Down",
            QT_TRANSLATE_NOOP("PartKeys", "Give the word or the marked text more weight or less")},
    PartKey{"", kPrompt, "history", "Alt+Up Alt+Down", QT_TRANSLATE_NOOP("PartKeys", "Earlier and later prompts")},
    PartKey{"", kGallery, "restore", "Return", QT_TRANSLATE_NOOP("PartKeys", "Take over the settings of the picture")},
    PartKey{"", kGallery, "star", "0 … 5", QT_TRANSLATE_NOOP("PartKeys", "Rate it")},
    PartKey{"", kGallery, "image", "I", QT_TRANSLATE_NOOP("PartKeys", "Start from it")},
    PartKey{"", kGallery, "compare-wipe", "C", QT_TRANSLATE_NOOP("PartKeys", "Compare it with the one on the canvas")},
    PartKey{"", kGallery, "trash", "Del", QT_TRANSLATE_NOOP("PartKeys", "Delete it"),
            QT_TRANSLATE_NOOP("PartKeys", "Ctrl+Z takes it back")},
    PartKey{"", kQueue, "grip", "Alt+Up Alt+Down", QT_TRANSLATE_NOOP("PartKeys", "Move the request in the queue")},
    PartKey{"", kQueue, "trash", "Del", QT_TRANSLATE_NOOP("PartKeys", "Take the request out of the queue")}};

}  // namespace

QList<ActionItem> partKeys(const QString& page, const QString& part) {
  QList<ActionItem> rows;
  if (page != QLatin1String("generate")) {
    return rows;
  }
  const auto words = [](const char* text) { return QCoreApplication::translate("PartKeys", text); };
  for (const PartKey& key : kGenerate) {
    if (key.part[0] == '\0' || part == QLatin1String(key.part)) {
      rows.append({{}, words(key.group), words(key.title), *key.detail == '\0' ? QString() : words(key.detail), key.icon, key.keys, {}});
    }
  }
  return rows;
}

}  // namespace darkroom::app
