#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tidy.py BUILD FILE…: clang-tidy over sources of a configured and built tree; exits 1 when it finds something.

GCC's precompiled headers mean nothing to clang: each is compiled once more with clang, which halves the time. A file that was clean is remembered by
its bytes, those of our headers that it includes (ninja knows them), the configuration and the compiler flags, in DARKROOM_TIDY_CACHE or
~/.cache/darkroom/tidy.
"""
import concurrent.futures
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
NOT_FOR_CLANG = re.compile(r" (-Winvalid-pch|-Werror)(?= |$)")


def cache_folder():
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    return pathlib.Path(os.environ.get("DARKROOM_TIDY_CACHE", home / "darkroom" / "tidy"))


def our_includes(build):
    """By source: the files of ours that it was compiled from; and those that any precompiled header was."""
    by_source, of_precompiled, object_name, files = {}, set(), "", []

    def close():
        ours = {path for path in files if path.is_relative_to(ROOT) and path.suffix == ".h" and ".venv" not in path.parts and path.exists()
                and not path.is_relative_to(build)}
        if object_name.endswith(".gch"):
            of_precompiled.update(ours)
        elif files:
            by_source[files[0]] = ours

    for line in subprocess.run(["ninja", "-C", str(build), "-t", "deps"], text=True, capture_output=True, check=True).stdout.splitlines():
        if line.startswith("    "):
            files.append(pathlib.Path(os.path.normpath(build / line.strip())))
        elif line:
            close()
            object_name, files = line.split(": #deps")[0], []
    close()
    return by_source, of_precompiled


def precompile(header, command, folder):
    """Compiles `header` with the flags of one of its users; returns the .pch."""
    out = folder / f"{hashlib.sha1(header.encode()).hexdigest()[:8]}.pch"
    arguments = shlex.split(command["command"])
    flags = []
    skip = {"-o", "-c", "-MT", "-MF"}
    iterator = iter(arguments[next(i for i, a in enumerate(arguments) if a.startswith("-")):])
    for argument in iterator:
        if argument in skip:
            next(iterator)
        elif argument not in ("-MD", "-include") and argument != header:
            flags.append(argument)
    subprocess.run([CLANG, "-x", "c++-header", *flags, "-Wno-everything", "-o", str(out), header], cwd=command["directory"], check=True)
    return out


def database(entries, files, folder):
    """Writes a compile_commands.json of `files` for clang into `folder`. Changes the entries."""
    wanted, headers = [entries[path] for path in files], {}
    for entry in wanted:
        entry["command"] = NOT_FOR_CLANG.sub("", entry["command"])
        if match := PCH.search(entry["command"]):
            headers.setdefault(match.group(1), entry)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(headers, pool.map(lambda header: precompile(header, headers[header], folder), headers)))
    for entry in wanted:
        entry["command"] = PCH.sub(lambda match: f"-include-pch {made[match.group(1)]}", entry["command"])
    (folder / "compile_commands.json").write_text(json.dumps(wanted, indent=1))


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    files = {pathlib.Path(name).resolve() for name in sys.argv[2:]}
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)

    configuration = (ROOT / ".clang-tidy").read_bytes()
    includes, of_precompiled = our_includes(build)
    entries = {pathlib.Path(entry["directory"], entry["file"]).resolve(): entry
               for entry in json.loads((build / "compile_commands.json").read_text())}
    for entry in entries.values():  # clang has no omp.h of its own here, and no source of ours names OpenMP
        entry["command"] = entry["command"].replace(" -fopenmp", "")
    flags = {path: entry["command"].replace(str(ROOT), "") for path, entry in entries.items()}

    def stamp_of(path):
        key = hashlib.sha256(configuration)
        for file in sorted({path} | includes.get(path, set()) | of_precompiled):
            key.update(file.read_bytes())
        key.update(flags[path].encode())
        return cache / key.hexdigest()[:40]

    missing = sorted(path for path in files if path not in flags)
    todo = sorted(path for path in files if path in flags and not stamp_of(path).exists())
    print(f"clang-tidy: {len(files) - len(missing) - len(todo)} files known to be clean, {len(todo)} to look at", flush=True)
    if not todo:
        return 0
    # A folder of its own: two runs may go side by side.
    with tempfile.TemporaryDirectory(prefix="tidy-", dir=build) as folder:
        return look_at(todo, entries, pathlib.Path(folder), stamp_of)


def look_at(todo, entries, folder, stamp_of):
    database(entries, todo, folder)

    def check(path):
        return path, subprocess.run([TIDY, "-p", str(folder), "--quiet", str(path)], cwd=entries[path]["directory"], text=True, capture_output=True)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in pool.map(check, todo):
            if result.returncode == 0:
                stamp_of(path).touch()
            else:
                failed += 1
                print(f"{path.relative_to(ROOT)}:\n{result.stdout}{result.stderr if not result.stdout.strip() else ''}", flush=True)
    print(f"clang-tidy: {failed} of {len(todo)} files with findings", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
