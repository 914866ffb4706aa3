"""Writes what PyTorch and timm compute for losses, optimisers, averages and schedules:
Tests/NetworksTests/Fixtures/training.json.

The model is one linear layer whose weights, inputs and targets follow from `counter_random`. Everything
is computed in float64, so that the tolerance of the tests is that of Float32 alone.

Usage: python training.py      (needs numpy, torch, timm)
"""
import json
import pathlib

import timm
import torch
import torch.nn as nn
import torch.nn.functional as F
from timm.loss import BinaryCrossEntropy
from timm.optim import Lars
from timm.utils import ModelEmaV3
from torch.optim import lr_scheduler

from counter_random import CounterRandom

FEATURES, CLASSES, BATCH, STEPS = 64, 7, 4, 10
LABELS = [1, 6, 0, 3]
torch.set_default_dtype(torch.float64)


def uniform(key, shape, low, high):
    """Uniform numbers, rounded to float32 as the engine holds them."""
    random = CounterRandom(30, key)
    count = torch.Size(shape).numel()
    values = torch.tensor([low + (high - low) * random.uniform(i) for i in range(count)])
    return values.float().double().reshape(shape)


def model():
    linear = nn.Linear(FEATURES, CLASSES)
    with torch.no_grad():
        linear.weight.copy_(uniform("linear.weight", (CLASSES, FEATURES), -0.5, 0.5))
        linear.bias.copy_(uniform("linear.bias", (CLASSES,), -0.5, 0.5))
    return linear


X = uniform("features", (BATCH, FEATURES), -1, 1)
TARGETS = uniform("targets", (BATCH, CLASSES), 0, 1)
Y = torch.tensor(LABELS)


def divergence(z, q, temperature):
    return F.kl_div(F.log_softmax(z / temperature, 1), q, reduction="batchmean") * temperature**2


def softened(t, temperature):
    return F.softmax(t / temperature, 1)


LOSSES = {
    "cross-entropy": lambda z: F.cross_entropy(z, Y),
    "cross-entropy, smoothed": lambda z: F.cross_entropy(z, Y, label_smoothing=0.2),
    "cross-entropy, targets": lambda z: F.cross_entropy(z, TARGETS),
    "binary": lambda z: BinaryCrossEntropy()(z, Y),
    "binary, targets": lambda z: BinaryCrossEntropy(smoothing=0)(z, TARGETS),
    "binary, threshold": lambda z: BinaryCrossEntropy(smoothing=0, target_threshold=0.4)(z, TARGETS),
    "binary, summed": lambda z: BinaryCrossEntropy(smoothing=0.1, sum_classes=True)(z, Y),
    "squared": lambda z: F.mse_loss(z, TARGETS),
    "divergence": lambda z: divergence(z, TARGETS, 1),
    "divergence, teacher": lambda z: divergence(z, softened(TARGETS, 4), 4),
}


def groups(linear, decay, bias_scale=1.0, rate=0.05):
    return [
        {"params": [linear.weight], "weight_decay": decay, "lr": rate},
        {"params": [linear.bias], "weight_decay": 0, "lr": rate * bias_scale},
    ]


OPTIMIZERS = {
    "SGD": lambda m: torch.optim.SGD(groups(m, 0.01)),
    "SGD, momentum": lambda m: torch.optim.SGD(groups(m, 0.01), momentum=0.9),
    "SGD, Nesterov": lambda m: torch.optim.SGD(groups(m, 0.01), momentum=0.9, nesterov=True),
    "SGD, groups": lambda m: torch.optim.SGD(groups(m, 0.02, 3), momentum=0.9),
    "Adam": lambda m: torch.optim.Adam(groups(m, 0.1)),
    "AdamW": lambda m: torch.optim.AdamW(groups(m, 0.1)),
    "LARS": lambda m: Lars(groups(m, 0.01, rate=2.0), momentum=0.9, trust_coeff=0.01),
    "LARS, Nesterov, clipped": lambda m: Lars(
        groups(m, 0.01), momentum=0.9, nesterov=True, trust_coeff=0.02, trust_clip=True),
    "LARS, always": lambda m: Lars(
        groups(m, 0.01, rate=2.0), momentum=0.9, trust_coeff=0.01, always_adapt=True),
    "clipped by norm": lambda m: torch.optim.SGD(groups(m, 0.01), momentum=0.9),
    "clipped by value": lambda m: torch.optim.SGD(groups(m, 0.01), momentum=0.9),
}
CLIPPING = {
    "clipped by norm": lambda p: nn.utils.clip_grad_norm_(p, 0.5),
    "clipped by value": lambda p: nn.utils.clip_grad_value_(p, 0.05),
}
AVERAGES = {
    "plain": dict(decay=0.8),
    "warm-up": dict(decay=0.7, use_warmup=True, warmup_power=0.75, update_after_step=2),
    "floor": dict(decay=0.9, use_warmup=True, warmup_gamma=10.0, min_decay=0.4),
}


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


def projections(name, tensor):
    """The norm of a tensor and its products with two uniform vectors on [-1, 1)."""
    values = tensor.detach().flatten().tolist()
    result = [sum(v * v for v in values) ** 0.5]
    for k in range(2):
        random = CounterRandom(20, f"{name}/{k}")
        result.append(sum(v * (2 * random.uniform(i) - 1) for i, v in enumerate(values)))
    return [float(f"{v:.9g}") for v in result]


def weights(linear):
    return {
        f"linear.{n}": projections(f"linear.{n}", t) for n, t in linear.state_dict().items()}


def loss(name):
    linear = model()
    value = LOSSES[name](linear(X))
    value.backward()
    return {
        "loss": float(f"{value.item():.9g}"),
        "gradients": {
            f"linear.{n}": projections(f"linear.{n}", p.grad)
            for n, p in linear.named_parameters()}}


def trajectory(name):
    linear = model()
    optimizer = OPTIMIZERS[name](linear)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = F.cross_entropy(linear(X), Y)
        value.backward()
        losses.append(float(f"{value.item():.9g}"))
        if name in CLIPPING:
            CLIPPING[name](linear.parameters())
        optimizer.step()
    return {"losses": losses, "weights": weights(linear)}


def average(name):
    linear = model()
    optimizer = torch.optim.SGD(linear.parameters(), lr=0.05, momentum=0.9)
    ema = ModelEmaV3(linear, **AVERAGES[name])
    for step in range(STEPS):
        optimizer.zero_grad()
        F.cross_entropy(linear(X), Y).backward()
        optimizer.step()
        ema.update(linear, step=step + 1)
    return weights(ema.module)


def minimum(decay=0.05):
    linear = model()
    optimizer = torch.optim.LBFGS(
        linear.parameters(), max_iter=500, tolerance_grad=1e-10, tolerance_change=1e-14,
        line_search_fn="strong_wolfe")

    def value():
        optimizer.zero_grad()
        # Smoothed, since the bias of a class without a sample would go to minus infinity.
        total = F.cross_entropy(linear(X), Y, label_smoothing=0.2) + decay / 2 * (linear.weight**2).sum()
        total.backward()
        return total

    optimizer.step(value)
    return {"value": float(f"{value().item():.9g}"), "weights": weights(linear)}


def rates(make, steps=24):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.4)
    scheduler = make(optimizer)
    result = []
    for _ in range(steps):
        result.append(float(f"{optimizer.param_groups[0]['lr']:.12g}"))
        optimizer.step()
        scheduler.step()
    return result


def warmed(optimizer, schedule, steps=5):
    warm = lr_scheduler.LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)
    return lr_scheduler.SequentialLR(optimizer, [warm, schedule], milestones=[steps])


SCHEDULES = {
    "step": lambda o: lr_scheduler.StepLR(o, 5, 0.3),
    "multi-step": lambda o: lr_scheduler.MultiStepLR(o, [3, 4, 11], 0.5),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, 23, eta_min=0.01),
    "polynomial": lambda o: lr_scheduler.PolynomialLR(o, 20, power=0.9),
    "one cycle": lambda o: lr_scheduler.OneCycleLR(o, 0.4, total_steps=20),
    "one cycle, linear": lambda o: lr_scheduler.OneCycleLR(
        o, 0.4, total_steps=20, pct_start=0.4, anneal_strategy="linear", div_factor=10,
        final_div_factor=100),
    "warmed cosine": lambda o: warmed(o, lr_scheduler.CosineAnnealingLR(o, 19)),
    "warmed step": lambda o: warmed(o, lr_scheduler.StepLR(o, 5, 0.3)),
}

if __name__ == "__main__":
    fixture = {
        "schema": "graft.reference.training/1",
        "generator": f"Tests/Reference/training.py, timm {timm.__version__}, torch {torch.__version__}",
        "losses": {name: loss(name) for name in LOSSES},
        "trajectories": {name: trajectory(name) for name in OPTIMIZERS},
        "averages": {name: average(name) for name in AVERAGES},
        "minimum": minimum(),
        # A cycle is over after its last step.
        "schedules": {
            name: rates(make, 20 if "cycle" in name else 24) for name, make in SCHEDULES.items()},
    }
    path = pathlib.Path(__file__).parent.parent / "NetworksTests" / "Fixtures" / "training.json"
    text = json.dumps(fixture, sort_keys=True, separators=(",", ":"))
    path.write_text(text.replace("},", "},\n") + "\n")
