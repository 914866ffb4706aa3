"""Values of NLEEP and PACTran on a made table large enough for Float32 products: ScreeningTests.swift.

Run: python Tests/Reference/screened_scores.py      (numpy 2.4, scipy 1.17)
"""

import numpy as np

import nleep
import pactran
from score_tables import Stream


def table(rows, width, classes, spread):
    """Normal noise, and spread in every column that has the class's remainder by `classes`."""
    random = Stream(7, "screened")
    index = np.arange(rows * width, dtype=np.uint64)
    uniform = lambda i: (random.bits(i) >> np.uint64(11)).astype(float) * 2.0**-53
    x = np.sqrt(-2 * np.log(1 - uniform(2 * index))) * np.cos(2 * np.pi * uniform(2 * index + 1))
    x = x.reshape(rows, width)
    y = np.arange(rows) % classes
    x[y[:, None] == np.arange(width) % classes] += spread
    return x.astype(np.float32).astype(np.float64), y


if __name__ == "__main__":
    x, y = table(400, 150, 8, 1)
    print("NLEEP 400 x 150, 8:", repr(float(nleep.nleep(x, y, None)["value"])))
    x, y = table(600, 150, 120, 1)
    print("PACTran 600 x 150, 120:", repr(float(pactran.gaussian(pactran.Prepared(x, y), 1, 10))))
    x, y = table(1300, 1100, 2, 0.05)
    p = pactran.Prepared(x, y)
    chosen = p.sample(1000, Stream(0, "pactran"))
    p.centred, p.y, p.n = p.centred[chosen], p.y[chosen], 1000
    print("PACTran 1300 x 1100, 2, 1000 drawn:", repr(float(pactran.gaussian(p, 1, 10))))
