"""`graft bench scores` against NumPy, scikit-learn and the authors' LogME: seconds, and whether values agree.

    python benchmarks/scores.py --graft .build/release/graft [--authors FOLDER] [--threads 2]

Both sides get the same Float32 features in memory and the same number of threads; reading files is in
neither time. The peers compute a value and no interval. So the ratio is to `--value-only`, from the
features to the value; beside it stands the time to the value with its jackknife interval. Both sides
take turns for --rounds rounds (small features five runs each a round), and the least of each counts. The command fails where values differ.

The peer of LogME is the fixed point of thuml/LogME in NumPy (SVD of X'X, then 11 steps a class);
with --authors the class in FOLDER/LogME.py runs itself. It has no right term for N < D and stops at
a tolerance of 10^-3, so values are compared where N > D, on features divided by their root mean
square, to 10^-3. The peer of H-score is tr(pinv(cov(X)) cov(class means)) in Float64; values agree to
10^-6. The peer of NLEEP is scikit-learn from the same k-means++ seeds (peers/nleep.py), to 10^-6. The
last lines are every score on 5,000 x 2,048 features of 100 classes, without and with intervals.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time

CASES = {"LogME, 10,000 x 2,048, 397 classes": ("logme", 10_000, 2048, 397),
         "LogME, 1,000 x 512, 10 classes": ("logme", 1000, 512, 10),
         "H-score, 10,000 x 2,048, 397 classes": ("hscore", 10_000, 2048, 397),
         "H-score, 1,000 x 512, 10 classes": ("hscore", 1000, 512, 10),
         "NLEEP, 5,000 x 2,048, 100 classes": ("nleep", 5000, 2048, 100),
         "NLEEP, 1,000 x 512, 10 classes": ("nleep", 1000, 512, 10)}
TOLERANCE = {"logme": 1e-3, "hscore": 1e-6, "nleep": 1e-6}
BARS = {"logme": 5, "hscore": 5, "nleep": 3}
EVERYTHING, LONGEST = (5000, 2048, 100), 15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--graft", default=".build/release/graft")
    parser.add_argument("--authors", help="folder of thuml/LogME with LogME.py")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--output", help="where to write the record as JSON")
    return parser.parse_args()


OPTIONS = arguments() if __name__ == "__main__" else None
if OPTIONS:  # before NumPy starts its threads
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = str(OPTIONS.threads)

import numpy as np  # noqa: E402


def features(rows, width, classes):
    """Rectified features of skewed variances in which a third of the columns tell classes."""
    generator = np.random.default_rng(5)
    y = np.arange(rows) % classes
    centres = generator.normal(size=(classes, width)) * (generator.random(width) < 1 / 3)
    x = generator.normal(size=(rows, width)) + 0.5 * centres[y]
    return (np.maximum(x, 0) * generator.gamma(2, size=width)).astype(np.float32), y


def logme(x, y):
    """The fixed point of the authors' second paper, class by class."""
    x = x.astype(np.float64)
    x /= np.sqrt((x**2).mean())
    n, d = x.shape
    _, squares, vt = np.linalg.svd(x.T @ x)
    s = np.sqrt(squares)
    keep = s > 1e-10
    s, sigma, vt = s[keep], squares[keep], vt[keep]
    u = (x @ vt.T) / s
    evidences = []
    for c in range(y.max() + 1):
        t = (y == c).astype(float)
        z2 = (u.T @ t) ** 2
        outside = t @ t - z2.sum()
        alpha = beta = 1.0
        for _ in range(11):
            ratio = alpha / beta
            gamma = (sigma / (sigma + ratio)).sum()
            mean = (sigma * z2 / (ratio + sigma) ** 2).sum()
            residual = (z2 / (1 + sigma / ratio) ** 2).sum() + outside
            alpha, beta = gamma / (mean + 1e-5), (n - gamma) / (residual + 1e-5)
            if abs(alpha / beta - ratio) <= 1e-3 * ratio:
                break
        evidences.append((
            d / 2 * np.log(alpha) + n / 2 * np.log(beta) - np.log(alpha + beta * sigma).sum() / 2
            - beta / 2 * residual - alpha / 2 * mean - n / 2 * np.log(2 * np.pi)) / n)
    return float(np.mean(evidences))


def authors_logme(folder):
    """Their class, imported; numba's decorator is left out where numba is not installed."""
    try:
        importlib.import_module("numba")
    except ImportError:
        stub = type(sys)("numba")
        stub.njit = lambda function: function
        sys.modules["numba"] = stub
    sys.path.insert(0, folder)
    module = importlib.import_module("LogME")

    def score(x, y):
        x = x.astype(np.float64)
        return float(module.LogME(regression=False).fit(x / np.sqrt((x**2).mean()), y))

    return score


def hscore(x, y):
    x = x.astype(np.float64)
    means = np.zeros_like(x)
    for c in range(y.max() + 1):
        means[y == c] = x[y == c].mean(axis=0)
    return float(np.trace(np.linalg.pinv(np.cov(x.T)) @ np.cov(means.T)))


def runs(x):
    """Runs of a turn, the least of which counts: small features are over before a processor is awake."""
    return 5 if x.size <= 1_000_000 else 1


def graft(x, y, folder, scores=None, *flags):
    np.save(f"{folder}/x.npy", x)
    np.save(f"{folder}/y.npy", y.astype(np.int64))
    command = [
        OPTIONS.graft, "bench", "scores", "--features", f"{folder}/x.npy", "--labels",
        f"{folder}/y.npy", "--rounds", str(runs(x)), "--threads",
        str(OPTIONS.threads), "--json", "--quiet", *flags]
    if scores:
        command += ["--scores", scores]
    else:
        theta = np.random.default_rng(6).dirichlet(np.ones(1000) * 0.1, size=len(x))
        np.save(f"{folder}/p.npy", theta.astype(np.float32))
        command += ["--source-probabilities", f"{folder}/p.npy"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def everything(record, folder, flags):
    results = [graft(*features(*EVERYTHING), folder, None, *flags) for _ in range(OPTIONS.rounds)]
    best = min(results, key=lambda result: result["seconds"])
    met = "met" if best["seconds"] <= LONGEST else "MISSED"
    print(f"all scores, 5,000 x 2,048, 100 classes, {'values' if flags else 'with intervals'}: "
          f"{best['seconds']:.1f} s (bar {LONGEST} s: {met}), "
          f"statistics {best['statisticsSeconds']:.2f} s")
    for entry in best["scores"]:
        print(f"  {entry['id']:14} {entry['seconds']:8.3f} s  {entry['value']}")
    record.append({"case": "all", "flags": flags, "best": best})


def main():
    from peers.nleep import nleep  # scikit-learn starts its threads with the numbers set above

    peers = {"logme": logme, "hscore": hscore, "nleep": nleep}
    if OPTIONS.authors:
        peers["logme"] = authors_logme(OPTIONS.authors)
    record, failed = [], False
    with tempfile.TemporaryDirectory() as folder:
        for name, (score, *shape) in CASES.items():
            if OPTIONS.only not in name:
                continue
            x, y = features(*shape)
            alone, whole, peer = [], [], []
            for _ in range(OPTIONS.rounds):
                result = graft(x, y, folder, score, "--value-only")
                value = result["scores"][0]["value"]
                alone.append(result["seconds"])
                whole.append(graft(x, y, folder, score)["seconds"])
                for _ in range(runs(x)):
                    start = time.perf_counter()
                    expected = peers[score](x, y)
                    peer.append(time.perf_counter() - start)
            error = abs(value - expected) / abs(expected)
            agrees = error <= TOLERANCE[score]
            failed |= not agrees
            ratio = min(peer) / min(alone)
            print(
                f"{name}: peer {min(peer):.4f} s; graft {min(alone):.4f} s, {ratio:.1f} x (bar "
                f"{BARS[score]} x: {'met' if ratio >= BARS[score] else 'MISSED'}); with its interval "
                f"{min(whole):.4f} s; values {value:.8f} and {expected:.8f}, "
                f"{'the same' if agrees else 'DIFFERENT'} ({error:.1e})", flush=True)
            record.append({
                "case": name, "peer": peer, "graft": alone, "graftWithInterval": whole,
                "values": [value, expected], "backend": result["backend"]})
        if OPTIONS.only in "all":
            for flags in (["--value-only"], []):
                everything(record, folder, flags)
    if OPTIONS.output:
        with open(OPTIONS.output, "w") as file:
            json.dump({"threads": OPTIONS.threads, "record": record}, file, indent=1)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
