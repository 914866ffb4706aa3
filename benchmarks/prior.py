"""What a person would choose without looking, and how far to trust it beside a score.

Fits the weights of `graft score`'s combined ranking on published tables only, and records what leaving
one data set out gives. Prints benchmarks/priors.md and the constants of
Sources/Transferability/PublishedReliability.swift.

Run: python benchmarks/prior.py > benchmarks/priors.md        (numpy, scipy; two minutes)

Inputs, all published: accuracies of 11 ImageNet networks fine-tuned on 11 data sets and weighted tau of
five estimators on them (Shao et al., ECCV 2022; its repository, `tw_group1.py` and README), top-1 and
parameters of the same weights (torchvision's own metadata, IMAGENET1K_V1).

What can be fitted and what cannot: the estimators' values for each network were not published, only how
well each ordered the networks of a data set. So nothing here can tell how estimators err together. The
weight of a ranking is therefore its reliability alone: with z the standing of a network and s = rho z +
sqrt(1 - rho^2) e what a ranking says of it (both as normal scores), rho follows from the mean published
tau. Rankings read from the same features are taken as one witness, as reliable as the best of them.
"""

import numpy as np
from scipy import stats

NETWORKS = ("resnet34 resnet50 resnet101 resnet152 densenet121 densenet169 densenet201 mnasnet_100 "
            "mobilenetv2_100 googlenet inception_v3").split()
ACCURACY = {
    "aircraft": "84.06 84.64 85.53 86.29 84.66 84.19 85.38 66.48 79.68 80.32 80.15",
    "caltech": "91.15 91.98 92.38 93.10 91.50 92.51 93.14 89.34 88.64 90.85 92.75",
    "cars": "88.63 89.09 89.47 89.88 89.34 89.02 89.44 72.58 86.44 87.76 87.74",
    "cifar10": "96.12 96.28 97.39 97.53 96.45 96.77 97.02 92.59 94.74 95.54 96.18",
    "cifar100": "81.94 82.80 84.88 85.66 82.75 84.26 84.88 72.04 78.11 79.84 81.49",
    "dtd": "72.96 74.72 74.80 76.44 74.18 74.72 76.04 70.12 71.72 72.53 72.85",
    "flowers": "95.20 96.26 96.53 96.86 97.02 97.32 97.10 95.39 96.20 95.76 95.73",
    "food": "81.99 84.45 85.58 86.28 84.99 85.84 86.71 71.35 81.12 79.30 81.76",
    "pets": "93.50 93.88 93.92 94.42 93.07 93.62 94.03 91.08 91.28 91.38 92.14",
    "sun397": "61.02 63.54 63.76 64.82 63.26 64.10 64.57 56.56 60.29 59.89 59.98",
    "voc07": "84.60 85.80 85.68 86.32 85.28 85.77 85.67 81.06 82.80 82.58 83.84",
}
REPORTED = {
    "leep": "-.234 .605 .367 .824 .677 .486 -.243 .491 .389 .701 .446",
    "logme": ".506 .435 .576 .852 .692 .647 .111 .385 .411 .511 .478",
    "nleep": ".495 .661 .265 .806 .823 .777 .215 .624 .599 .807 .654",
    "parc": "-.182 .374 .562 .845 .692 .642 -.082 .732 .138 .698 .723",
    "sfda": ".615 .737 .487 .949 .866 .597 .542 .815 .734 .703 .763",
}
TOP1 = np.array([73.314, 76.130, 77.374, 78.312, 74.434, 75.600, 76.896, 73.456, 71.878, 69.778, 77.294])
PARAMETERS = np.array([21797672, 25557032, 44549160, 60192808, 7978856, 14149480, 20013928, 4383312,
                       3504872, 6624904, 27161264])

TRUTH = np.array([[float(v) for v in row.split()] for row in ACCURACY.values()])
TAU = {name: np.array([float(v) for v in row.split()]) for name, row in REPORTED.items()}
RANKS = np.array([stats.rankdata(row) for row in TRUTH])


def tau(score, accuracy):
    return stats.weightedtau(score, accuracy)[0]


def normal_scores(values):
    return stats.norm.ppf((stats.rankdata(values) - 0.375) / (len(values) + 0.25))


def static_ranks(without=None):
    return np.delete(RANKS, without, 0).mean(0) if without is not None else RANKS.mean(0)


def calibration(count=11, draws=4000):
    """Mean tau of rankings of each reliability: the curve by which tau becomes rho."""
    random = np.random.default_rng(1)
    grid = np.linspace(0, 0.99, 34)
    z, e = random.standard_normal((2, draws, count))
    means = [np.mean([tau(r * a + np.sqrt(1 - r * r) * b, a) for a, b in zip(z, e)]) for r in grid]
    return np.maximum.accumulate(means), grid


def weight(rho):
    return rho / (1 - rho * rho)


def consistent_scores(random, accuracy, target, wanted=60):
    """Scores of which nothing is known but their tau with the accuracies (within 0.02)."""
    truth = normal_scores(accuracy)
    found = []
    while len(found) < wanted:
        r = random.uniform(-1, 1)
        score = r * truth + np.sqrt(1 - r * r) * random.standard_normal(len(truth))
        if abs(tau(score, accuracy) - target) < 0.02:
            found.append(normal_scores(score))
    return found


def main():
    curve, grid = calibration()
    rho = lambda mean_tau: float(np.interp(mean_tau, curve, grid))
    sets = list(ACCURACY)
    outside = np.arange(len(sets))
    static = np.array([tau(static_ranks(i), TRUTH[i]) for i in outside])
    by_top1 = np.array([tau(TOP1, row) for row in TRUTH])
    by_size = np.array([tau(PARAMETERS, row) for row in TRUTH])

    print("# The static prior and the combined ranking, on published tables\n")
    print("Written by `python benchmarks/prior.py`; the script says what can be fitted from what was")
    print("published and what cannot. Weighted tau, the mean of both orders (SciPy's default).\n")
    print("## Without looking at the data\n")
    print("| data set | mean published rank, this set left out | ImageNet top-1 | parameters |")
    print("| --- | --- | --- | --- |")
    for i in outside:
        print(f"| {sets[i]} | {static[i]:.3f} | {by_top1[i]:.3f} | {by_size[i]:.3f} |")
    print(f"| mean | {static.mean():.3f} | {by_top1.mean():.3f} | {by_size.mean():.3f} |\n")

    print("## Reliabilities\n")
    print("Mean tau on the eleven sets, and the rho that gives this tau for eleven networks on average;")
    print("these are the constants of `PublishedReliability.swift`.\n")
    print("| ranking | mean tau | rho | weight rho / (1 - rho^2) |")
    print("| --- | --- | --- | --- |")
    rows = {"published-ranks": static, "source-accuracy": by_top1, "parameters": by_size, **TAU}
    for name, values in rows.items():
        r = rho(values.mean())
        print(f"| {name} | {values.mean():.3f} | {r:.3f} | {weight(r):.3f} |")

    print("\n## One data set left out\n")
    print("Weights from ten sets, applied to the eleventh. The scores of each network were not published:")
    print("for each set 60 tables are drawn of which nothing is known but that they reach the reported tau;")
    print("given the true order they err independently of the prior. Real estimators favour networks that")
    print("the prior favours too, so take the combined columns as what can be had at most.\n")
    print("| estimator | alone | prior alone | combined | sets where combined is above the prior | Rel@1 of"
          " prior | Rel@1 combined |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    random = np.random.default_rng(2)
    rel = lambda score, row: row[np.argmax(score)] / row.max()
    prior_rel = np.mean([rel(static_ranks(i), TRUTH[i]) for i in outside])
    for basis in ("published-ranks", "source-accuracy"):
        print(f"| **prior: {basis}** | | | | | | |")
        own = static if basis == "published-ranks" else by_top1
        for name, reported in TAU.items():
            combined, rels = [], []
            for i in outside:
                keep = outside != i
                mine = normal_scores(static_ranks(i) if basis == "published-ranks" else TOP1)
                w = weight(rho(own[keep].mean())), weight(rho(reported[keep].mean()))
                totals = [w[0] * mine + w[1] * s
                          for s in consistent_scores(random, TRUTH[i], reported[i])]
                combined.append(np.mean([tau(t, TRUTH[i]) for t in totals]))
                rels.append(np.mean([rel(t, TRUTH[i]) for t in totals]))
            combined = np.array(combined)
            first = prior_rel if basis == "published-ranks" else np.mean(
                [rel(TOP1, row) for row in TRUTH])
            print(f"| {name} | {reported.mean():.3f} | {own.mean():.3f} | {combined.mean():.3f} | "
                  f"{(combined > own).sum()} of {len(sets)} | {first:.4f} | {np.mean(rels):.4f} |")

    print("\n## Mean published rank of each network, 11 the best\n")
    print("| network | mean rank | top-1 | parameters |")
    print("| --- | --- | --- | --- |")
    for name, rank, top1, size in zip(NETWORKS, static_ranks(), TOP1, PARAMETERS):
        print(f"| {name} | {rank:.4f} | {top1:.3f} | {size} |")


if __name__ == "__main__":
    main()
