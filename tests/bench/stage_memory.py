#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The most memory that each stage of the data road holds while it reads an input that is larger than any machine's memory.

  .venv-parity/bin/python tests/bench/stage_memory.py --engine build/bin/darkroom-engine --gib 100 [--stages tokenize audit …] [--work FOLDER]

Needs numpy and pyarrow, and nginx to download at the speed of the disk. One tar of a GiB (pictures of noise, 1024x1024, PNG without compression; of 3 MB each, or smaller and more of them with --side) and one parquet of LAION's columns are made
once and appear under many names as hard links: the stages read, hash and decode as many bytes as they are told, the disk holds little. Prints a JSON line
a stage: bytes read, seconds, and the peak that the kernel counted (ru_maxrss: pages of mapped files count too), and exits with 1 where one is over
--limit-gib. `shards` writes about a thirtieth of what it reads.
"""
import argparse
import contextlib
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tarfile
import time
import zlib

import download_speed

SIDE = 1024
GIB = 1 << 30
STAGES = ["filter", "download", "tokenize", "audit", "dedup", "arrow", "encode", "shards"]
RULES = {"darkroom_rules": 1, "rules": [{"column": "aesthetic", "min": 5.5}, {"column": "width", "min": 512}]}


def png(rng, side: int) -> bytes:
    rows = rng.integers(0, 256, (side, side * 3 + 1), dtype="uint8")
    rows[:, 0] = 0  # no filter
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))  # noqa: E731
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 0))
            + chunk(b"IEND", b""))


def make_tar(path: pathlib.Path, side: int) -> None:
    import numpy
    rng = numpy.random.default_rng(0)
    with tarfile.open(path.with_suffix(".partial"), "w", format=tarfile.USTAR_FORMAT) as tar:
        for number in range(GIB // (3 * side * side)):
            for name, data in (("png", png(rng, side)), ("txt", f"picture {number} of noise, in a great many colours".encode())):
                info = tarfile.TarInfo(f"{number:06d}.{name}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    path.with_suffix(".partial").rename(path)


def make_parquet(path: pathlib.Path) -> None:
    import numpy
    import pyarrow
    import pyarrow.parquet
    rng, rows = numpy.random.default_rng(1), 1_000_000
    table = pyarrow.table({
        "URL": [f"https://host-{i % 997}.example/pictures/{i * 2654435761 % (1 << 32):08x}/large.jpg" for i in range(rows)],
        "TEXT": [f"a picture with the number {i} and some words that say what it shows" for i in range(rows)],
        "WIDTH": rng.integers(64, 2048, rows), "HEIGHT": rng.integers(64, 2048, rows),
        "AESTHETIC_SCORE": rng.normal(5.5, 0.7, rows), "similarity": rng.normal(0.3, 0.05, rows)})
    pyarrow.parquet.write_table(table, path.with_suffix(".partial"))
    path.with_suffix(".partial").rename(path)


def links(of: pathlib.Path, folder: pathlib.Path, wanted: int) -> list[str]:
    """Hard links of a file that add up to `wanted` bytes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = [folder / f"{number:05d}{of.suffix}" for number in range(max(1, round(wanted / of.stat().st_size)))]
    for link in made:
        link.hardlink_to(of)
    return [str(link) for link in made]


def picture_links(tar: pathlib.Path, folder: pathlib.Path, wanted: int) -> str:
    """A folder of pictures with captions beside them: those of the tar, as hard links under many names."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "000000").mkdir(parents=True)
    with tarfile.open(tar) as archive:
        archive.extractall(folder / "000000")
    files = sorted((folder / "000000").iterdir())
    for copy in range(1, max(1, round(wanted / tar.stat().st_size))):
        (folder / f"{copy:06d}").mkdir()
        for file in files:
            (folder / f"{copy:06d}" / f"{copy:06d}_{file.name}").hardlink_to(file)
    return str(folder)


def make_served(folder: pathlib.Path, tar: pathlib.Path, base: str, wanted: int) -> None:
    """The tar's pictures for a server, and beside the folder a parquet of as many URLs of them below `base` as add up to `wanted` bytes."""
    import pyarrow
    import pyarrow.parquet
    if not (folder / "whole").exists():
        with tarfile.open(tar) as archive:
            archive.extractall(folder)
        (folder / "whole").touch()
    names = sorted(path.name for path in folder.glob("*.png"))
    rows = max(1, round(wanted / (folder / names[0]).stat().st_size))
    table = pyarrow.table({"url": [f"{base}/{names[i % len(names)]}?i={i}" for i in range(rows)], "caption": [f"picture {i}" for i in range(rows)]})
    pyarrow.parquet.write_table(table, folder.with_suffix(".parquet"))


def measured(command: list[str], log: pathlib.Path) -> tuple[int, float, float]:
    """Exit code, seconds, peak in GiB."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.execv(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - start, usage.ru_maxrss / (1 << 20)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="build/bin/darkroom-engine")
    parser.add_argument("--gib", type=float, default=100)
    parser.add_argument("--limit-gib", type=float, default=2)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--side", type=int, default=SIDE, help="of the pictures: 1024 makes 3 MB each, 180 makes thirty times as many, of 97 KB")
    parser.add_argument("--work", default="/tmp/darkroom_stage_memory")
    parser.add_argument("--base", help="with --make")
    parser.add_argument("--make", nargs=2, metavar=("WHAT", "FILE"), help="used by the script itself: a program inherits the peak of the one that starts it")
    options = parser.parse_args()
    engine, work = str(pathlib.Path(options.engine).resolve()), pathlib.Path(options.work)
    gibibyte, wanted = work / f"gibibyte_{options.side}.tar", int(options.gib * GIB)
    if options.make:
        makers = {"tar": lambda path: make_tar(path, options.side), "rows": make_parquet,
                  "served": lambda path: make_served(path, gibibyte, options.base, wanted)}
        makers[options.make[0]](pathlib.Path(options.make[1]))
        return 0

    def make(what: str, path: pathlib.Path, *more: str) -> str:
        subprocess.run([sys.executable, __file__, *sys.argv[1:], *more, "--make", what, str(path)], check=True)
        return str(path)

    work.mkdir(parents=True, exist_ok=True)
    for what, path in (("tar", gibibyte), ("rows", work / "rows.parquet")):
        if not path.exists():
            make(what, path)
    tars = links(gibibyte, work / "tars", wanted)
    (work / "rules.json").write_text(json.dumps(RULES))
    out = {stage: str(work / "out" / stage) for stage in STAGES}
    served = work / f"served_{options.side}"
    served.mkdir(exist_ok=True)
    server = download_speed.Server(served, shutil.which("nginx"))
    commands = {
        "filter": lambda: ["filter", *links(work / "rows.parquet", work / "metadata", wanted), "--rules", str(work / "rules.json"), "--count"],
        "download": lambda: ["download", make("served", served, "--base", f"http://127.0.0.1:{server.port}") + ".parquet", "--out", out["download"],
                             "--per-host", "16", "--allow-private"],
        "tokenize": lambda: ["tokenize", *tars, "--out", out["tokenize"]],
        "audit": lambda: ["audit", *tars, "--out", out["audit"]],
        "dedup": lambda: ["dedup", out["tokenize"], "--out", out["dedup"]],
        "arrow": lambda: ["arrow", out["tokenize"], "--out", out["arrow"]],
        "encode": lambda: ["encode", out["arrow"], *tars, "--model", "pocket"],
        "shards": lambda: ["shards", picture_links(gibibyte, work / "pictures", wanted), "--out", out["shards"]],
    }
    over = False
    with server if "download" in options.stages else contextlib.nullcontext():
        for stage in options.stages:
            if stage != "encode":
                shutil.rmtree(out[stage], ignore_errors=True)
            code, seconds, peak = measured([engine, "data", *commands[stage](), "--json"], work / f"{stage}.log")
            lines = (work / f"{stage}.log").read_text().splitlines()
            line = {"stage": stage, "read_gib": options.gib, "side": options.side, "seconds": round(seconds, 1), "peak_gib": round(peak, 3), "exit_code": code}
            print(json.dumps(line if code == 0 else {**line, "said": lines[-1:]}), flush=True)
            over = over or code != 0 or peak > options.limit_gib
    for folder in ("tars", "metadata", "pictures"):
        shutil.rmtree(work / folder, ignore_errors=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
