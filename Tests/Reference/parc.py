"""Reference of PARC (Bolya et al., NeurIPS 2021): NumPy's correlations, SciPy's Spearman.

Run: python Tests/Reference/parc.py      (numpy 2.4, scipy 1.17)
"""

import numpy as np
import scipy.stats

from score_tables import Prepared, Stream, write


def parc(x, y, theta):
    p = Prepared(x, y)
    k = min(32, p.k)
    z = p.scores[:, :k] / p.scores[:, :k].std(axis=0)
    chosen = p.sample(2000, Stream(0, "parc"))
    z, y = z[chosen], p.y[chosen]
    far = 1 - np.corrcoef(z)
    far = np.round(np.clip(far, 0, 2) * 2.0**40)  # what is closer is rounding
    labels = 1 - np.corrcoef(np.eye(p.classes)[y]) if p.classes > 1 else np.zeros_like(far)
    labels = np.round(labels * 2.0**40)
    upper = np.triu_indices(len(y), 1)
    return {"value": 100 * scipy.stats.spearmanr(far[upper], labels[upper]).statistic}


# Directions of equal variance are whatever the library makes of them, and Pearson's coefficient over
# directions changes with them: there the score is no function of the table.
SKIP = {"perfectly separated", "perfectly separated, fewer rows"}
EXTRA = {"more rows than are compared": {
    "rows": 2300, "features": 6, "classes": 3, "imbalance": "long", "seed": 23}}

if __name__ == "__main__":
    write("parc", parc, skip=SKIP, extra=EXTRA)
