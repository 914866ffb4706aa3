"""Reference of PACTran (Ding et al., ECCV 2022): SciPy's Newton-CG on the raw features; psi, gammaln.

Run: python Tests/Reference/pactran.py      (numpy 2.4, scipy 1.17)
"""

import numpy as np
import scipy.optimize
from scipy.special import digamma, gammaln, log_softmax, logsumexp, softmax

from score_tables import Prepared, write


def gaussian(p, width, variance):
    x, n, d, k = p.centred, p.n, p.d, p.classes
    scaled = width * n
    target = np.eye(k)[p.y]

    def split(point):
        point = point.reshape(d + 1, k)
        return point[:-1], point[-1]

    def loss(point):
        w, b = split(point)
        logs = log_softmax(x @ w + b, axis=1)
        rest = np.exp(logs) - target
        gradient = np.vstack([x.T @ rest / n + w / scaled, rest.mean(axis=0)])
        return -(target * logs).sum() / n + (w**2).sum() / (2 * scaled), gradient.ravel()

    def bend(point, direction):
        w, b = split(point)
        dw, db = split(direction)
        prob = softmax(x @ w + b, axis=1)
        moved = x @ dw + db
        rest = prob * (moved - (prob * moved).sum(axis=1, keepdims=True))
        return np.vstack([x.T @ rest / n + dw / scaled, rest.mean(axis=0)]).ravel()

    # Two minimisers in turn, until the gradient is nothing.
    point = scipy.optimize.minimize(
        loss, np.zeros((d + 1) * k), jac=True, method="L-BFGS-B",
        options={"maxiter": 5000, "maxfun": 10000, "ftol": 1e-15, "gtol": 1e-9}).x
    point = scipy.optimize.minimize(
        loss, point, jac=True, hessp=bend, method="Newton-CG",
        options={"xtol": 1e-12, "maxiter": 100}).x
    value, gradient = loss(point)
    assert np.abs(gradient).max() < 1e-7, np.abs(gradient).max()
    w, b = split(point)
    prob = softmax(x @ w + b, axis=1)
    second = prob - prob**2
    h = ((x**2).T @ second + 1 / scaled).sum() + second.sum()
    kd = k * d
    return -(value + 0.5 * kd / scaled * variance / d * np.log(scaled * h / kd))


def dirichlet(p):
    target = np.eye(p.classes)[p.y]
    prior = (p.counts / p.n + 1e-10)[:, None]
    logs = np.log(p.theta + 1e-10)
    q = p.theta
    for _ in range(10):
        a = prior + target.T @ q
        log_q = logs + target @ digamma(a) - digamma(a.sum(axis=0))
        log_q -= logsumexp(log_q, axis=1, keepdims=True)
        q = np.exp(log_q)

    def beta(a):
        return gammaln(a).sum(axis=0) - gammaln(a.sum(axis=0))

    bound = (beta(a) - beta(prior) - (q * (log_q - logs)).sum(axis=0)).sum()
    return bound / target.size


def pactran(x, y, theta):
    p = Prepared(x, y, theta)
    parts = {}
    for width in [0.1, 1, 10]:
        for ratio in [10, 100]:
            parts[f"lambda={width:g},s={ratio * width:g}"] = gaussian(p, width, ratio * width)
    parts["dirichlet"] = dirichlet(p)
    return {"value": parts["lambda=1,s=10"], **parts}


if __name__ == "__main__":
    write("pactran", pactran)
