"""Writes what PyTorch computes for every architecture: Tests/NetworksTests/Fixtures/<id>.json.

Models are timm's, torchvision's SqueezeNet, and for CIFAR ResNets a module with the names of
akamaster/pytorch_resnet_cifar10. Weights follow from `counter_random` by parameter name, so only
outputs are kept. Everything is computed in float64.

Usage: python networks.py [id ...]      (needs numpy, torch, torchvision, timm)
"""
import json
import pathlib
import sys

import numpy as np
import timm
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

from counter_random import CounterRandom, fnv1a

SEED = 20
CLASSES = 10
BATCH = 4
SMOOTHING = 0.1
LABELS = [(3 * i + 1) % CLASSES for i in range(BATCH)]
SIZES = {
    "resnet34": 70, "tf_efficientnet_lite1": 75, "mobilenetv2_050": 71, "squeezenet1_1": 67,
    **{f"resnet{depth}_cifar": 32 for depth in (20, 32, 44, 56)},
}
IDS = (
    ["resnet18", "resnet34", "resnet50"]
    + [f"resnet{depth}_cifar" for depth in (20, 32, 44, 56)]
    + [f"tf_efficientnet_lite{n}" for n in range(5)]
    + [f"mobilenetv2_{w}" for w in ("035", "050", "075", "100", "110d", "120d", "140")]
    + ["squeezenet1_1"]
)


class CIFARBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.padding = 0 if stride == 1 else outputs // 4

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.padding:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(y + x)


class CIFARResNet(nn.Module):
    def __init__(self, blocks, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16, blocks, 1)
        self.layer2 = self.stage(16, 32, blocks, 2)
        self.layer3 = self.stage(32, 64, blocks, 2)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def stage(inputs, outputs, blocks, stride):
        first = CIFARBlock(inputs, outputs, stride)
        return nn.Sequential(first, *[CIFARBlock(outputs, outputs, 1) for _ in range(blocks - 1)])

    def embed(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.layer3(self.layer2(self.layer1(x))).mean((2, 3))

    def forward(self, x):
        return self.linear(self.embed(x))


def build(name, classes):
    if name.endswith("_cifar"):
        return CIFARResNet((int(name[6:8]) - 2) // 6, classes)
    if name == "squeezenet1_1":
        return torchvision.models.squeezenet1_1(num_classes=classes, dropout=0.0)
    return timm.create_model(name, num_classes=classes)


def embed(model, x):
    if isinstance(model, CIFARResNet):
        return model.embed(x)
    if isinstance(model, torchvision.models.SqueezeNet):
        return model.features(x).mean((2, 3))
    return model.forward_head(model.forward_features(x), pre_logits=True)


def value(architecture, name, shape):
    """The value of a parameter or buffer; the law is that of `ReferenceNetwork.swift`.

    Normalised values have mean 1 to 3 deviations above the kink of the ReLU that follows: one in ten
    is cut off, and hardly any lies so near the kink that rounding decides (a single one that does
    moves a gradient by 1 %).
    """
    u = CounterRandom(SEED, name).uniform(int(np.prod(shape)))
    is_norm = any(part.startswith("bn") or part == "downsample" for part in name.split("."))
    # Weaker residual branches keep the activations of deep ResNets in bounds.
    scale = 0.4 if architecture.startswith("resnet") else 0.8
    if name.endswith("running_var"):
        x = 0.5 + u
    elif is_norm and name.endswith("weight") and len(shape) == 1:
        x = scale * (0.5 + u)
    elif is_norm and name.endswith("bias"):
        x = scale * (1 + 2 * u)
    elif len(shape) == 1:
        x = 0.2 * u - 0.1
    else:
        x = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    return torch.from_numpy(x.astype(np.float32).astype(np.float64)).reshape(shape)


def images(batch, size):
    u = CounterRandom(SEED, "input").uniform(batch * size * size * 3)
    x = torch.from_numpy((3 * u - 1.5).astype(np.float32).astype(np.float64))
    return x.reshape(batch, size, size, 3).permute(0, 3, 1, 2).contiguous()


def entries(model):
    return [(n, t) for n, t in model.state_dict().items() if "num_batches" not in n]


def projections(name, tensor, count=2):
    """The norm of a tensor and its products with uniform vectors on [-1, 1)."""
    x = tensor.detach().double().numpy().reshape(-1)
    products = [
        float(x @ (2 * CounterRandom(SEED, f"{name}/{k}").uniform(x.size) - 1)) for k in range(count)
    ]
    return [rounded(float(np.linalg.norm(x)), 6)] + [rounded(p, 6) for p in products]


def rounded(x, digits=8):
    return float(f"{x:.{digits}g}")


def reference(name):
    size = SIZES.get(name, 64)
    listing = "".join(f"{n}:{list(t.shape)}\n" for n, t in entries(build(name, 1000)))
    model = build(name, CLASSES)
    state = {n: value(name, n, t.shape) for n, t in entries(model)}
    model.double().load_state_dict(state, strict=False)
    x = images(BATCH, size)
    model.eval()
    with torch.no_grad():
        features, logits = embed(model, x), model(x)

    def gradients(x):
        model.zero_grad()
        labels = torch.tensor(LABELS[: len(x)])
        loss = F.cross_entropy(model(x), labels, label_smoothing=SMOOTHING)
        loss.backward()
        return rounded(loss.item()), [projections(n, p.grad) for n, p in model.named_parameters()]

    frozen_loss, frozen = gradients(images(2, 32))
    model.train()
    loss, trained = gradients(x)
    buffers = [projections(n, b) for n, b in model.named_buffers() if "num_batches" not in n]
    return {
        "schema": "graft.reference.network/1",
        "generator": f"Tests/Reference/networks.py, timm {timm.__version__}, torch {torch.__version__}",
        "architecture": name, "seed": SEED, "imageSize": size, "batch": BATCH, "classCount": CLASSES,
        "labelSmoothing": SMOOTHING, "labels": LABELS,
        "stateHash": f"{fnv1a(listing):016x}",
        "features": [projections("features", f) for f in features],
        "logits": [[rounded(v) for v in row] for row in logits.tolist()],
        "frozenStatistics": {"imageSize": 32, "batch": 2, "loss": frozen_loss, "gradients": frozen},
        "training": {"loss": loss, "gradients": trained, "buffers": buffers},
    }


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent.parent / "NetworksTests" / "Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or IDS:
        text = json.dumps(reference(name), sort_keys=True, separators=(",", ":"))
        (folder / f"{name}.json").write_text(text.replace('],[', '],\n[') + "\n")
        print(name, flush=True)
