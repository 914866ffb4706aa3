"""For the references of the scores that have a script each: preparation of tables, draws, fixtures."""

import json
import pathlib

import numpy as np

from counter_random import CounterRandom
from transferability import BASE, CASES, table, varying

EXTRA = {
    "wide variances": {"rows": 500, "features": 24, "classes": 5, "separation": 0.4, "seed": 21},
    "two rows of a class": {"rows": 40, "features": 8, "classes": 20, "seed": 22},
}


class Stream:
    """Many numbers of a CounterRandom at once."""

    def __init__(self, seed, key):
        self.base = np.uint64(CounterRandom(seed, key).base)

    def bits(self, index):
        index = np.asarray(index, dtype=np.uint64)
        with np.errstate(over="ignore"):
            z = self.base + (index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            return z ^ (z >> np.uint64(31))

    def uniform(self, index):
        return (self.bits(index) >> np.uint64(11)).astype(np.float64) * 2.0**-53


class Prepared:
    """Rows in class order, without constant columns, divided by their root mean square."""

    def __init__(self, x, y, theta=None):
        order = np.argsort(y, kind="stable")
        self.rows = order  # the row of the table that each is
        x = varying(x)[order]
        self.x = x / np.sqrt((x**2).mean())
        self.y = np.unique(y, return_inverse=True)[1][order]
        self.theta = None if theta is None else theta[order]
        self.n, self.d = self.x.shape
        self.counts = np.bincount(self.y)
        self.classes = len(self.counts)
        self.centred = self.x - self.x.mean(axis=0)
        u, s, vt = np.linalg.svd(self.centred, full_matrices=False)
        # Products in Float64 know squares to 2^-52 of the largest.
        floor = max(s[0] ** 2, (self.x**2).sum(axis=0).max()) * max(self.n, self.d) * 2.0**-52
        k = min(int((s**2 > floor).sum()), self.n - 1)
        u, s, vt = u[:, :k], s[:k], vt[:k]
        # The first loading of greatest magnitude (to rounding) is positive.
        size = np.abs(vt)
        first = (size > size.max(axis=1, keepdims=True) * (1 - 1e-9)).argmax(axis=1)
        sign = np.sign(vt[np.arange(k), first])
        self.scores, self.squares, self.k = u * s * sign, s**2, k

    def shuffled(self, c, stream):
        own = np.flatnonzero(self.y == c)
        return own[np.argsort(stream.bits(self.rows[own]), kind="stable")]

    def sample(self, limit, stream):
        if self.n <= limit:
            return np.arange(self.n)
        quota = self.counts * limit // self.n
        order = sorted(
            range(self.classes),
            key=lambda c: (-(self.counts[c] * limit % self.n), -self.counts[c], c))
        for c in order[: limit - quota.sum()]:
            quota[c] += 1
        return np.concatenate(
            [np.sort(self.shuffled(c, stream)[: quota[c]]) for c in range(self.classes)])


def within_covariance(x, y):
    """Mean over rows of the outer product of what is left after the class mean."""
    rest = x.copy()
    for c in np.unique(y):
        rest[y == c] -= x[y == c].mean(axis=0)
    return rest.T @ rest / len(x)


def class_means(x, y):
    return np.stack([x[y == c].mean(axis=0) for c in np.unique(y)])


def shrunk(within, total, a, dimension):
    """(1 - a) S_w + a tr(S_w)/D I; 1e-12 of the total variance where S_w is rounding."""
    trace = np.trace(within)
    k = len(within)
    if trace <= 1e-12 * np.trace(total):
        return 1e-12 * np.trace(total) / dimension * np.eye(k)
    return (1 - a) * within + a * trace / dimension * np.eye(k)


def write(score, function, skip=(), extra=None):
    """Fixtures/SCORE.json: recipes with the named parts that `function` finds of each."""
    cases = []
    for name, changes in {**CASES, **EXTRA, **(extra or {})}.items():
        if name in skip:
            continue
        case = {**BASE, **changes}
        expected = function(*table(case))
        expected = {key: float(value) for key, value in expected.items()}
        print(name, expected)
        cases.append({"name": name, **case, "expected": expected})
    here = pathlib.Path(__file__).resolve().parent
    target = here.parent / "TransferabilityTests" / "Fixtures" / f"{score}.json"
    document = {
        "schema": "graft.reference.transferability/1",
        "generator": f"Tests/Reference/{score.replace('-', '_')}.py", "cases": cases,
    }
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n")
