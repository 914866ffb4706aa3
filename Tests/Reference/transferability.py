"""Independent reference of the transferability scores: NumPy/SciPy, Float64, from the formulas.

Writes Tests/TransferabilityTests/Fixtures/scores.json: the recipe of each table (drawn from the
counter-based generator, identically in Swift) and the expected scores, and Fisher's Iris data with
the values that TransformerRanker publishes.
Run: python Tests/Reference/transferability.py      (numpy 2.4, scipy 1.17, scikit-learn 1.9)
"""

import json
import pathlib

import numpy as np
import scipy.linalg
import scipy.stats
from sklearn.covariance import ledoit_wolf
from sklearn.datasets import load_iris

from counter_random import CounterRandom

EPSILON = 1e-5


def varying(x):
    return x[:, x.std(axis=0) > 1e-7 * np.abs(x).max(axis=0)]


def logme(x, y):
    """Thin SVD of the features; the product form of the evidence."""
    x = varying(x)
    x = x / np.sqrt((x**2).mean())
    n, d = x.shape
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    keep = s > s[0] * max(n, d) * 2.0**-52
    # Sums in Float64 know squares to 2^-52, so directions below the root of that do not exist.
    keep &= s**2 > s[0] ** 2 * max(n, d) * 2.0**-52
    u, sigma = u[:, keep], s[keep] ** 2
    k = keep.sum()
    scores = []
    for c in np.unique(y):
        t = (y == c).astype(float)
        z = u.T @ t
        outside = 0.0 if k == n else max(t @ t - z @ z, 0.0)
        alpha = beta = 1.0
        for _ in range(500):
            ratio = alpha / beta
            gamma = (sigma / (sigma + ratio)).sum()
            mean = (sigma * z**2 / (ratio + sigma) ** 2).sum()
            residual = (z**2 / (1 + sigma / ratio) ** 2).sum() + outside
            alpha, beta = gamma / (mean + EPSILON), (n - gamma) / (residual + EPSILON)
            if abs(alpha / beta - ratio) <= 1e-10 * ratio:
                break
        # With the determinant over all D directions.
        determinant = np.log(alpha + beta * sigma).sum() + (d - k) * np.log(alpha)
        evidence = (
            d / 2 * np.log(alpha) + n / 2 * np.log(beta) - determinant / 2
            - beta / 2 * residual - alpha / 2 * mean - n / 2 * np.log(2 * np.pi)
        )
        # The evidence is the density of the target under the model: no decomposition, no formula.
        normal = scipy.stats.multivariate_normal(
            np.zeros(n), np.eye(n) / beta + x @ x.T / alpha, allow_singular=True)
        if beta < 1e4:
            assert abs(normal.logpdf(t) - evidence) < 1e-6 * n, (normal.logpdf(t), evidence)
        scores.append(evidence / n)
    return float(np.mean(scores))


def hscore(x, y):
    """Between-class sum of squares in the orthonormal basis of the centred features."""
    x = varying(x)
    x = x - x.mean(axis=0)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    u = u[:, s > s[0] * np.sqrt(max(x.shape) * 2.0**-52)]
    return float(sum((u[y == c].sum(axis=0) ** 2).sum() / (y == c).sum() for c in np.unique(y)))


def hscore_shrunk(x, y):
    """scikit-learn's Ledoit-Wolf and a symmetric solve."""
    x = varying(x)
    n = len(x)
    centred = x - x.mean(axis=0)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True, block_size=10**6)
    between = np.zeros_like(covariance)
    for c in np.unique(y):
        mean = centred[y == c].mean(axis=0)
        between += (y == c).sum() / (n - 1) * np.outer(mean, mean)
    solved = scipy.linalg.solve(covariance, between, assume_a="pos")
    return float((1 - shrinkage) * np.trace(solved))


def leep(theta, y):
    joint = np.stack([theta[y == c].sum(axis=0) for c in np.unique(y)]) / len(y)
    mass = joint.sum(axis=0)
    conditional = np.where(mass > 1e-12, joint / np.where(mass > 0, mass, 1), 0)
    rows = np.searchsorted(np.unique(y), y)
    likelihood = np.maximum((conditional[rows] * theta).sum(axis=1), 1e-12)
    return float(np.log(likelihood).mean())


def table(case):
    """The same numbers as `ReferenceTable.swift` draws: sums of uniforms, so bit-exact."""
    n, d, c, s = case["rows"], case["features"], case["classes"], case["sources"]
    stream = CounterRandom(case["seed"], "features")
    uniforms = stream.uniform(2 * n * d).reshape(n, d, 2)
    ranks = np.array([rank(case, i) for i in range(n)])
    x = case["noise"] * (uniforms.sum(axis=2) - 1.0)
    x = x + case["separation"] * ((np.arange(d)[None, :] % c) == ranks[:, None])
    if case["rectified"]:
        x = np.maximum(x, 0)
    x = x + case["offset"]
    for column in range(case["constant"]):
        x[:, column] = 0.75
    for column in range(case["duplicated"]):
        x[:, d - 1 - column] = x[:, d - 1 - column - case["duplicated"]]
    x = (x * case["scale"]).astype(np.float32)
    stream = CounterRandom(case["seed"], "probabilities")
    w = stream.uniform(n * s).reshape(n, s) ** 2
    w = w + 2.0 * ((np.arange(s)[None, :] % c) == ranks[:, None])
    total = np.zeros((n, 1))
    for z in range(s):
        total[:, 0] += w[:, z]
    theta = (w / total).astype(np.float32)
    labels = ranks * case["labelStep"] + case["labelStart"]
    return x.astype(float), labels, theta.astype(float)


def rank(case, i):
    c = case["classes"]
    if case["imbalance"] == "none":
        return i % c
    if case["imbalance"] == "single":
        return c - 1 if i == 0 else i % (c - 1)
    return 0 if i % 10 else (i // 10) % c  # "long": nine rows of ten are class 0


BASE = {
    "rows": 120, "features": 16, "classes": 4, "sources": 10, "separation": 0.5, "noise": 1,
    "rectified": False, "offset": 0.0, "constant": 0, "duplicated": 0, "scale": 1.0,
    "imbalance": "none", "labelStart": 0, "labelStep": 1, "seed": 1,
}
CASES = {
    "many rows": {"rows": 400},
    "as many rows as features": {"rows": 64, "features": 64},
    "one row more than features": {"rows": 65, "features": 64},
    "fewer rows than features": {"rows": 60, "features": 200, "seed": 2},
    "far fewer rows than features": {"rows": 24, "features": 400, "seed": 3},
    "two classes": {"classes": 2, "seed": 4},
    "many classes": {"rows": 200, "classes": 20, "features": 32, "sources": 25, "seed": 5},
    "imbalanced": {"imbalance": "long", "rows": 300, "seed": 6},
    "a class with one row": {"imbalance": "single", "seed": 7},
    "constant columns": {"constant": 3, "seed": 8},
    "duplicated columns": {"duplicated": 4, "seed": 9},
    "constant and duplicated, fewer rows": {
        "rows": 40, "features": 80, "constant": 5, "duplicated": 10, "seed": 10},
    "rectified": {"rectified": True, "rows": 300, "features": 48, "seed": 11},
    "with an offset": {"offset": 3.0, "seed": 12},
    "scaled up": {"scale": 1e6, "seed": 13},
    "scaled down": {"scale": 1e-6, "seed": 13},
    "not separable": {"separation": 0.0, "seed": 14},
    "well separated": {"separation": 4.0, "seed": 15},
    "perfectly separated": {"noise": 0, "separation": 1.0, "seed": 18},
    "perfectly separated, fewer rows": {
        "rows": 30, "features": 64, "noise": 0, "separation": 1.0, "seed": 19},
    "sparse labels": {"labelStart": -7, "labelStep": 100, "seed": 16},
    "one source class": {"sources": 1, "seed": 17},
}


def main():
    cases = []
    for name, changes in CASES.items():
        case = {**BASE, **changes}
        x, y, theta = table(case)
        expected = {
            "logme": logme(x, y), "hscore": hscore(x, y),
            "hscore-shrunk": hscore_shrunk(x, y), "leep": leep(theta, y),
        }
        print(name, expected)
        cases.append({"name": name, **case, "expected": expected})
    x, y = load_iris(return_X_y=True)
    single = x.astype(np.float32).astype(float)
    iris = {
        "features": x.ravel().tolist(), "labels": y.tolist(),
        "expected": {
            "logme": logme(single, y), "hscore": hscore(single, y),
            "hscore-shrunk": hscore_shrunk(single, y),
        },
        "published": {"logme": -0.160060, "hscore-shrunk": 1.177842},
    }
    print("iris", iris["expected"])
    here = pathlib.Path(__file__).resolve().parent
    target = here.parent / "TransferabilityTests" / "Fixtures" / "scores.json"
    target.parent.mkdir(exist_ok=True)
    document = {
        "schema": "graft.reference.transferability/1",
        "generator": "Tests/Reference/transferability.py", "cases": cases, "iris": iris,
    }
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
