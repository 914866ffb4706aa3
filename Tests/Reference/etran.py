"""Reference of ETran's two parts (Gholami et al., ICCV 2023): energy, and an analysis by normal densities.

Run: python Tests/Reference/etran.py      (numpy 2.4, scipy 1.17)
"""

import math

import numpy as np
import scipy.linalg
from scipy.special import logsumexp, softmax

from score_tables import Prepared, class_means, shrunk, within_covariance, write


def etran(x, y, theta):
    p = Prepared(x, y)
    energies = np.sort(logsumexp(p.x, axis=1))
    energy = energies[: math.ceil(p.n / 200)].mean()
    x, y = p.centred, p.y
    a = 0.1 if p.n - p.classes < p.k else 1e-4
    within = shrunk(within_covariance(x, y), np.cov(x.T, bias=True), a, p.d)
    # Not by discriminant weights: squared distances to the means in whitened coordinates.
    lower = np.linalg.cholesky(within)
    white = scipy.linalg.solve_triangular(lower, x.T, lower=True).T
    means = class_means(white, y)
    distance = ((white[:, None, :] - means[None]) ** 2).sum(axis=2)
    prob = softmax(-0.5 * distance + np.log(p.counts / p.n), axis=1)
    lda = prob[np.arange(p.n), y].mean()
    return {"value": lda, "lda": lda, "energy": energy}


if __name__ == "__main__":
    write("etran", etran)
