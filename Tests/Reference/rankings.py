"""Independent reference of the ranking protocol: SciPy's weightedtau and pearsonr.

Writes Tests/TransferabilityTests/Fixtures/rankings.json: drawn pairs of scores and accuracies, with and
without ties, and the published table of group 1 of Shao et al. (ECCV 2022) with the static rankings of it.
Run: python Tests/Reference/rankings.py      (numpy 2.4, scipy 1.17)
"""

import json
import pathlib
import sys

import numpy as np
import scipy.stats

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent.parent / "benchmarks"))
import prior  # noqa: E402  the published tables


def case(name, scores, accuracies):
    return {
        "name": name, "scores": list(map(float, scores)), "accuracies": list(map(float, accuracies)),
        "both": scipy.stats.weightedtau(scores, accuracies)[0],
        "accuracy": scipy.stats.weightedtau(accuracies, scores, rank=None)[0],
        "pearson": scipy.stats.pearsonr(scores, accuracies)[0],
    }


def main():
    random = np.random.default_rng(0)
    cases = []
    for count in (2, 3, 5, 11, 30):
        scores, accuracies = random.normal(size=(2, count))
        cases.append(case(f"{count} apart", scores, accuracies + scores))
    for count in (3, 6, 11, 40):
        scores = random.integers(0, 3, count)
        accuracies = random.integers(0, 4, count)
        cases.append(case(f"{count} with ties", scores, accuracies))
    cases.append(case("tied pairs", [1, 1, 2, 2, 3], [5, 5, 4, 4, 6]))
    cases.append(case("reversed", [1, 2, 3, 4], [4, 3, 2, 1]))
    tables = []
    for index, (name, truth) in enumerate(zip(prior.ACCURACY, prior.TRUTH)):
        tables.append({
            "name": name, "accuracies": truth.tolist(),
            "static": prior.static_ranks(index).tolist(),
        })
    # As estimators.md prints them.
    printed = {
        "static": [.847, .712, .847, .903, .986, .993, .480, .824, .950, .932, .731],
        "top1": [.732, .630, .732, .775, .759, .736, .252, .540, .725, .666, .649],
    }
    document = {
        "schema": "graft.reference.rankings/1", "generator": "Tests/Reference/rankings.py",
        "cases": cases, "networks": prior.NETWORKS, "top1": prior.TOP1.tolist(), "tables": tables,
        "printed": printed,
    }
    target = here.parent / "TransferabilityTests" / "Fixtures" / "rankings.json"
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
