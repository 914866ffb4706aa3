"""Scores of features that do not fit in memory: time, peak memory, and the rate of the Gram products.

Makes a Float32 table of ROWS x 1,024 features (4 GB for a million rows) with 100 classes, lets `graft score`
read it, and compares
- peak resident memory with the bar of 1 GB,
- the time with that of the same Gram products alone: the system's OpenBLAS `dsyrk` on as many threads, with
  the kernels that Graft chooses, in the same run,
- H-score with a NumPy Float64 reference of the same table, and shards with the whole (1e-10).

Run: python benchmarks/streaming.py [--rows 1000000] [--graft .build/release/graft] [--folder /tmp]
     [--threads 2] [--timing-only | --answers-only]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

WIDTH, CLASSES, RUN = 1024, 100, 20_000
SCORES = "logme,hscore,hscore-shrunk"


def make(folder, rows):
    features, labels = folder / f"stream-{rows}.npy", folder / f"stream-{rows}-labels.npy"
    if not (features.exists() and labels.exists()):
        random = np.random.default_rng(0)
        means = random.standard_normal((CLASSES, WIDTH)).astype(np.float32) * 0.3
        y = random.integers(0, CLASSES, rows)
        # One block of noise, turned by a column for each run: as good as new, and quickly made.
        noise = random.standard_normal((RUN, WIDTH), np.float32)
        x = np.lib.format.open_memmap(features, "w+", np.float32, (rows, WIDTH))
        for index, start in enumerate(range(0, rows, RUN)):
            part = y[start:start + RUN]
            x[start:start + RUN] = np.roll(noise, index, axis=1)[:len(part)] + means[part]
        x.flush()
        np.save(labels, y)
    return features, labels


def made(options):
    """Makes the table in a process of its own: what a parent holds counts in its children's peak."""
    subprocess.run(
        [sys.executable, __file__, "--make-only", "--rows", str(options.rows), "--folder",
         str(options.folder)], check=True)
    return make(options.folder, options.rows)


def graft(program, threads, arguments):
    start = time.perf_counter()
    process = subprocess.Popen(
        [program, "score", "--json", "--quiet", "--threads", str(threads), *arguments],
        stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"graft failed: {status}")
    return json.loads(output), time.perf_counter() - start, usage.ru_maxrss * 1024


def values(card):
    return {name: score["value"] for name, score in card["candidates"][0]["scores"].items()}


def bare_gram(threads, seconds=5):
    """GFLOP/s of dsyrk alone, n^2 k operations for an upper triangle, on blocks as Graft takes them."""
    code = f"""
import ctypes, time, numpy as np
blas = ctypes.CDLL("libopenblas.so.0")
blas.openblas_set_num_threads({threads})
n, k = {WIDTH}, 1638
a = np.random.default_rng(0).standard_normal((k, n)); c = np.zeros((n, n))
pointer = lambda m: m.ctypes.data_as(ctypes.c_void_p)
def once():
    blas.cblas_dsyrk(101, 121, 112, n, k, ctypes.c_double(1), pointer(a), n, ctypes.c_double(1), pointer(c), n)
once()
start, count = time.perf_counter(), 0
while time.perf_counter() - start < {seconds}:
    once(); count += 1
print(count * n * n * k / (time.perf_counter() - start) / 1e9)
"""
    environment = {**os.environ}
    # As Sources/Tensors/OpenBLAS.swift chooses where the library doesn't know the processor.
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    environment.setdefault("OPENBLAS_CORETYPE", "SkylakeX" if "avx512f" in flags else "Haswell")
    return float(subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True).stdout)


def reference_hscore(features, labels):
    x, y = np.load(features, mmap_mode="r"), np.load(labels)
    gram, sums = np.zeros((WIDTH, WIDTH)), np.zeros((CLASSES, WIDTH))
    for start in range(0, len(y), RUN):
        part = x[start:start + RUN].astype(float)
        gram += part.T @ part
        np.add.at(sums, y[start:start + RUN], part)
    counts = np.bincount(y, minlength=CLASSES)
    mean = sums.sum(0) / len(y)
    covariance = gram / len(y) - np.outer(mean, mean)
    deviations = sums / counts[:, None] - mean
    between = (deviations * (counts / len(y))[:, None]).T @ deviations
    return float(np.trace(np.linalg.solve(covariance, between)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--graft", default=".build/release/graft")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/tmp"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timing-only", action="store_true")
    parser.add_argument("--answers-only", action="store_true")
    parser.add_argument("--make-only", action="store_true", help="make the table and stop")
    options = parser.parse_args()
    if options.make_only:
        make(options.folder, options.rows)
        return
    features, labels = made(options)
    table = ["--features", str(features), "--labels", str(labels)]
    arguments = [*table, "--scores", SCORES]
    missed = []
    if not options.answers_only:
        rate = bare_gram(options.threads)
        _, seconds, memory = graft(options.graft, options.threads, arguments)
        gram = options.rows * WIDTH**2 / 1e9
        print(f"{options.rows} x {WIDTH} from disk, {options.threads} threads, scores {SCORES}")
        print(f"graft score: {seconds:.1f} s, {memory / 1e6:.0f} MB at most, expected accuracy included")
        print(f"Gram products: {gram:.0f} GFLOP; bare dsyrk {rate:.1f} GFLOP/s would take "
              f"{gram / rate:.1f} s; the command runs at {gram / seconds:.1f} GFLOP/s, "
              f"{gram / seconds / rate:.2f} of it")
        missed += ["memory"] if memory > 1e9 else []
    if not options.timing_only:
        missed += answers(options, features, labels, arguments)
    if missed:
        sys.exit("bars missed: " + ", ".join(missed))


def answers(options, features, labels, arguments):
    whole = values(graft(options.graft, options.threads, arguments)[0])
    reference = reference_hscore(features, labels)
    off = abs(whole["hscore"] / reference - 1)
    print(f"H-score {whole['hscore']:.9f}, NumPy {reference:.9f}, relative difference {off:.1e}")
    # Shards of one table against the whole.
    x, y = np.load(features, mmap_mode="r"), np.load(labels)
    count = min(options.rows, 100_000)
    cut = count // 3 + 1
    parts = []
    for name, rows in (("whole", slice(0, count)), ("a", slice(0, cut)), ("b", slice(cut, count))):
        paths = options.folder / f"stream-{name}.npy", options.folder / f"stream-{name}-y.npy"
        np.save(paths[0], x[rows])
        np.save(paths[1], y[rows])
        parts.append(list(map(str, paths)))
    one = values(graft(options.graft, options.threads, [
        "--features", parts[0][0], "--labels", parts[0][1], "--scores", SCORES])[0])
    two = values(graft(options.graft, options.threads, [
        "--features", f"net={parts[1][0]},{parts[2][0]}", "--labels", parts[1][1], parts[2][1],
        "--scores", SCORES])[0])
    worst = max(abs(two[name] / one[name] - 1) for name in one)
    print(f"two shards against the whole of {count} rows: largest relative difference {worst:.1e}")
    for path in sum(parts, []):
        os.remove(path)
    return (["H-score"] if off > 1e-6 else []) + (["shards"] if worst > 1e-10 else [])


if __name__ == "__main__":
    main()
