#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Downloading pictures into 512-pixel WebDataset tars: `darkroom-engine data download` beside img2dataset, from one server on this machine.

  python3 tests/bench/download_speed.py [--engine build/bin/darkroom-engine] [--urls 3000] [--rounds 3] [--peer-python PYTHON] [--nginx PROGRAM]

The server is nginx with one worker where there is one (as for the figures of docs/data.md), else Python's own, which takes more of the two
cores from both. The pictures are 1024x1024 JPEGs of quality 90, about 240 kB each. img2dataset lives in an environment of its own, made in
--work when no --peer-python is given: its pins clash with those of the other peers. The two run in turns, ours first and last in each round;
prints a JSON line a run, then medians and ratios. On a machine that does other things only cpu_ms_per_image (of the program, without the
server) means something.
"""
import argparse
import functools
import glob
import http.server
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PICTURES = 300
SIZE = 512
PER_SHARD = 1000


def make_pictures(folder: str) -> None:
    """Noisy gradients with shapes on them, so that a JPEG has the bytes of a photograph."""
    import cv2
    import numpy as np
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 1, 1024)
    total = 0
    for number in range(PICTURES):
        picture = ramp[:, None, None] * rng.random(3) * 200 + ramp[None, :, None] * rng.random(3) * 55 + rng.normal(0, 6, (1024, 1024, 1))
        picture = np.ascontiguousarray(picture.clip(0, 255).astype("uint8"))
        for _ in range(40):
            x, y, radius = (int(value) for value in rng.integers(0, 1024, 3))
            colour = [int(value) for value in rng.integers(0, 255, 3)]
            cv2.circle(picture, (x, y), 5 + radius // 8, colour, thickness=int(rng.integers(-1, 6)) or 1, lineType=cv2.LINE_AA)
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
        total += len(data)
        pathlib.Path(folder, f"{number:05d}.jpg").write_bytes(data)
    print(json.dumps({"pictures": PICTURES, "mean_bytes": total // PICTURES}))


def make_urls(file: str, base: str, count: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    urls = [f"{base}/{i % PICTURES:05d}.jpg?i={i}" for i in range(count)]
    pq.write_table(pa.table({"url": urls, "caption": ["a b c"] * count}), file)


def run_peer(urls: str, out: str, processes: int) -> None:
    from img2dataset import download
    download(url_list=urls, input_format="parquet", url_col="url", caption_col="caption", output_folder=out, processes_count=processes,
             thread_count=16, image_size=SIZE, resize_mode="center_crop", output_format="webdataset", number_sample_per_shard=PER_SHARD,
             enable_wandb=False)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """Serves a folder until it is left; says what program does."""

    def __init__(self, folder: pathlib.Path, nginx: str | None):
        self.port = free_port()
        self.nginx = nginx
        self.folder = folder

    def __enter__(self):
        if self.nginx:
            self.home = tempfile.mkdtemp(prefix="darkroom_nginx_")
            os.chmod(self.home, 0o755)
            subprocess.run(["chmod", "-R", "a+rX", str(self.folder)], check=True)
            places = " ".join(f"{kind}_temp_path {self.home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            pathlib.Path(self.home, "nginx.conf").write_text(
                f"daemon off; worker_processes 1; pid {self.home}/pid; error_log {self.home}/log; user root;"
                "events { worker_connections 1024; }"
                f"http {{ access_log off; sendfile on; {places} server {{ listen 127.0.0.1:{self.port}; root {self.folder}; }} }}")
            self.process = subprocess.Popen([self.nginx, "-p", self.home, "-c", f"{self.home}/nginx.conf"], stderr=subprocess.DEVNULL)
        else:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), functools.partial(QuietHandler, directory=str(self.folder)))
            threading.Thread(target=self.server.serve_forever, daemon=True).start()
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server does not start")

    def __exit__(self, *_):
        if self.nginx:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            shutil.rmtree(self.home)
        else:
            self.server.shutdown()


def peer_python(work: pathlib.Path, given: str | None) -> str:
    if given:
        return given
    python = work / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(work / "venv")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "img2dataset==1.47.0"], check=True)
    return str(python)


def timed(command: list[str]) -> tuple[float, float, str, float]:
    """Wall seconds, seconds of CPU, output, the most memory of any child so far in MiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_ALBUMENTATIONS_UPDATE": "1"})
    seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-1000:] + done.stderr[-2000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, done.stdout, after.ru_maxrss / 1024


def successes(out: pathlib.Path) -> int:
    return sum(json.loads(pathlib.Path(file).read_text())["successes"] for file in glob.glob(str(out / "*_stats.json")))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="build/bin/darkroom-engine")
    parser.add_argument("--urls", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="+", default=[2], help="of img2dataset")
    parser.add_argument("--peer-python")
    parser.add_argument("--nginx", default=shutil.which("nginx"))
    parser.add_argument("--work", default="/tmp/darkroom_download_bench")
    parser.add_argument("--make-pictures")
    parser.add_argument("--make-urls", nargs=2)
    parser.add_argument("--run-peer", nargs=3)
    arguments = parser.parse_args()
    if arguments.make_pictures:
        return make_pictures(arguments.make_pictures)
    if arguments.make_urls:
        return make_urls(*arguments.make_urls, arguments.urls)
    if arguments.run_peer:
        return run_peer(*arguments.run_peer[:2], int(arguments.run_peer[2]))

    work = pathlib.Path(arguments.work)
    pictures = work / "pictures"
    urls = work / "urls.parquet"
    pictures.mkdir(parents=True, exist_ok=True)
    python = peer_python(work, arguments.peer_python)
    this = [python, os.path.abspath(__file__)]
    if len(list(pictures.glob("*.jpg"))) != PICTURES:
        subprocess.run([*this, "--make-pictures", str(pictures)], check=True)
    rates: dict[str, list[float]] = {}
    with Server(pictures, arguments.nginx) as server:
        subprocess.run([*this, "--make-urls", str(urls), f"http://127.0.0.1:{server.port}", "--urls", str(arguments.urls)], check=True)
        out = work / "out"
        ours = [arguments.engine, "data", "download", str(urls), "--out", str(out), "--image-size", str(SIZE), "--resize-mode", "center_crop",
                "--rows-per-shard", str(PER_SHARD), "--per-host", "16", "--allow-private", "--json"]
        peers = {f"img2dataset {n}p": [*this, "--run-peer", str(urls), str(out), str(n)] for n in arguments.processes}
        for _ in range(arguments.rounds):
            for name in ["darkroom", *peers, "darkroom"]:
                shutil.rmtree(out, ignore_errors=True)
                seconds, cpu, output, most_mib = timed(ours if name == "darkroom" else peers[name])
                if successes(out) != arguments.urls:
                    sys.exit(f"{name}: {successes(out)} of {arguments.urls} pictures came")
                line = {"who": name, "seconds": round(seconds, 2), "images_per_s": round(arguments.urls / seconds, 1),
                        "cpu_ms_per_image": round(1000 * cpu / arguments.urls, 2)}
                if name == "darkroom":
                    line["peak_mib"] = round(1024 * json.loads(output.strip().splitlines()[-1])["peak_gib"])
                else:
                    line["peak_mib_of_any_child"] = round(most_mib)
                rates.setdefault(name, []).append(arguments.urls / seconds)
                print(json.dumps(line), flush=True)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    best = max(value for name, value in medians.items() if name != "darkroom")
    print(json.dumps({"server": "nginx" if arguments.nginx else "python", "median_images_per_s": {n: round(v, 1) for n, v in medians.items()},
                      "times_the_best_peer": round(medians["darkroom"] / best, 2)}))


if __name__ == "__main__":
    main()
