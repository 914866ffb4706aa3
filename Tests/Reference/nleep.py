"""Reference of NLEEP (Li et al., CVPR 2021): seeds one proposal at a time, densities from SciPy.

Run: python Tests/Reference/nleep.py      (numpy 2.4, scipy 1.17)
"""

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from score_tables import Prepared, Stream, write

BATCH = 32


def kmeans(x, count, stream):
    n = len(x)
    least = 1e-10 * (x**2).sum(axis=1).mean()

    def squared(i):
        d = ((x - x[i]) ** 2).sum(axis=1)
        return np.where(d > least, d, 0.0)

    seeds = [min(int(stream.uniform(0) * n), n - 1)]
    now = squared(seeds[0])
    drawn = 1
    while len(seeds) < count and now.sum() > 0:
        then, cumulative = now.copy(), np.cumsum(now)
        for b in range(BATCH):
            if len(seeds) == count:
                break
            target = stream.uniform(drawn + 2 * b) * cumulative[-1]
            i = int(np.searchsorted(cumulative, target, side="right"))
            if stream.uniform(drawn + 2 * b + 1) < now[i] / then[i]:
                seeds.append(i)
                now = np.minimum(now, squared(i))
        drawn += 2 * BATCH
    centres = x[seeds].copy()
    group = None
    for _ in range(6):
        nearest = ((x[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        if group is not None and (nearest == group).all():
            break
        group = nearest
        for g in np.unique(group):
            centres[g] = x[group == g].mean(axis=0)
    return group


def mixture(x, group, ridge):
    theta = np.eye(group.max() + 1)[group]
    theta = theta[:, theta.sum(axis=0) > 0]
    before = -np.inf
    for _ in range(100):
        size = theta.sum(axis=0)
        size, theta = size[size > 1e-12], theta[:, size > 1e-12]
        mean = theta.T @ x / size[:, None]
        square = np.stack(
            [theta[:, k] @ (x - mean[k]) ** 2 / size[k] for k in range(len(size))])
        deviation = np.sqrt(square + ridge)
        density = norm.logpdf(x[:, None, :], mean[None], deviation[None]).sum(axis=2)
        density += np.log(size / len(x))
        total = logsumexp(density, axis=1, keepdims=True)
        theta = np.exp(density - total)
        if total.mean() - before < 1e-3:
            break
        before = total.mean()
    return theta


def nleep(x, y, theta):
    p = Prepared(x, y)
    share = np.cumsum(p.squares) / p.squares.sum()
    d = int((share < 0.8 * (1 - 1e-12)).sum()) + 1
    while d < p.k and p.squares[d] > p.squares[d - 1] * (1 - 1e-9):
        d += 1
    order = np.argsort(p.rows)
    z, y = p.scores[order][:, :d], p.y[order]
    c, n = p.classes, p.n
    count = 5 * c if 25 * c <= n else min(n, max(min(c, n // 5), n // 10, 2))
    ridge = 1e-3 * z.var(axis=0).mean()
    values = []
    for seed in range(3):
        theta = mixture(z, kmeans(z, count, Stream(seed, "nleep")), ridge)
        joint = np.stack([theta[y == k].sum(axis=0) for k in range(c)])
        shares = joint / joint.sum(axis=0)
        values.append(np.log((shares[y] * theta).sum(axis=1)).mean())
    return {"value": np.mean(values)}


if __name__ == "__main__":
    write("nleep", nleep)
