"""Multinomial logistic regression as scikit-learn fits it, for SoftmaxRegressionTests.

Writes Tests/TransferabilityTests/Fixtures/softmax_regression.json: features, labels, and for each
penalty the probabilities and weights for the features as they are. Graft's objective is
1/N sum(loss) + lambda/2 |W|^2 on features that are centred and divided by the root mean square of all
entries; scikit-learn's is C sum(loss) + 1/2 |W|^2, so C = 1 / (N lambda).
"""

import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(11)
rows, width, classes = 60, 5, 3
labels = np.arange(rows) % classes
centres = random.normal(size=(classes, width))
features = (centres[labels] + random.normal(size=(rows, width))) * [1, 3, 0.5, 1, 2] + [0, 10, 0, -4, 1]
features = features.astype(np.float32).round(3).astype(np.float32)

x = features.astype(np.float64)
mean = x.mean(0)
scale = np.sqrt(((x - mean) ** 2).mean())
cases = []
for penalty in [0.1, 0.01, 1e-4]:
    model = LogisticRegression(C=1 / (rows * penalty), tol=1e-12, max_iter=100_000)
    model.fit((x - mean) / scale, labels)
    cases.append({
        "penalty": penalty,
        "probabilities": model.predict_proba((x - mean) / scale).round(9).tolist(),
        "weights": (model.coef_.T / scale).round(9).tolist(),
    })
target = pathlib.Path(__file__).parent.parent / "TransferabilityTests/Fixtures/softmax_regression.json"
target.write_text(json.dumps({
    "features": [[round(float(v), 3) for v in row] for row in features],
    "labels": labels.tolist(), "cases": cases,
}) + "\n")
print(target, target.stat().st_size)
