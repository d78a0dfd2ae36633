#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the include graph against packaging/layers.json.

Includes are written from the repository root, so each names both layers. A layer may include itself, the layers on its line and, through
them, theirs. Also: nothing in core/ includes Qt, nothing in app/ includes LibTorch, and every file of ours carries an SPDX line.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = json.loads((ROOT / "packaging" / "layers.json").read_text())
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)


def layer_of(path: str):
    parts = pathlib.PurePosixPath(path).parts
    return "/".join(parts[:2]) if len(parts) > 2 and parts[0] in ("core", "app", "plugins") else None


def closure(layer: str, seen=None):
    seen = set() if seen is None else seen
    for below in LAYERS.get(layer, []):
        if below not in seen:
            seen.add(below)
            closure(below, seen)
    return seen


def problems():
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in files.stdout.splitlines():
        path = ROOT / name
        if not path.is_file():
            continue
        if path.suffix in (".h", ".cpp", ".cu", ".qml", ".py", ".sh", ".cmake") or path.name in ("CMakeLists.txt", "dev"):
            if "SPDX-License-Identifier:" not in path.read_text(errors="replace")[:400]:
                yield f"{name}: no SPDX-License-Identifier line"
        if path.suffix not in (".h", ".cpp", ".cu"):
            continue
        own = layer_of(name)
        if own and own not in LAYERS:
            yield f"{name}: layer {own} is not in packaging/layers.json"
            continue
        allowed = closure(own) | {own} if own else None
        text = path.read_text(errors="replace")
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            ours, system = match.group(1), match.group(2)
            other = layer_of(ours) if ours else None
            if allowed is not None and other and other not in allowed:
                yield f"{name}:{line}: {own} may not include {other} ({ours})"
            if system and name.startswith("core/") and re.match(r"Q[A-Z]|Qt", system):
                yield f"{name}:{line}: Qt in core/ ({system})"
            if system and name.startswith("app/") and re.match(r"(torch|ATen|c10)/", system):
                yield f"{name}:{line}: LibTorch in app/ ({system})"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found) if found else "layers: every include is allowed")
    sys.exit(1 if found else 0)
