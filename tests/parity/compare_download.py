#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`data download` beside img2dataset on one server, and our tars read by webdataset itself.

  python3 tests/parity/compare_download.py [--engine build/bin/darkroom-engine] [--peer-python PYTHON] [--work FOLDER]

Compares for every resize mode: names of files and members, order and values of a sample's json, the parquet's columns and types, status and
error words of every row, counts of the stats, sides and pixels of the pictures. img2dataset and webdataset live in an environment of their own,
made in --work when no --peer-python is given, because img2dataset's pins clash with the other peers'.
"""
import argparse
import functools
import http.server
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

MODES = ["border", "no", "keep_ratio", "keep_ratio_largest", "center_crop"]
SIZE = 96
PER_SHARD = 20
SECONDS_TO_END = 10
# Words that both use; the rest are raw texts of exceptions there.
WORDS = {"success", "Image decoding error", "Use of image disallowed by X-Robots-Tag directive", "image too small", "aspect ratio too large",
         "HTTP Error 404: Not Found", "HTTP Error 410: Gone"}
LEAST_PSNR = 30  # two encoders of quality 95 on one resized picture; a wrong crop or mode is below 20


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def end_headers(self):
        if "noai" in self.path:
            self.send_header("X-Robots-Tag", "noai, noimageai")
        super().end_headers()

    def do_GET(self):
        if self.path.startswith(("/gone", "/missing")):
            return self.send_error(410 if self.path.startswith("/gone") else 404)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", "/" + self.path[4:])
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return super().do_GET()


def make(folder: pathlib.Path) -> list[tuple[str, str | None, float]]:
    """Pictures and a list of rows: path, caption, score."""
    import cv2
    import numpy as np
    rng = np.random.default_rng(3)
    rows = []
    for number, (width, height) in enumerate([(200, 150), (150, 200), (97, 301), (64, 48), (192, 192), (333, 111), (500, 401), (96, 96)] * 4):
        y, x = np.mgrid[0:height, 0:width]
        picture = np.stack([128 + 100 * np.sin(x / 17 + number), 128 + 100 * np.cos(y / 13), (x + y + 9 * number) % 256 * 0.6], -1)
        picture = (picture + rng.normal(0, 3, picture.shape)).clip(0, 255).astype("uint8")
        name = f"{number:03d}.{'png' if number % 5 == 4 else 'jpg'}"
        if number % 10 == 9:
            alpha = np.where(x < width // 2, 255, 80).astype("uint8")
            picture = np.dstack([picture, alpha])
        cv2.imwrite(str(folder / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 92] if name.endswith(".jpg") else [])
        rows.append((name, f"picture {number}, caf\u00e9 \"{number}\"", number / 7))
    (folder / "page.jpg").write_text("<html>gone</html>")
    (folder / "noai.jpg").write_bytes((folder / "000.jpg").read_bytes())
    rows[5:5] = [("missing.jpg", "dead", 1.0), ("gone.jpg", "gone", 2.0), ("page.jpg", "a page", 3.0), ("noai.jpg", "not for us", 4.0)]
    rows.append(("to/001.jpg", None, 5.0))
    return rows


def write_urls(file: pathlib.Path, rows, base: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    pq.write_table(pa.table({"url": [f"{base}/{path}" for path, _, _ in rows], "caption": pa.array([c for _, c, _ in rows], pa.string()),
                             "aesthetic": [score for _, _, score in rows]}), file)


def run_peer(urls: str, out: str, mode: str) -> None:
    from img2dataset import download
    download(url_list=urls, input_format="parquet", url_col="url", caption_col="caption", output_folder=out, processes_count=1, thread_count=4,
             image_size=SIZE, resize_mode=mode, output_format="webdataset", number_sample_per_shard=PER_SHARD, save_additional_columns=["aesthetic"],
             min_image_size=50, max_aspect_ratio=3.05, disallowed_header_directives=["noai", "noimageai", "noindex", "noimageindex"],
             enable_wandb=False)


def samples(folder: pathlib.Path) -> dict[str, dict]:
    """Every sample by its key, as webdataset's own reader has it."""
    import webdataset
    shards = sorted(str(path) for path in folder.glob("*.tar"))
    read = {}
    for sample in webdataset.WebDataset(shards, shardshuffle=False, empty_check=False):
        assert sample["__key__"] not in read, f"{sample['__key__']} twice"
        read[sample["__key__"]] = sample
    return read


def psnr(a: bytes, b: bytes) -> float:
    import cv2
    import numpy as np
    first, second = (cv2.imdecode(np.frombuffer(data, "uint8"), cv2.IMREAD_COLOR).astype(float) for data in (a, b))
    assert first.shape == second.shape, f"{first.shape} and {second.shape}"
    mean = float(np.mean((first - second) ** 2))
    return 99.0 if mean == 0 else 10 * math.log10(255**2 / mean)


def rows_of(folder: pathlib.Path) -> tuple[list, dict[str, dict]]:
    import pyarrow.parquet as pq
    tables = [pq.read_table(path) for path in sorted(folder.glob("*.parquet"))]
    schema = [(field.name, str(field.type)) for field in tables[0].schema]
    return schema, {row["key"]: row for table in tables for row in table.to_pylist()}


def words_of(message: str | None) -> str | None:
    return next((words for words in WORDS if message and message.startswith(words)), message)


def compare(mode: str, ours: pathlib.Path, theirs: pathlib.Path) -> None:
    names = {path.name for path in theirs.iterdir() if path.is_file()}
    extra = {path.name for path in ours.iterdir()} - names
    assert names <= {path.name for path in ours.iterdir()}, f"{mode}: files {names}"
    assert extra == {"download.json", "quarantine.jsonl"}, f"{mode}: more files {extra}"
    our_schema, our_rows = rows_of(ours)
    their_schema, their_rows = rows_of(theirs)
    assert our_schema == their_schema, f"{mode}: columns {our_schema} and {their_schema}"
    assert our_rows.keys() == their_rows.keys(), f"{mode}: keys"
    for key, row in their_rows.items():
        mine = our_rows[key]
        for column in ("url", "caption", "aesthetic", "status", "width", "height", "original_width", "original_height", "sha256", "exif"):
            assert mine[column] == row[column], f"{mode} {key}: {column} {mine[column]!r}, theirs {row[column]!r}"
        assert words_of(mine["error_message"]) == words_of(row["error_message"]), f"{mode} {key}: {mine['error_message']}, theirs {row['error_message']}"
    mine, other = samples(ours), samples(theirs)
    assert mine.keys() == other.keys(), f"{mode}: samples"
    lowest = 99.0
    for key, sample in other.items():
        assert sorted(k for k in mine[key] if k[0] != "_") == sorted(k for k in sample if k[0] != "_"), f"{mode} {key}: fields"
        assert mine[key]["txt"] == sample["txt"], f"{mode} {key}: caption"
        first, second = json.loads(mine[key]["json"]), json.loads(sample["json"])
        assert list(first) == list(second), f"{mode} {key}: json keys {list(first)}, theirs {list(second)}"
        assert first == second, f"{mode} {key}: json {first}, theirs {second}"
        lowest = min(lowest, psnr(mine[key]["jpg"], sample["jpg"]))
    assert lowest >= LEAST_PSNR, f"{mode}: pictures differ, {lowest:.1f} dB"
    for stats in sorted(theirs.glob("*_stats.json")):
        first, second = (json.loads((folder / stats.name).read_text()) for folder in (ours, theirs))
        assert list(first) == list(second), f"{mode}: stats keys {list(first)}, theirs {list(second)}"
        for key in ("count", "successes", "failed_to_download", "failed_to_resize", "status_dict"):
            assert first[key] == second[key], f"{mode}: {key} {first[key]}, theirs {second[key]}"
    print(f"{mode}: {len(our_rows)} rows, {len(mine)} samples, pictures at least {lowest:.1f} dB alike")


def peer(urls: pathlib.Path, out: pathlib.Path, mode: str, shards: int) -> None:
    """Runs img2dataset. It sometimes does not end after its last shard: then it is ended when all shards have their stats."""
    process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--run-peer", str(urls), str(out), mode], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={**os.environ, "NO_ALBUMENTATIONS_UPDATE": "1"}, start_new_session=True)
    finished = None
    while process.poll() is None:
        time.sleep(0.5)
        if finished is None and len(list(out.glob("*_stats.json"))) == shards:
            finished = time.monotonic()
        if finished is not None and time.monotonic() - finished > SECONDS_TO_END:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return
    assert process.returncode == 0, f"img2dataset ended with {process.returncode}"


def inside(arguments) -> None:
    """Runs in the peers' environment."""
    work = pathlib.Path(arguments.work)
    pictures = work / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    rows = make(pictures)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(pictures)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    urls = work / "urls.parquet"
    write_urls(urls, rows, f"http://127.0.0.1:{server.server_address[1]}")
    for mode in MODES:
        ours, theirs = work / "ours", work / "theirs"
        for folder in (ours, theirs):
            shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([arguments.engine, "data", "download", str(urls), "--out", str(ours), "--image-size", str(SIZE), "--resize-mode", mode,
                        "--rows-per-shard", str(PER_SHARD), "--keep-columns", "aesthetic", "--min-image-size", "50", "--max-aspect-ratio", "3.05",
                        "--allow-private", "--tries", "1", "--json"], check=True, stdout=subprocess.DEVNULL)
        peer(urls, theirs, mode, math.ceil(len(rows) / PER_SHARD))
        compare(mode, ours, theirs)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="build/bin/darkroom-engine")
    parser.add_argument("--peer-python")
    parser.add_argument("--work", default="/tmp/darkroom_download_parity")
    parser.add_argument("--inside", action="store_true")
    parser.add_argument("--run-peer", nargs=3)
    arguments = parser.parse_args()
    if arguments.run_peer:
        return run_peer(*arguments.run_peer)
    if arguments.inside:
        return inside(arguments)
    python = pathlib.Path(arguments.peer_python or pathlib.Path(arguments.work) / "venv" / "bin" / "python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "img2dataset==1.47.0"], check=True)
    sys.exit(subprocess.run([str(python), os.path.abspath(__file__), "--inside", "--work", arguments.work, "--engine", arguments.engine]).returncode)


if __name__ == "__main__":
    main()
