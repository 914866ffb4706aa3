"""Reference of NCTI's three parts (Wang et al., ICCV 2023): generalised eigenvectors, plain nuclear norms.

Run: python Tests/Reference/ncti.py      (numpy 2.4, scipy 1.17)
"""

import numpy as np
import scipy.linalg
from scipy.special import softmax

from score_tables import Prepared, class_means, shrunk, within_covariance, write


def ncti(x, y, theta):
    p = Prepared(x, y)
    y = p.y
    k = min(64, p.k)
    z = p.scores[:, :k]
    a = max(np.exp(-z.var(axis=0, ddof=1)[:32].sum()), 1e-10)
    if p.n - p.classes < k:
        a = max(a, 0.1)
    total = np.atleast_2d(np.cov(z.T, bias=True))
    within = shrunk(within_covariance(z, y), total, a, k)
    means = class_means(z, y)
    between = (means * (p.counts / p.n)[:, None]).T @ means
    _, vectors = scipy.linalg.eigh(between, within)
    directions = vectors[:, ::-1][:, : p.classes - 1]
    seli = np.linalg.norm(z @ directions, ord="nuc")
    w = scipy.linalg.solve(within, means.T, assume_a="pos")
    prob = softmax(
        z @ w - 0.5 * (means * w.T).sum(axis=1) + np.log(p.counts / p.n), axis=1)
    ncc = prob[np.arange(p.n), y].mean()
    vc = np.log(sum(np.linalg.norm(prob[y == c], ord="nuc") for c in range(p.classes)))
    return {"value": ncc, "seli": seli, "ncc": ncc, "vc": vc}


if __name__ == "__main__":
    write("ncti", ncti)
