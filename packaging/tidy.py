#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tidy.py BUILD FILE…: clang-tidy over sources of a configured and built tree; exits 1 when it finds something.

clang-tidy looks at every declaration of every header that a source includes, which for LibTorch takes ten seconds: sources of one target are joined, as the
build joins them, and their headers looked at once. GCC's precompiled headers mean nothing to clang: each is compiled once more with clang. A source that
was clean is remembered by its bytes, those of our headers that it includes, the configuration and the compiler flags, in DARKROOM_TIDY_CACHE or
~/.cache/darkroom/tidy.
"""
import collections
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

CLANG, TIDY = "clang++-14", "clang-tidy-14"
ROOT = pathlib.Path(__file__).resolve().parent.parent
PCH = re.compile(r"-include (\S+cmake_pch\.hxx)")
# clang has no omp.h of its own here, and no source of ours names OpenMP.
NOT_FOR_CLANG = re.compile(r" (-Winvalid-pch|-Werror|-fopenmp)(?= |$)")
QUOTED = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
LARGEST_JOINED = 12


def cache_folder():
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    return pathlib.Path(os.environ.get("DARKROOM_TIDY_CACHE", home / "darkroom" / "tidy"))


def compile_commands(build):
    """By source of ours: (directory, command with {} for the source). A joined source of the build stands for those that it includes."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["directory"], entry["file"]).resolve()
        command = NOT_FOR_CLANG.sub("", re.sub(r" -o \S+", "", entry["command"])).replace(entry["file"], "{}")
        members = [pathlib.Path(name) for name in QUOTED.findall(file.read_text())] if file.parent.name == "Unity" else [file]
        for member in members:
            commands[member] = (entry["directory"], command)
    return commands


@functools.cache
def quoted(path):
    """Our own headers that this file names: they are included from the root of the repository or from beside it."""
    found = (next((folder / name for folder in (ROOT, path.parent) if (folder / name).is_file()), None) for name in QUOTED.findall(path.read_text(errors="replace")))
    return frozenset(header for header in found if header)


def with_headers(path):
    """The file and every header of ours that it includes, at any depth."""
    seen, todo = {path}, [path]
    while todo:
        new = quoted(todo.pop()) - seen
        seen |= new
        todo.extend(new)
    return sorted(seen)


def precompile(header, directory, command, folder):
    """Compiles `header` with the flags of one of its users; returns the .pch."""
    out = folder / f"{hashlib.sha1(header.encode()).hexdigest()[:8]}.pch"
    arguments = shlex.split(PCH.sub("", command).replace("{}", header))
    flags = [a for a in arguments[next(i for i, a in enumerate(arguments) if a.startswith("-")):] if a not in ("-c", header)]
    subprocess.run([CLANG, "-x", "c++-header", *flags, "-Wno-everything", "-o", str(out), header], cwd=directory, check=True)
    return out


def joined(todo, commands):
    """Lists of sources of one folder with the same flags, none longer than LARGEST_JOINED, the longest first."""
    alike = collections.defaultdict(list)
    for path in todo:
        alike[path.parent, commands[path]].append(path)
    pieces = []
    for paths in alike.values():
        count = -(-len(paths) // LARGEST_JOINED)
        pieces += [paths[i::count] for i in range(count)]
    return sorted(pieces, key=len, reverse=True)


def database(pieces, commands, folder):
    """Writes the joined sources and a compile_commands.json of them into `folder`; returns them."""
    headers = {}
    for piece in pieces:
        directory, command = commands[piece[0]]
        if match := PCH.search(command):
            headers.setdefault(match.group(1), (directory, command))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(headers, pool.map(lambda header: precompile(header, *headers[header], folder), headers)))
    sources, entries = [], []
    for number, piece in enumerate(pieces):
        directory, command = commands[piece[0]]
        source = folder / f"joined_{number}.cpp"
        source.write_text("".join(f'#include "{path}"\n' for path in piece))
        command = PCH.sub(lambda match: f"-include-pch {made[match.group(1)]}", command).replace("{}", str(source))
        sources.append(source)
        entries.append({"directory": directory, "command": command, "file": str(source)})
    (folder / "compile_commands.json").write_text(json.dumps(entries, indent=1))
    return sources


def look_at(pieces, commands, folder, stamp_of):
    """How many sources are in pieces with findings."""
    def check(source):
        # The joined source includes .cpp files, and what is in them is looked at as if it were a header.
        return subprocess.run([TIDY, "-p", str(folder), "--quiet", "--checks=-bugprone-suspicious-include", r"--header-filter=(core|app)/.*\.(h|cpp)$", str(source)],
                              text=True, capture_output=True)

    failed = 0
    sources = database(pieces, commands, folder)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for piece, result in zip(pieces, pool.map(check, sources)):
            if result.returncode == 0:
                for path in piece:
                    stamp_of(path).touch()
            else:
                failed += len(piece)
                print(f"{', '.join(str(path.relative_to(ROOT)) for path in piece)}:\n{result.stdout}{result.stderr if not result.stdout.strip() else ''}", flush=True)
    return failed


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    files = {pathlib.Path(name).resolve() for name in sys.argv[2:]}
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    configuration = (ROOT / ".clang-tidy").read_bytes()
    commands = compile_commands(build)

    @functools.cache
    def stamp_of(path):
        key = hashlib.sha256(configuration)
        for file in with_headers(path):
            key.update(file.read_bytes())
        key.update(commands[path][1].replace(str(ROOT), "").encode())
        return cache / key.hexdigest()[:40]

    known = files & commands.keys()  # no command: not part of this configuration (CUDA)
    todo = sorted(path for path in known if not stamp_of(path).exists())
    print(f"clang-tidy: {len(known) - len(todo)} files known to be clean, {len(todo)} to look at", flush=True)
    if not todo:
        return 0
    # A folder of its own: two runs may go side by side.
    with tempfile.TemporaryDirectory(prefix="tidy-", dir=build) as folder:
        failed = look_at(joined(todo, commands), commands, pathlib.Path(folder), stamp_of)
    print(f"clang-tidy: {failed} of {len(todo)} files in pieces with findings", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
