"""Writes what PyTorch computes for architectures: Tests/NetworksTests/Fixtures/networks/<id>.json for each of
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


# Smaller members of a family, each under an id of its own: the id (or the class) it derives from and
# what differs.
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
    "variant_vgg": ("vgg11_bn", dict(mlp_ratio=1 / 64)),
    "variant_mixer": (
        timm.models.mlp_mixer.MlpMixer,
        dict(img_size=64, patch_size=16, embed_dim=48, num_blocks=3)),
}

SIZES = {
    "inception_v3": 107, "variant_vgg": 36, "resnetv2_50x1_bit": 48, "squeezenet1_0": 67,
    "resnetblur18": 50, "densenetblur121d": 48, "googlenet": 48,
    "test_vit": 160, "variant_dinov2": 98, "variant_dinov2_gated": 42, "variant_swin": 72,
    "resnet34": 70, "tf_efficientnet_lite1": 75, "mobilenetv2_050": 71, "squeezenet1_1": 67,
    **{f"resnet{depth}_cifar": 32 for depth in (20, 32, 44, 56)},
}
# Of the second, small batch: large enough, whole patches, as many as a mixer's weights are made for.
FEW_SIZES = {
    "inception_v3": 75, "variant_dinov2": 28, "variant_dinov2_gated": 28, "variant_mixer": 64,
}
IDS = (
    ["test_resnet", "resnet18", "resnet34", "resnet50", "resnet14t", "resnet50_gn"]
    + ["resnext50_32x4d", "seresnet18", "resnetrs50", "resnetaa34d", "resnetblur18"]
    + ["resnetv2_50x1_bit", "resnetv2_18d", "resnetv2_50", "regnetx_002", "regnety_002"]
    + ["densenet121", "densenetblur121d", "inception_v3", "googlenet"]
    + ["squeezenet1_0", "shufflenet_v2_x0_5"]
    + [f"resnet{depth}_cifar" for depth in (20, 32, 44, 56)]
    + [f"tf_efficientnet_lite{n}" for n in range(5)]
    + [f"mobilenetv2_{w}" for w in ("035", "050", "075", "100", "110d", "120d", "140")]
    + ["squeezenet1_1"]
    + ["mobilenetv1_100h", "mobilenetv3_small_100", "lcnet_050", "mnasnet_small", "efficientnet_b0"]
    + ["tf_efficientnetv2_b0", "convnext_atto_ols", "convnextv2_atto"]
    + ["test_vit", "test_vit2"]
)
# Further architectures of which only names and shapes are compared, in the order of the families.
ALL = IDS + [
    "mobilenetv1_100", "mobilenetv1_125",
    *(f"{tf}mobilenetv3_{size}" for tf in ("", "tf_") for size in ("large_075", "large_100", "small_075")),
    *(f"tf_mobilenetv3_{size}" for size in ("small_100", "large_minimal_100", "small_minimal_100")),
    "mobilenetv3_large_150d", "mobilenetv3_small_050", "mobilenetv3_rw",
    *(f"lcnet_{width}" for width in ("035", "075", "100", "150")),
    "fbnetv3_b", "fbnetv3_d", "fbnetv3_g",
    *(f"{se}mnasnet_{width}" for se in ("", "se") for width in ("050", "075", "100", "140")),
    "spnasnet_100", "fbnetc_100",
    *(f"efficientnet_{size}" for size in ("b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "l2")),
    *(f"tf_efficientnet_b{n}" for n in range(9)), "tf_efficientnet_l2",
    *(f"efficientnet_lite{n}" for n in range(5)),
    *(f"{tf}efficientnet_{size}" for tf in ("", "tf_") for size in ("es", "em", "el")),
    *(f"tinynet_{size}" for size in "abcde"),
    *(f"efficientnetv2_{size}" for size in ("rw_t", "rw_s", "rw_m", "s", "m", "l", "xl")),
    *(f"tf_efficientnetv2_{size}" for size in ("s", "m", "l", "xl", "b1", "b2", "b3")),
    *(f"convnext_{size}" for size in (
        "atto", "femto", "femto_ols", "pico", "pico_ols", "nano", "nano_ols", "tiny_hnf", "tiny",
        "small", "base", "large", "large_mlp", "xlarge", "xxlarge")),
    *(f"convnextv2_{size}" for size in (
        "femto", "pico", "nano", "tiny", "small", "base", "large", "huge")),
]
ALL += sorted(set(
    registered(
        "vision_transformer", "aimv2.*", "beit3.*", "test_vit[34]", ".*_(18x2|rpn|xp)_.*",
        ".*(pwee|dwee|dlittle)_.*", r".*_siglip_\d+", ".*_map_.*")
    + registered("deit") + registered("swin_transformer")
    + registered("mlp_mixer", "g.*", "resmlp.*")
    + registered("resnet", "ecaresne.*")
    + registered("resnetv2", ".*_(evos|frn)")
    + registered("regnet", "regnet[vz].*|.*_sgn")
    + registered("vgg") + registered("densenet") + registered("inception_v3")
    + [f"shufflenet_v2_x{w}" for w in ("0_5", "1_0", "1_5", "2_0")]
) - set(ALL))


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
# Between the kinks of ReLU at 0 and hard swish at 3.
BETWEEN = Law(6, (0.1, 0.15), (1, 0.8))
# For networks without kinks.
SMOOTH = Law(3, (0.5, 1), (-0.5, 1))


def law(name):
    if re.match("(se)?(resne|senet|regnet|test_resnet)", name) and not name.startswith("resnetv2"):
        return RESIDUAL
    if name.startswith("mobilenetv3"):
        return BETWEEN
    if re.match("(test_|variant_)?(vit|deit|clip|dino|swin|mixer)", name):
        return SMOOTH
    if name.startswith(("lcnet", "efficientnet", "tf_efficientnetv2", "convnext")):
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
    if name.startswith("squeezenet"):
        return getattr(torchvision.models, name)(num_classes=classes, dropout=0.0)
    if name == "googlenet":
        return torchvision.models.googlenet(
            num_classes=classes, aux_logits=False, init_weights=False, dropout=0.0)
    if name.startswith("shufflenet"):
        return getattr(torchvision.models, name)(num_classes=classes)
    name, options = VARIANTS.get(name, (name, {}))
    if callable(name):
        return name(num_classes=classes, **options)
    # Images of any size, as Graft takes them.
    if name in registered("vision_transformer") + registered("deit"):
        options = options | dict(dynamic_img_size=True)
    if name in registered("swin_transformer"):
        options = options | dict(strict_img_size=False, drop_path_rate=0)
    return timm.create_model(name, num_classes=classes, **options)


def embed(model, x):
    if isinstance(model, CIFARResNet):
        return model.embed(x)
    if isinstance(model, torchvision.models.SqueezeNet):
        return model.features(x).mean((2, 3))
    if isinstance(model, (torchvision.models.GoogLeNet, torchvision.models.ShuffleNetV2)):
        kept = []
        handle = model.fc.register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0]))
        model(x)
        handle.remove()
        return kept[0]
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
    return in_order([(n, t) for n, t in model.state_dict().items() if "num_batches" not in n])


def in_order(entries):
    """Named values in the order of the graph: a pre-activation block registers its shortcut first,
    but the shortcut begins behind the first normalisation."""
    places = {name: place for place, (name, _) in enumerate(entries)}

    def place(name):
        block, found, _ = name.partition(".downsample.")
        before = [p for n, p in places.items() if found and n.startswith(f"{block}.norm1.")]
        return max([places[name]] + [p + 0.5 for p in before])

    return sorted(entries, key=lambda entry: place(entry[0]))


def projections(name, tensor, count=2):
    """The norm of a tensor and its products with uniform vectors on [-1, 1)."""
    x = tensor.detach().double().numpy().reshape(-1)
    products = [
        float(x @ (2 * uniform(20, f"{name}/{k}", x.size) - 1)) for k in range(count)
    ]
    return [rounded(float(np.linalg.norm(x)), 6)] + [rounded(p, 6) for p in products]


def rounded(x, digits=8):
    return float(f"{x:.{digits}g}")


# Where the slope of an activation jumps.
KINKS = {nn.ReLU: [0], nn.ReLU6: [0, 6], nn.Hardswish: [-3, 3], nn.Hardsigmoid: [-3, 3]}


def near_ties(x, size, stride, padding, ceil_mode):
    """How many windows of a max-pooling have two different values within rounding distance of the
    largest: a gradient could go to either."""
    after = padding + (stride - 1 if ceil_mode else 0)
    x = F.pad(x, (padding, after, padding, after), value=-1e300)
    windows = F.unfold(x.flatten(0, 1)[:, None], size, stride=stride)
    first, second = windows.topk(2, dim=1).values.unbind(1)
    gap = (first - second) / first.abs().clamp(min=1)
    return int(((gap > 0) & (gap < 2e-6)).sum())


def near_kinks(model, *batches):
    """How many inputs of activations and max-poolings lie within rounding distance of a kink."""
    found = []
    max_pool = F.max_pool2d

    def look_at_pool(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, **rest):
        found.append(near_ties(x, kernel_size, stride or kernel_size, padding, ceil_mode))
        return max_pool(x, kernel_size, stride, padding, dilation, ceil_mode, **rest)

    def look(module, inputs):
        kinks = KINKS.get(type(module), [0])
        found.append(sum(int(((inputs[0] - k).abs() < 4e-6).sum()) for k in kinks))

    model = copy.deepcopy(model)
    for module in model.modules():
        if type(module) in KINKS:
            module.register_forward_pre_hook(look)
        if type(module).__name__ == "BasicConv2d":
            module.bn.register_forward_hook(lambda module, inputs, output: look(module, [output]))
    F.max_pool2d = look_at_pool
    with torch.no_grad():
        for training, x in batches:
            model.train(training)(x)
    F.max_pool2d = max_pool
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
        return rounded(loss.item()), [projections(n, p.grad) for n, p in in_order(list(model.named_parameters()))]

    frozen_loss, frozen = gradients(few)
    model.train()
    loss, trained = gradients(x)
    buffers = [projections(n, b) for n, b in entries(model) if "running_" in n]
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
    networks = folder / "networks"
    networks.mkdir(parents=True, exist_ok=True)
    only_hashes = "--state-dicts" in sys.argv
    names = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    for name in [] if only_hashes else names or IDS + list(VARIANTS):
        text = json.dumps(reference(name), sort_keys=True, separators=(",", ":"))
        (networks / f"{name}.json").write_text(text.replace('],[', '],\n[') + "\n")
        print(name, json.loads(text)["seed"], flush=True)
    listing = folder / "state-dicts.json"
    hashes = json.loads(listing.read_text()) if names and listing.exists() else {}
    hashes |= {name: state_hash(name) for name in names or ALL if name not in VARIANTS}
    listing.write_text(json.dumps(hashes, indent=0, sort_keys=True) + "\n")
