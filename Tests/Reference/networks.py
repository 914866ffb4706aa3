"""Writes what PyTorch computes for architectures: Tests/NetworksTests/Fixtures/<id>.json for each of
IDS and VARIANTS, one of each kind of block, and state-dicts.json, the hash of names and shapes of
all of ALL.

Models are timm's, torchvision's SqueezeNet 1.1, and for CIFAR ResNets a module with the names of
akamaster/pytorch_resnet_cifar10. Weights follow from `counter_random` by parameter name, so only
outputs are kept. Everything is computed in float64.

Usage: python networks.py [id ...]      (needs numpy, torch, torchvision, timm)
       python networks.py --state-dicts [id ...]    renews only the hashes of these
"""
import copy
import json
import pathlib
import re
import sys

import numpy as np
import timm
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

from counter_random import CounterRandom, fnv1a

CLASSES = 10
BATCH = 4
SMOOTHING = 0.1
LABELS = [(3 * i + 1) % CLASSES for i in range(BATCH)]


def registered(module, *others):
    """The ids of one of timm's modules, but not those that match a pattern."""
    return [n for n in timm.list_models(module=module)
            if not any(re.fullmatch(other, n) for other in others)]


# Smaller members of a family, each under an id of its own: the id it derives from and what differs.
# Their twins are in `ReferenceVariants.swift`.
VARIANTS = {
    "variant_clip": (
        "vit_base_patch16_clip_quickgelu_224",
        dict(img_size=64, embed_dim=48, depth=3, num_heads=3)),
    "variant_deit": (
        "deit_tiny_distilled_patch16_224", dict(img_size=48, embed_dim=48, depth=3, num_heads=3)),
    "variant_dinov2": (
        "vit_small_patch14_reg4_dinov2", dict(img_size=70, embed_dim=48, depth=3, num_heads=2)),
    "variant_dinov2_gated": (
        "vit_giant_patch14_dinov2", dict(img_size=56, embed_dim=48, depth=2, num_heads=3)),
    "variant_swin": (
        "swin_tiny_patch4_window7_224",
        dict(img_size=72, embed_dim=24, depths=(2, 2, 1, 1), num_heads=(1, 2, 4, 8), window_size=5)),
    "variant_mixer": ("mixer_s16_224", dict(img_size=64, embed_dim=48, num_blocks=3)),
}
SIZES = {
    "test_vit": 160, "variant_dinov2": 98, "variant_dinov2_gated": 42, "variant_swin": 72,
    "resnet34": 70, "tf_efficientnet_lite1": 75, "mobilenetv2_050": 71, "squeezenet1_1": 67,
    **{f"resnet{depth}_cifar": 32 for depth in (20, 32, 44, 56)},
}
# Of the second, small batch: whole patches, and as many as a mixer's weights are made for.
FEW_SIZES = {"variant_dinov2": 28, "variant_dinov2_gated": 28, "variant_mixer": 64}
IDS = (
    ["resnet18", "resnet34", "resnet50"]
    + [f"resnet{depth}_cifar" for depth in (20, 32, 44, 56)]
    + [f"tf_efficientnet_lite{n}" for n in range(5)]
    + [f"mobilenetv2_{w}" for w in ("035", "050", "075", "100", "110d", "120d", "140")]
    + ["squeezenet1_1"]
    + ["test_vit", "test_vit2"]
)
# Further architectures of which only names and shapes are compared, in the order of the families.
ALL = IDS + sorted(set(
    registered(
        "vision_transformer", "aimv2.*", "beit3.*", "test_vit[34]", ".*_(18x2|rpn|xp)_.*",
        ".*pwee.*", r".*_siglip_\d+", ".*_map_.*")
    + registered("deit") + registered("swin_transformer")
    + registered("mlp_mixer", "g.*", "resmlp.*")
) - set(IDS))


class Law:
    """How weights follow from uniform numbers u: weights (2u - 1) sqrt(gain / fan-in), a
    normalisation's factor scale[0] + scale[1] u, its offset shift[0] + shift[1] u.

    Behind ReLUs normalised values have a mean some 2 to 8 deviations above the kink: few are cut off,
    so that with some seed none lies so near the kink that rounding decides. A single one that does
    moves a gradient by up to 5 %.
    """

    def __init__(self, gain, scale, shift):
        self.gain, self.scale, self.shift = gain, scale, shift


RECTIFIED = Law(6, (0.4, 0.4), (1.6, 1.6))
# Weaker residual branches keep the activations of deep ResNets in bounds.
RESIDUAL = Law(6, (0.2, 0.2), (0.8, 0.8))
# For networks without kinks.
SMOOTH = Law(3, (0.5, 1), (-0.5, 1))


def law(name):
    if name.startswith("resnet"):
        return RESIDUAL
    if re.match("(test_|variant_)?(vit|deit|clip|dino|swin|mixer)", name):
        return SMOOTH
    return RECTIFIED


class CIFARBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.padding = 0 if stride == 1 else outputs // 4

    def forward(self, x):
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.padding:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))
        return self.relu2(y + x)


class CIFARResNet(nn.Module):
    def __init__(self, blocks, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.layer1 = self.stage(16, 16, blocks, 1)
        self.layer2 = self.stage(16, 32, blocks, 2)
        self.layer3 = self.stage(32, 64, blocks, 2)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def stage(inputs, outputs, blocks, stride):
        first = CIFARBlock(inputs, outputs, stride)
        return nn.Sequential(first, *[CIFARBlock(outputs, outputs, 1) for _ in range(blocks - 1)])

    def embed(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        return self.layer3(self.layer2(self.layer1(x))).mean((2, 3))

    def forward(self, x):
        return self.linear(self.embed(x))


def build(name, classes):
    if name.endswith("_cifar"):
        return CIFARResNet((int(name[6:8]) - 2) // 6, classes)
    if name == "squeezenet1_1":
        return torchvision.models.squeezenet1_1(num_classes=classes, dropout=0.0)
    name, options = VARIANTS.get(name, (name, {}))
    # Images of any size, as Graft takes them.
    if name in registered("vision_transformer") + registered("deit"):
        options = options | dict(dynamic_img_size=True)
    if name in registered("swin_transformer"):
        options = options | dict(strict_img_size=False)
    return timm.create_model(name, num_classes=classes, **options)


def embed(model, x):
    if isinstance(model, CIFARResNet):
        return model.embed(x)
    if isinstance(model, torchvision.models.SqueezeNet):
        return model.features(x).mean((2, 3))
    return model.forward_head(model.forward_features(x), pre_logits=True)


def uniform(seed, key, count):
    """The first numbers of `CounterRandom(seed, key).uniform`, as an array."""
    with np.errstate(over="ignore"):
        index = np.arange(1, count + 1, dtype=np.uint64)
        z = np.uint64(CounterRandom(seed, key).base) + index * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def role(model, name):
    """What a parameter or buffer does: the twin of Graft's `ParameterSpecification.Role`."""
    module, _, last = name.rpartition(".")
    kind = type(model.get_submodule(module)).__name__
    if last in ("running_mean", "running_var"):
        return last
    if "Norm" in kind or "BatchNormAct" in kind:
        return "norm" + last.capitalize()
    if last in ("gamma", "gamma_1", "gamma_2"):
        return "normWeight"
    if last in ("pos_embed", "cls_token", "reg_token", "dist_token", "relative_position_bias_table"):
        return "embedding"
    return "bias" if last == "bias" else "weight"


def value(seed, law, role, name, shape):
    """The value of a parameter or buffer; its twin is in `ReferenceNetwork.swift`."""
    u = uniform(seed, name, int(np.prod(shape)))
    if role == "running_var":
        x = 0.5 + u
    elif role == "normWeight":
        x = law.scale[0] + law.scale[1] * u
    elif role == "normBias":
        x = law.shift[0] + law.shift[1] * u
    elif role in ("bias", "running_mean"):
        x = 0.2 * u - 0.1
    elif role == "embedding":
        x = 2 * u - 1
    else:
        x = (2 * u - 1) * np.sqrt(law.gain / np.prod(shape[1:]))
    return torch.from_numpy(x.astype(np.float32).astype(np.float64)).reshape(shape)


def images(seed, batch, size):
    u = uniform(seed, "input", batch * size * size * 3)
    x = torch.from_numpy((3 * u - 1.5).astype(np.float32).astype(np.float64))
    return x.reshape(batch, size, size, 3).permute(0, 3, 1, 2).contiguous()


def entries(model):
    return [(n, t) for n, t in model.state_dict().items() if "num_batches" not in n]


def projections(name, tensor, count=2):
    """The norm of a tensor and its products with uniform vectors on [-1, 1)."""
    x = tensor.detach().double().numpy().reshape(-1)
    products = [
        float(x @ (2 * uniform(20, f"{name}/{k}", x.size) - 1)) for k in range(count)
    ]
    return [rounded(float(np.linalg.norm(x)), 6)] + [rounded(p, 6) for p in products]


def rounded(x, digits=8):
    return float(f"{x:.{digits}g}")


def near_kinks(model, *batches):
    """How many inputs of activations lie within rounding distance of a kink."""
    found = []

    def look(module, inputs):
        kinks = [0, 6] if isinstance(module, nn.ReLU6) else [0]
        found.append(sum(int(((inputs[0] - k).abs() < 4e-6).sum()) for k in kinks))

    model = copy.deepcopy(model)
    for module in model.modules():
        if isinstance(module, (nn.ReLU, nn.ReLU6)):
            module.register_forward_pre_hook(look)
    with torch.no_grad():
        for training, x in batches:
            model.train(training)(x)
    return sum(found)


def reference(name):
    size = SIZES.get(name, 64)
    few_size = FEW_SIZES.get(name, 32)
    model = build(name, CLASSES).double()
    for seed in range(20, 60):
        state = {n: value(seed, law(name), role(model, n), n, t.shape) for n, t in entries(model)}
        model.load_state_dict(state, strict=False)
        x, few = images(seed, BATCH, size), images(seed, 2, few_size)
        if near_kinks(model, (False, few), (True, x)) == 0:
            break
    else:
        raise SystemExit(f"{name}: no seed keeps all activations off the kinks")

    model.eval()
    with torch.no_grad():
        features, logits = embed(model, x), model(x)

    def gradients(x):
        model.zero_grad()
        labels = torch.tensor(LABELS[: len(x)])
        loss = F.cross_entropy(model(x), labels, label_smoothing=SMOOTHING)
        loss.backward()
        return rounded(loss.item()), [projections(n, p.grad) for n, p in model.named_parameters()]

    frozen_loss, frozen = gradients(few)
    model.train()
    loss, trained = gradients(x)
    buffers = [projections(n, b) for n, b in model.named_buffers() if "num_batches" not in n]
    return {
        "schema": "graft.reference.network/1",
        "generator": f"Tests/Reference/networks.py, timm {timm.__version__}, torch {torch.__version__}",
        "architecture": name, "seed": seed, "imageSize": size, "batch": BATCH, "classCount": CLASSES,
        "labelSmoothing": SMOOTHING, "labels": LABELS,
        "law": vars(law(name)),
        "features": [projections("features", f) for f in features],
        "logits": [[rounded(v) for v in row] for row in logits.tolist()],
        "frozenStatistics": {"imageSize": few_size, "batch": 2, "loss": frozen_loss, "gradients": frozen},
        "training": {"loss": loss, "gradients": trained, "buffers": buffers},
    }


def state_hash(name):
    """The hash of all names and shapes; no memory is taken for the weights."""
    with torch.device("meta"):
        model = build(name, 1000)
    return f"{fnv1a(''.join(f'{n}:{list(t.shape)}{chr(10)}' for n, t in entries(model))):016x}"


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent.parent / "NetworksTests" / "Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    only_hashes = "--state-dicts" in sys.argv
    names = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    for name in [] if only_hashes else names or IDS + list(VARIANTS):
        text = json.dumps(reference(name), sort_keys=True, separators=(",", ":"))
        (folder / f"{name}.json").write_text(text.replace('],[', '],\n[') + "\n")
        print(name, json.loads(text)["seed"], flush=True)
    listing = folder / "state-dicts.json"
    hashes = json.loads(listing.read_text()) if names and listing.exists() else {}
    hashes |= {name: state_hash(name) for name in names or ALL if name not in VARIANTS}
    listing.write_text(json.dumps(hashes, indent=0, sort_keys=True) + "\n")
