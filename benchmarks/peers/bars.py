"""What the engine is to reach: ratios of one piece of `benchmarks/engine.py`, and its answers.

A piece is a dictionary of sides, each `{"speeds": [images/s by round], "peak": bytes, "base": bytes,
"answers": {name: value}}`.
"""

from statistics import median

# Largest differences relative to PyTorch's answer in Float64 that Float32 explains. Gradients pass
# through every layer twice, so theirs is wider: PyTorch's own in Float32 and channels_last is off by
# 4e-3 on a ResNet-50 of random weights. Float16 has 11 bits of mantissa, bfloat16 8.
TOLERANCES = {
    "difference": 1e-3, "loss": 1e-4, "gradientNorm": 5e-3, "lossAfterUpdate": 1e-3,
}
LEAST_COSINE = 0.99999
LEAST_COSINE_HALF = 0.999
HALF = ("float16", "bfloat16", "bf16")


class Bar:
    """A ratio of best rounds, the same of medians where it is one of speeds, and what it is to be."""

    def __init__(self, name: str, value: float, wanted: float, most: bool = False,
                 of_medians: float | None = None):
        self.name, self.value, self.wanted, self.most = name, value, wanted, most
        self.of_medians = of_medians

    @property
    def met(self) -> bool:
        return self.value <= self.wanted if self.most else self.value >= self.wanted

    @property
    def wish(self) -> str:
        return f"{'≤' if self.most else '≥'} {self.wanted:.1f}"


def fastest(piece: dict, names: list[str]) -> str | None:
    present = [name for name in names if piece.get(name, {}).get("speeds")]
    return max(present, key=lambda name: max(piece[name]["speeds"]), default=None)


def bars(work: str, network: str, batch: int, piece: dict) -> list[Bar]:
    """Every bar of issue 3 that the sides of this piece can tell."""
    if not piece.get("graft", {}).get("speeds"):
        return []

    def speed(name: str, other: str, title: str, wanted: float, inverse: bool = False) -> Bar:
        pairs = [(f(piece[name]["speeds"]), f(piece[other]["speeds"])) for f in (max, median)]
        best, middle = [b / a if inverse else a / b for a, b in pairs]
        return Bar(title, best, wanted, most=inverse, of_medians=middle)

    found = []
    graft = piece["graft"]
    if work == "infer":
        peer = fastest(piece, ["onnxruntime", "openvino"])
        if peer:
            found.append(speed("graft", peer, f"speed ÷ {peer}", 1.0 if batch > 1 else 0.9))
        if "onnxruntime" in piece:
            found.append(Bar("memory ÷ onnxruntime", graft["peak"] / piece["onnxruntime"]["peak"],
                             1.2, most=True))
        if "graft-float16" in piece and network in ("resnet50", "vit_small_patch16_224"):
            found.append(speed("graft-float16", "graft", "float16 speed ÷ Float32", 1.5))
    else:
        peer = fastest(piece, ["pytorch", "pytorch-channels-last"])
        if peer:
            found.append(speed("graft", peer, f"speed ÷ {peer}", 1.7))
            found.append(Bar(f"memory ÷ {peer}", graft["peak"] / piece[peer]["peak"], 1.0,
                             most=True))
    if "graft-avx2" in piece:
        found.append(speed("graft-avx2", "graft", "AVX2 time ÷ AVX-512", 2.2, inverse=True))
    return found


def wrong(side: str, answers: dict[str, float]) -> list[str]:
    """The answers of a side that are too far from PyTorch's."""
    reduced = side.endswith(HALF)
    bad = [name for name, most in TOLERANCES.items()
           if name in answers and not (reduced or answers[name] <= most)]
    least = LEAST_COSINE_HALF if reduced else LEAST_COSINE
    if "cosine" in answers and not answers["cosine"] >= least:
        bad.append("cosine")
    return bad
