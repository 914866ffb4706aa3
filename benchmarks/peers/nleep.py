"""NLEEP as one writes it with scikit-learn: PCA to 80 % of the variance, k-means, a Gaussian mixture, LEEP.

Both sides do the same steps, so that the seconds are of the same work and the values agree to rounding:
three seeds; k-means++ seeds from the numbers that `graft score` draws (Tests/Reference/counter_random.py);
scikit-learn's KMeans from there, six assignments; the E and M steps of scikit-learn's GaussianMixture
from those groups, until the mean log likelihood rises by less than 10^-3, at most 100. `plain` is what
`GaussianMixture.fit` does by itself: its own random numbers, up to 300 iterations of k-means.
"""

import pathlib
import sys
import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Reference"))
from counter_random import CounterRandom  # noqa: E402

SEEDS, RIDGE, BATCH = 3, 1e-3, 32


def component_count(rows: int, classes: int) -> int:
    if 25 * classes <= rows:
        return 5 * classes
    return min(rows, max(min(classes, rows // 5), rows // 10, 2))


def plus_plus(z: np.ndarray, count: int, random: CounterRandom) -> np.ndarray:
    """Rows drawn in proportion to their squared distance from those before, 32 proposals at a time."""
    norms = (z**2).sum(axis=1)

    def squared(i):
        return np.maximum(norms + norms[i] - 2 * (z @ z[i]), 0)

    seeds = [min(int(random.uniform(0) * len(z)), len(z) - 1)]
    now, drawn = squared(seeds[0]), 1
    now[seeds[0]] = 0
    while len(seeds) < count:
        then, cumulative = now.copy(), np.cumsum(now)
        for b in range(BATCH):
            if len(seeds) == count:
                break
            target = random.uniform(drawn + 2 * b) * cumulative[-1]
            i = int(np.searchsorted(cumulative, target, side="right"))
            if random.uniform(drawn + 2 * b + 1) < now[i] / then[i]:
                seeds.append(i)
                now = np.minimum(now, squared(i))
                now[i] = 0
        drawn += 2 * BATCH
    return z[seeds]


def posteriors(z: np.ndarray, count: int, ridge: float, seed: int) -> np.ndarray:
    start = plus_plus(z, count, CounterRandom(seed, "nleep"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that five iterations did not converge
        # Five means and the assignment to the last of them.
        groups = KMeans(count, init=start, n_init=1, max_iter=5, tol=0).fit(z).labels_
    mixture = GaussianMixture(count, covariance_type="diag", reg_covar=ridge)
    mixture._initialize(z, np.eye(count)[groups])
    before = -np.inf
    for _ in range(100):
        likelihood, logarithms = mixture._e_step(z)
        if likelihood - before < 1e-3:
            break
        before = likelihood
        mixture._m_step(z, logarithms)
    return np.exp(logarithms)


def plain(z: np.ndarray, count: int, ridge: float, seed: int) -> np.ndarray:
    return GaussianMixture(
        count, covariance_type="diag", reg_covar=ridge, max_iter=100, tol=1e-3,
        random_state=seed).fit(z).predict_proba(z)


def nleep(x: np.ndarray, y: np.ndarray, fit=posteriors) -> float:
    """The score of Float32 features [N, D] and labels [N]; `fit` is `posteriors` or `plain`."""
    x = x.astype(np.float64)
    x /= np.sqrt((x**2).mean())
    classes, labels = np.unique(y, return_inverse=True)
    z = PCA(n_components=0.8).fit_transform(x)
    ridge = RIDGE * z.var(axis=0).mean()
    scores = []
    for seed in range(SEEDS):
        theta = fit(z, component_count(len(x), len(classes)), ridge, seed)
        joint = np.stack([theta[labels == c].sum(axis=0) for c in range(len(classes))])
        mass = joint.sum(axis=0)
        shares = np.where(mass > 1e-12 * len(x), joint / np.where(mass > 0, mass, 1), 0)
        likelihood = (shares[labels] * theta).sum(axis=1)
        scores.append(float(np.log(np.maximum(likelihood, 1e-12)).mean()))
    return float(np.mean(scores))
