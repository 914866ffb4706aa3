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
import scipy.optimize
import scipy.stats
from sklearn.covariance import ledoit_wolf
from sklearn.datasets import load_iris

from counter_random import CounterRandom

EPSILON = 1e-5


def varying(x):
    return x[:, x.std(axis=0) > 1e-7 * np.abs(x).max(axis=0)]


def logme(x, y):
    """Thin SVD of the features; the fixed point by a root finder, not by iteration."""
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

        def step(log_ratio):
            ratio = np.exp(log_ratio)
            gamma = (sigma / (sigma + ratio)).sum()
            mean = (sigma * z**2 / (ratio + sigma) ** 2).sum()
            residual = (z**2 * (ratio / (ratio + sigma)) ** 2).sum() + outside
            alpha, beta = gamma / (mean + EPSILON), (n - gamma) / (residual + EPSILON)
            return alpha, beta, mean, residual

        root = scipy.optimize.brentq(
            lambda r: np.log(step(r)[0] / step(r)[1]) - r, -30, 30, xtol=1e-12)
        alpha, beta, mean, residual = step(root)
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


def nce(theta, y):
    """The entropy of labels within each most probable source class, by scipy."""
    votes = theta.argmax(axis=1)
    return float(-sum(
        (votes == z).mean()
        * scipy.stats.entropy(np.unique(y[votes == z], return_counts=True)[1])
        for z in np.unique(votes)))


def lfc(x, y):
    """With the N x N matrices that the score's own formula avoids."""
    x = varying(x)
    kernel = x @ x.T
    same = np.where(y[:, None] == y[None, :], 1.0, -1.0)
    return float(np.corrcoef(kernel.ravel(), same.ravel())[0, 1])


def scaled(x):
    x = varying(x)
    return x / np.sqrt((x**2).mean())


def transrate(x, y, weights="rows"):
    z = scaled(x)
    z = z - z.mean(axis=0)

    def rate(z):
        singular = np.linalg.svd(z, compute_uv=False)
        return 0.5 * np.log1p(singular**2 / (len(z) * 1e-4)).sum()

    classes = np.unique(y)
    share = {c: (y == c).mean() if weights == "rows" else 1 / len(classes) for c in classes}
    return float(rate(z) - sum(share[c] * rate(z[y == c]) for c in classes))


def gbc(x, y, covariance="spherical"):
    """Bhattacharyya distances of Gaussians with full matrices, as textbooks give them."""
    x = scaled(x)
    x = x - x.mean(axis=0)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    keep = s > s[0] * np.sqrt(max(x.shape) * 2.0**-52)
    z = (u * s)[:, keep][:, :64]
    classes, counts = np.unique(y, return_counts=True)
    several = [z[y == c] - z[y == c].mean(axis=0) for c, n in zip(classes, counts) if n > 1]
    pooled = (np.concatenate(several) ** 2).mean(axis=0) if several else np.zeros(z.shape[1])
    means, variances = [], []
    for c, n in zip(classes, counts):
        variance = z[y == c].var(axis=0) if n > 1 else pooled
        if covariance == "spherical":
            variance = np.full_like(variance, variance.mean())
        means.append(z[y == c].mean(axis=0))
        variances.append(np.maximum(variance, 1e-4))
    score = 0.0
    for i in range(len(classes)):
        for j in range(len(classes)):
            if i == j:
                continue
            middle = np.diag((variances[i] + variances[j]) / 2)
            apart = means[i] - means[j]
            distance = apart @ np.linalg.solve(middle, apart) / 8 + 0.5 * (
                np.linalg.slogdet(middle)[1]
                - 0.5 * (np.log(variances[i]).sum() + np.log(variances[j]).sum()))
            score -= np.exp(-distance)
    return float(score)


def knn(x, y, k=3):
    """Every distance by subtraction; the earlier row first among equals."""
    right = 0
    for i in range(len(x)):
        distance = ((x - x[i]) ** 2).sum(axis=1)
        distance[i] = np.inf
        near = y[np.argsort(distance, kind="stable")[:k]]
        most = max((near == c).sum() for c in near)
        right += next(c for c in near if (near == c).sum() == most) == y[i]
    return right / len(x)


def ridge_probe(x, y):
    """Leave-one-out by the hat matrix of the normal equations with an intercept column."""
    x = scaled(x)
    n = len(x)
    x = x - x.mean(axis=0)
    classes = np.unique(y)
    target = (y[:, None] == classes[None, :]).astype(float)
    design = np.hstack([np.ones((n, 1)), x])
    unit = (x**2).sum() / n
    best = (np.inf, None)
    for exponent in range(-8, 5):
        penalty = np.diag(np.r_[0.0, np.full(x.shape[1], 10 ** (exponent / 2) * unit)])
        hat = design @ scipy.linalg.solve(design.T @ design + penalty, design.T, assume_a="pos")
        left = np.maximum(1 - np.diag(hat), 1e-12)[:, None]
        residual = (target - hat @ target) / left
        error = (residual**2).sum()
        if error < best[0]:
            right = classes[(target - residual).argmax(axis=1)] == y
            best = (error, right.mean())
    return float(best[1])


def uniform(stream, count):
    return np.array([stream.uniform(index) for index in range(count)])


def table(case):
    """The same numbers as `ReferenceTable.swift` draws: sums of uniforms, so bit-exact."""
    n, d, c, s = case["rows"], case["features"], case["classes"], case["sources"]
    stream = CounterRandom(case["seed"], "features")
    uniforms = uniform(stream, 2 * n * d).reshape(n, d, 2)
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
    w = uniform(stream, n * s).reshape(n, s) ** 2
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
    "more features than components": {"rows": 240, "features": 100, "seed": 23},
    "fewer source classes than classes": {"sources": 3, "classes": 5, "rows": 150, "seed": 20},
}


def main():
    cases = []
    for name, changes in CASES.items():
        case = {**BASE, **changes}
        x, y, theta = table(case)
        expected = {
            "logme": logme(x, y), "hscore": hscore(x, y),
            "hscore-shrunk": hscore_shrunk(x, y), "leep": leep(theta, y),
            "nce": nce(theta, y), "lfc": lfc(x, y), "transrate": transrate(x, y),
            "gbc": gbc(x, y), "knn": float(knn(x, y)), "ridge-probe": ridge_probe(x, y),
        }
        variants = {
            "transrate-classes": transrate(x, y, "classes"),
            "gbc-diagonal": gbc(x, y, "diagonal"),
        }
        print(name, expected, variants)
        cases.append({"name": name, **case, "expected": expected, "variants": variants})
    x, y = load_iris(return_X_y=True)
    single = x.astype(np.float32).astype(float)
    iris = {
        "features": x.ravel().tolist(), "labels": y.tolist(),
        "expected": {
            "logme": logme(single, y), "hscore": hscore(single, y),
            "hscore-shrunk": hscore_shrunk(single, y), "lfc": lfc(single, y),
            "transrate": transrate(single, y), "gbc": gbc(single, y), "knn": float(knn(single, y)),
            "ridge-probe": ridge_probe(single, y),
        },
        "published": {"logme": -0.160060, "hscore-shrunk": 1.177842, "knn": 0.96},
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
