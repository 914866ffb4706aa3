"""Decoding and scaling of JPEGs: Graft's codecs against Pillow, speed and the same answers.

    pip install pillow numpy
    python benchmarks/images.py FOLDER_OF_PHOTOGRAPHS

Photographs of the folder are cut to 4:3 and saved by Pillow at 500 × 375 and, enlarged and with some
noise so that they compress as large ones do, at 4000 × 3000. Each side reads, decodes and scales every
file until its shorter side is 224, with the same filter and two threads; Pillow in two threads or two
processes, whichever is faster. Rounds take turns and the best of each side counts. Of the large ones
Pillow decodes whole, as people have it, and also with `draft`, its own decoding at a fraction of the
size. Every answer of Graft is compared with Pillow's: largest and mean difference in levels, against
`draft` at the same fraction where Graft takes one. `--corpus` compares the answers on all files of the
folder as they are, in all four filters and several sizes, and times nothing.
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image, features

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILTERS = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
BARS = {"500x375": 2.0, "4000x3000": 5.0}


def compiled(folder):
    program = folder / "images"
    codecs = ROOT / "Sources" / "CImageCodecs"
    subprocess.run(
        ["clang", "-std=gnu2x", "-O2", f"-I{codecs / 'include'}", str(ROOT / "benchmarks" / "images.c"),
         *map(str, sorted(codecs.glob("*.c"))), "-ljpeg", "-lpng", "-lm", "-lpthread", "-o", str(program)],
        check=True)
    return program


def make(source, folder, count, width, height):
    """Photographs cut to 4:3 in a given size; the large ones get the noise that enlarging lacks."""
    files = []
    noise = np.random.default_rng(0)
    for path in source[:: max(1, len(source) // count)][:count]:
        image = Image.open(path).convert("RGB")
        unit = min(image.width / 4, image.height / 3)
        image = image.resize((width, height), Image.LANCZOS, box=(0, 0, 4 * unit, 3 * unit))
        if width > 1000:
            grain = noise.normal(0, 3, (height, width, 1)).astype(np.float32)
            image = Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
        file = folder / f"{width}-{len(files):03}.jpg"
        image.save(file, quality=90)
        files.append(str(file))
    return files


def graft(program, files, filter, size, threads, rounds, folder, environment=None):
    """Seconds of each round, and the answers."""
    out = folder / "answers"
    run = subprocess.run(
        [program, filter, str(size), str(threads), str(rounds), str(out), *files],
        check=True, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    data = out.read_bytes()
    answers, at = [], 0
    while at < len(data):
        width, height = np.frombuffer(data, "<u4", 2, at)
        pixels = np.frombuffer(data, np.uint8, int(width) * int(height) * 3, at + 8)
        answers.append(pixels.reshape(height, width, 3))
        at += 8 + pixels.size
    return [float(line) for line in run.stdout.split()], answers


def fraction(image, size):
    """Graft's rule (ImageDecoder): 1, 2, 4 or 8."""
    if image.format != "JPEG" or image.width * image.height < 1_000_000:
        return 1
    shorter = min(image.size)
    return next((s for s in (8, 4, 2) if shorter // s >= (5 * size + 3) // 4), 1)


def pillow(task):
    path, filter, size, draft = task
    image = Image.open(path)
    if draft:
        scale = fraction(image, size)
        image.draft("RGB", (image.width // scale, image.height // scale))
    image = image.convert("RGB")
    width, height = image.size
    target = (size, size * height // width) if width <= height else (size * width // height, size)
    return np.asarray(image.resize(target, FILTERS[filter]))


def pillow_only(task):
    pillow(task)


def differences(ours, theirs):
    largest, total, count = 0, 0.0, 0
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape, (a.shape, b.shape)
        d = np.abs(a.astype(int) - b.astype(int))
        largest, total, count = max(largest, int(d.max())), total + d.sum(), count + d.size
    return largest, total / count


def race(program, name, files, arguments, folder, pools):
    filter, size, threads = arguments.filter, arguments.size, arguments.threads
    sides = {"graft": []}
    for draft in ([False, True] if fraction(Image.open(files[0]), size) > 1 else [False]):
        for kind in pools:
            sides[f"pillow{' draft' if draft else ''}, {kind}"] = []
    for _ in range(arguments.rounds):
        for side, seconds in sides.items():
            if side == "graft":
                times, answers = graft(program, files, filter, size, threads, 2, folder)
                seconds.append(min(times))
            else:
                tasks = [(file, filter, size, "draft" in side) for file in files]
                start = time.perf_counter()
                list(pools[side.split(", ")[1]].map(pillow_only, tasks))
                seconds.append(time.perf_counter() - start)
    best = {side: min(seconds) / len(files) * 1e3 for side, seconds in sides.items()}
    print(f"\n{name}, {filter} to {size}, {threads} threads, {len(files)} files, ms a picture (best round):")
    for side, value in best.items():
        print(f"  {side:28} {value:8.3f}")
    for label in ("pillow", "pillow draft"):
        peers = [v for s, v in best.items() if s.split(",")[0] == label]
        if peers:
            print(f"  ratio to {label:19} {min(peers) / best['graft']:8.2f}")
    ratio = min(v for s, v in best.items() if s.split(",")[0] == "pillow") / best["graft"]
    exact = differences(answers, [pillow((file, filter, size, True)) for file in files])
    print(f"  levels, at the same fraction: largest {exact[0]}, mean {exact[1]:.4f}")
    if any("draft" in side for side in sides):
        whole = differences(answers, [pillow((file, filter, size, False)) for file in files])
        print(f"  levels, Pillow decoding whole: largest {whole[0]}, mean {whole[1]:.4f}")
    bar = BARS[name]
    print(f"  bar {bar}: {'met' if ratio >= bar and exact[0] <= 1 else 'MISSED'}")
    return ratio >= bar and exact[0] <= 1


def corpus(program, files, folder):
    """The answers on all files, upright or not (neither side turns them here)."""
    fine = True
    for filter in FILTERS:
        for size in (32, 224, 500):
            _, ours = graft(program, files, filter, size, 2, 1, folder)
            largest, mean = differences(ours, [pillow((file, filter, size, True)) for file in files])
            print(f"{filter:9} to {size:3}, {len(files)} files: largest {largest}, mean {mean:.5f}")
            fine = fine and largest <= 1
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="photographs (JPEG), looked for in all folders below")
    parser.add_argument("--filter", default="bicubic", choices=FILTERS)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", type=int, default=60, help="files of 500 × 375")
    parser.add_argument("--large", type=int, default=6, help="files of 4000 × 3000")
    parser.add_argument("--corpus", type=int, metavar="FILES", help="compare answers on so many files as they are")
    arguments = parser.parse_args()
    source = sorted(str(p) for p in pathlib.Path(arguments.folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
    if not source:
        sys.exit(f"There is no JPEG in {arguments.folder}.")
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        program = compiled(folder)
        if arguments.corpus:
            step = max(1, len(source) // arguments.corpus)
            sys.exit(0 if corpus(program, source[::step][: arguments.corpus], folder) else 1)
        print(f"Pillow {Image.__version__}, libjpeg-turbo {features.version_feature('libjpeg_turbo')}")
        fine = True
        with multiprocessing.Pool(arguments.threads) as processes, \
                concurrent.futures.ThreadPoolExecutor(arguments.threads) as workers:
            pools = {"processes": processes, "threads": workers}
            for name, count in [("500x375", arguments.small), ("4000x3000", arguments.large)]:
                if count:
                    width, height = (int(v) for v in name.split("x"))
                    files = make(source, folder, count, width, height)
                    fine = race(program, name, files, arguments, folder, pools) and fine
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
