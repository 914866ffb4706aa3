"""Reference of the cross-validated linear probe: scikit-learn's logistic regression, the same folds.

Run: python Tests/Reference/linear_probe.py      (numpy 2.4, scikit-learn 1.9)
"""

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

from score_tables import Prepared, Stream, write


def fit(x, y, penalty):
    """scikit-learn's C multiplies the sum of losses: C = 1/(lambda n)."""
    model = LogisticRegression(
        C=1 / (penalty * len(x)), tol=1e-10, max_iter=20000, solver="newton-cholesky"
        if x.shape[1] * len(np.unique(y)) < 600 else "lbfgs")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(x, y)


def linear_probe(x, y, theta):
    p = Prepared(x, y)
    stream = Stream(0, "linear-probe folds")
    folds = np.empty(p.n, int)
    folds[np.concatenate([p.shuffled(c, stream) for c in range(p.classes)])] = (
        np.arange(p.n) % min(5, p.n))
    right, chosen = 0, None
    for fold in range(folds.max() + 1):
        train, held = folds != fold, folds == fold
        mean = p.x[train].mean(axis=0)
        scale = np.sqrt(((p.x[train] - mean) ** 2).mean())
        a, b = (p.x[train] - mean) / scale, (p.x[held] - mean) / scale
        best = None
        for penalty in [chosen] if chosen else [1, 0.1, 0.01, 0.001]:
            model = fit(a, p.y[train], penalty)
            known = np.isin(p.y[held], model.classes_)
            log = model.predict_log_proba(b)
            own = np.searchsorted(model.classes_, p.y[held][known])
            loss = -log[known][np.arange(known.sum()), own].mean()
            if best and loss >= best[0]:
                break
            best = (loss, (model.predict(b) == p.y[held]).sum(), penalty)
        right += best[1]
        chosen = best[2]
    return {"value": right / p.n}


if __name__ == "__main__":
    write("linear-probe", linear_probe)
