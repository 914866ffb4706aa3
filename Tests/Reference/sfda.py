"""Reference of SFDA (Shao et al., ECCV 2022) from the formulas: full covariances, explicit inverses.

Run: python Tests/Reference/sfda.py      (numpy 2.4, scipy 1.17)
"""

import numpy as np
import scipy.linalg
from scipy.special import softmax

from score_tables import Prepared, class_means, shrunk, within_covariance, write


def posteriors(x, y, within):
    means = class_means(x, y)
    w = scipy.linalg.solve(within, means.T, assume_a="pos")
    b = -0.5 * (means * w.T).sum(axis=1) + np.log(np.bincount(y) / len(y))
    return softmax(x @ w + b, axis=1)


def sfda(x, y, theta):
    p = Prepared(x, y)
    x, y = p.centred, p.y
    within = within_covariance(x, y)
    v = within @ np.ones(p.d)
    sigma = 0.0
    if np.linalg.norm(v) > 1e-13 * np.trace(np.cov(x.T, bias=True)):
        for _ in range(3):
            v = within @ (v / np.linalg.norm(v))
        v = v / np.linalg.norm(v)
        sigma = v @ within @ v
    a = max(np.exp(-5 * sigma), 1e-10)
    if p.n - p.classes < p.k:
        a = max(a, 0.1)
    total = np.cov(x.T, bias=True)
    prob = posteriors(x, y, shrunk(within, total, a, p.d))
    sure = softmax(prob, axis=1)[np.arange(p.n), y][:, None]
    means = class_means(x, y)
    others = np.stack([np.delete(means, c, axis=0).mean(axis=0) for c in range(p.classes)])
    x = sure * x + (1 - sure) * others[y]
    within, total = within_covariance(x, y), np.cov(x.T, bias=True)
    prob = posteriors(x, y, shrunk(within, total, a, p.d))
    return {"value": prob[np.arange(p.n), y].mean()}


if __name__ == "__main__":
    write("sfda", sfda)
