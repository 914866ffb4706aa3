"""Checks that networks of other libraries open in Graft under their own names and give what they gave.

    pip install torch torchvision timm transformers open_clip_torch
    python benchmarks/parity/names.py --graft .build/release/graft [FAMILY ...]
    python benchmarks/parity/names.py --fixture Tests/CheckpointsTests/Fixtures/names.zip

For each source a small member of the family is made with random weights from a seed, saved as its
library saves it, opened by `graft embed` (which must find the convention and the architecture from
the names alone), and run on the same random pictures. Printed: the largest difference of any
embedding, relative to the largest value. Exits 1 above --tolerance.

--fixture writes names and shapes only, of every source that can be made without its weights: what
Tests/CheckpointsTests/NameMappingSourceTests.swift reads.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import torch
from PIL import Image

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
HALF = ([0.5] * 3, [0.5] * 3)
SOURCES = {}


def source(architecture, family, size=224, stats=HALF, listed=True):
    """Registers a function that makes (module, features of a batch, state to save)."""

    def register(make):
        SOURCES[make.__name__] = (architecture, family, size, stats, make, listed)
        return make

    return register


def randomised(module):
    """Random weights, statistics and scales, so that no two tensors can be mistaken for each other."""
    generator = torch.Generator().manual_seed(7)
    for name, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            continue
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("running_var"):
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
        elif tensor.ndim < 2 and not name.endswith("bias") and "running_mean" not in name:
            tensor.copy_(0.8 + 0.2 * noise)
        else:
            # Of unit gain, whatever the width: no layer's signal dies or explodes.
            fan = max(1, tensor[0].numel()) if tensor.ndim > 1 else 4
            tensor.copy_(noise * min(0.5, fan ** -0.5))
    return module.eval()


def torchvision(name, cut, **options):
    import torchvision
    module = randomised(torchvision.models.get_model(name, weights=None, **options))
    if cut is None:
        # SqueezeNet's embedding is pooled before the convolution that classifies.
        return module, lambda batch: module.features(batch).mean((2, 3)), module.state_dict()
    captured = []
    head = module
    for part in cut.split("."):
        head = getattr(head, part)
    head.register_forward_pre_hook(lambda _, inputs: captured.append(inputs[0]))

    def features(batch):
        captured.clear()
        module(batch)
        return captured[0].flatten(1)

    return module, features, module.state_dict()


def torchvision_source(name, architecture, cut, size=224, stats=IMAGENET, **options):
    def make():
        return torchvision(name, cut, **options)

    make.__name__ = f"torchvision.{name}"
    source(architecture, "torchvision", size, stats)(make)


for name, architecture in [
    ("resnet18", "resnet18"), ("resnet50", "resnet50"), ("resnext50_32x4d", "resnext50_32x4d"),
    ("wide_resnet50_2", "wide_resnet50_2"), ("regnet_x_400mf", "regnetx_004_tv"),
    ("regnet_y_400mf", "regnety_004"), ("regnet_y_800mf", "regnety_008_tv"),
    ("shufflenet_v2_x1_0", "shufflenet_v2_x1_0"),
]:
    torchvision_source(name, architecture, "fc")
torchvision_source("googlenet", "googlenet", "fc", stats=HALF, init_weights=False, aux_logits=True)
torchvision_source(
    "inception_v3", "inception_v3", "fc", size=299, stats=HALF, init_weights=False, aux_logits=True)
torchvision_source("densenet121", "densenet121", "classifier")
torchvision_source("vgg11_bn", "vgg11_bn", "classifier.6")
torchvision_source("squeezenet1_1", "squeezenet1_1", None)
torchvision_source("mnasnet0_5", "mnasnet_050", "classifier.1")
torchvision_source("mobilenet_v2", "mobilenetv2_100", "classifier.1")
torchvision_source("mobilenet_v3_small", "mobilenetv3_small_100", "classifier.3")
torchvision_source("mobilenet_v3_large", "mobilenetv3_large_100", "classifier.3")
torchvision_source("efficientnet_b0", "efficientnet_b0", "classifier.1")
torchvision_source("efficientnet_b5", "efficientnet_b5", "classifier.1", size=456)
torchvision_source("efficientnet_v2_s", "efficientnetv2_s", "classifier.1", size=384)
torchvision_source("convnext_tiny", "convnext_tiny", "classifier.2")
torchvision_source("swin_t", "swin_tiny_patch4_window7_224", "head")
torchvision_source("vit_b_16", "deit_base_patch16_224", "heads.head")


def huggingface(make):
    """Names as `save_pretrained` writes them, which are those of every file on the Hub."""
    import safetensors.torch
    import transformers
    transformers.utils.logging.disable_progress_bar()
    module, features = make()
    with tempfile.TemporaryDirectory() as folder:
        module.save_pretrained(folder)
        state = safetensors.torch.load_file(pathlib.Path(folder) / "model.safetensors")
    return module, features, state


def vit_config(kind, **options):
    import transformers
    # The files' 1e-12 is not what the weights were trained with.
    return getattr(transformers, f"{kind}Config")(
        hidden_size=192, num_hidden_layers=12, num_attention_heads=3, intermediate_size=768,
        layer_norm_eps=1e-6, num_labels=5, attn_implementation="eager", **options)


@source("vit_tiny_patch16_224", "transformers")
def huggingface_vit():
    import transformers
    def make():
        module = randomised(transformers.ViTForImageClassification(vit_config("ViT")))
        return module, lambda x: module.vit(x).last_hidden_state[:, 0]
    return huggingface(make)


@source("deit_tiny_distilled_patch16_224", "transformers", stats=IMAGENET)
def huggingface_deit():
    import transformers
    def make():
        module = randomised(
            transformers.DeiTForImageClassificationWithTeacher(vit_config("DeiT")))
        return module, lambda x: module.deit(x).last_hidden_state[:, :2].mean(1)
    return huggingface(make)


def convnext(kind):
    import transformers
    def make():
        config = getattr(transformers, f"{kind}Config")(
            hidden_sizes=[40, 80, 160, 320] if "V2" in kind else [96, 192, 384, 768],
            depths=[2, 2, 6, 2] if "V2" in kind else [3, 3, 9, 3], layer_norm_eps=1e-6,
            num_labels=5)
        module = randomised(getattr(transformers, f"{kind}ForImageClassification")(config))
        body = getattr(module, kind.lower())
        return module, lambda x: body(x).pooler_output
    return huggingface(make)


@source("convnext_tiny", "transformers", stats=IMAGENET)
def huggingface_convnext():
    return convnext("ConvNext")


@source("convnextv2_atto", "transformers", stats=IMAGENET)
def huggingface_convnextv2():
    return convnext("ConvNextV2")


def resnet(**options):
    import transformers
    def make():
        module = randomised(
            transformers.ResNetForImageClassification(transformers.ResNetConfig(**options)))
        return module, lambda x: module.resnet(x).pooler_output.flatten(1)
    return huggingface(make)


@source("resnet50", "transformers", stats=IMAGENET)
def huggingface_resnet50():
    return resnet()


@source("resnet18", "transformers", stats=IMAGENET)
def huggingface_resnet18():
    return resnet(layer_type="basic", depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512])


@source("swin_tiny_patch4_window7_224", "transformers", stats=IMAGENET)
def huggingface_swin():
    import transformers
    def make():
        module = randomised(transformers.SwinForImageClassification(transformers.SwinConfig()))
        return module, lambda x: module.swin(x).pooler_output
    return huggingface(make)


def dinov2(kind, size, **options):
    import transformers
    def make():
        config = getattr(transformers, f"{kind}Config")(
            hidden_size=384, num_hidden_layers=12, num_attention_heads=6, image_size=size,
            patch_size=14, **options)
        module = randomised(getattr(transformers, f"{kind}Model")(config))
        return module, lambda x: module(x).last_hidden_state[:, 0]
    return huggingface(make)


@source("vit_small_patch14_dinov2", "transformers", size=518, stats=IMAGENET)
def huggingface_dinov2():
    return dinov2("Dinov2", 518)


@source("vit_small_patch14_reg4_dinov2", "transformers", size=518, stats=IMAGENET)
def huggingface_dinov2_registers():
    return dinov2("Dinov2WithRegisters", 518, num_register_tokens=4)


@source("vit_base_patch32_clip_224", "transformers", stats=HALF)
def huggingface_clip():
    import transformers
    def make():
        config = transformers.CLIPVisionConfig(hidden_act="gelu")
        module = randomised(transformers.CLIPVisionModelWithProjection(config))
        return module, lambda x: module.vision_model(x).pooler_output
    return huggingface(make)


def open_clip_model(quick):
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
    module = randomised(CLIP(
        embed_dim=512, quick_gelu=quick,
        vision_cfg=CLIPVisionCfg(image_size=224, layers=12, width=768, patch_size=32),
        text_cfg=CLIPTextCfg(context_length=8, vocab_size=16, width=64, heads=1, layers=1)))
    module.visual.proj, projection = None, module.visual.proj
    def features(batch):
        module.visual.proj = None
        return module.visual(batch)
    state = {**module.state_dict(), "visual.proj": projection.detach()}
    return module, features, state


@source("vit_base_patch32_clip_224", "open_clip", stats=HALF)
def open_clip_vit():
    return open_clip_model(False)


@source("vit_base_patch32_clip_quickgelu_224", "open_clip", stats=HALF)
def openai_clip():
    module, features, state = open_clip_model(True)
    sizes = {"input_resolution": 224, "context_length": 8, "vocab_size": 16}
    return module, features, {**state, **{key: torch.tensor(v) for key, v in sizes.items()}}


def timm_model(name, rename, **options):
    """What timm itself would read, under the names that another library gives the same tensors."""
    import timm
    module = randomised(timm.create_model(name, num_classes=5, **options))
    def features(batch):
        return module.forward_head(module.forward_features(batch), pre_logits=True)
    return module, features, rename({k: v.clone() for k, v in module.state_dict().items()})


@source("vit_small_patch14_reg4_dinov2", "facebookresearch", size=518, stats=IMAGENET)
def facebook_dinov2_registers():
    def rename(state):
        tokens = torch.randn(1, 1, 384, generator=torch.Generator().manual_seed(1))
        state["register_tokens"] = state.pop("reg_token")
        state["pos_embed"] = torch.cat([tokens, state["pos_embed"]], 1)
        state["cls_token"] = state["cls_token"] - tokens
        state["mask_token"] = torch.zeros(1, 384)
        return state
    return timm_model("vit_small_patch14_reg4_dinov2", rename)


@source("convnextv2_atto", "facebookresearch", stats=IMAGENET)
def facebook_convnextv2():
    import re
    rules = [
        (r"^stem\.", "downsample_layers.0."), (r"^stages\.(\d)\.downsample\.", r"downsample_layers.\1."),
        (r"\.blocks\.", "."), (r"conv_dw", "dwconv"), (r"mlp\.fc(\d)", r"pwconv\1"),
        (r"mlp\.grn\.weight", "grn.gamma"), (r"mlp\.grn\.bias", "grn.beta"),
        (r"^head\.norm", "norm"), (r"^head\.fc", "head")]
    def rename(state):
        renamed = {}
        for name, tensor in state.items():
            for pattern, result in rules:
                name = re.sub(pattern, result, name)
            if "pwconv" in name:
                tensor = tensor.flatten(1) if tensor.ndim == 4 else tensor
            renamed[name] = tensor.reshape(1, 1, 1, -1) if "grn" in name else tensor
        return renamed
    return timm_model("convnextv2_atto", rename)


@source("swin_tiny_patch4_window7_224", "Microsoft", stats=IMAGENET)
def microsoft_swin():
    import re
    def rename(state):
        renamed = {"layers.0.blocks.1.attn_mask": torch.zeros(64, 49, 49)}
        for name, tensor in state.items():
            name = re.sub(r"layers\.(\d)\.downsample", lambda m: f"layers.{int(m[1]) - 1}.downsample", name)
            renamed[name.replace("head.fc", "head")] = tensor
            if name.endswith("bias_table"):
                renamed[name.replace("bias_table", "index")] = torch.zeros(49, 49, dtype=torch.int64)
        return renamed
    return timm_model("swin_tiny_patch4_window7_224", rename)


def numpy_vit(state, heads):
    """The inverse of timm's own reading of Google's archives."""
    arrays = {}
    for name, tensor in state.items():
        value = tensor.numpy()
        parts = name.split(".")
        kind = {"weight": "kernel", "bias": "bias"}.get(parts[-1])
        if name in ("cls_token", "pos_embed"):
            key = "cls" if name == "cls_token" else "Transformer/posembed_input/pos_embedding"
            arrays[key] = value
        elif parts[0] == "patch_embed":
            arrays[f"embedding/{kind}"] = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value
        elif parts[0] == "head":
            arrays[f"head/{kind}"] = value.T
        elif parts[0] == "norm":
            arrays[f"Transformer/encoder_norm/{'scale' if kind == 'kernel' else kind}"] = value
        else:
            block = f"Transformer/encoderblock_{parts[1]}"
            if parts[2].startswith("norm"):
                module = "LayerNorm_0" if parts[2] == "norm1" else "LayerNorm_2"
                arrays[f"{block}/{module}/{'scale' if kind == 'kernel' else kind}"] = value
            elif parts[3] == "qkv":
                for part, third in zip(("query", "key", "value"), np.split(value, 3)):
                    width = third.shape[0] // heads
                    third = third.T.reshape(-1, heads, width) if third.ndim == 2 else third.reshape(heads, width)
                    arrays[f"{block}/MultiHeadDotProductAttention_1/{part}/{kind}"] = third
            elif parts[3] == "proj":
                if value.ndim == 2:
                    value = value.T.reshape(heads, -1, value.shape[0])
                arrays[f"{block}/MultiHeadDotProductAttention_1/out/{kind}"] = value
            else:
                arrays[f"{block}/MlpBlock_3/Dense_{int(parts[3][-1]) - 1}/{kind}"] = value.T
    return arrays


@source("vit_tiny_patch16_224", "Google")
def google_vit():
    return timm_model("vit_tiny_patch16_224", lambda state: numpy_vit(state, 3))


@source("resnetv2_50x1_bit", "Google")
def google_bit():
    import re
    def rename(state):
        arrays = {}
        for name, tensor in state.items():
            value = tensor.numpy()
            value = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value
            rest = name.rsplit(".", 1)[1]
            group = {"weight": "gamma", "bias": "beta"}[rest]
            if name.startswith("stem"):
                key = "resnet/root_block/standardized_conv2d/kernel"
            elif name.startswith("norm"):
                key = f"resnet/group_norm/{group}"
            elif name.startswith("head"):
                key = f"resnet/head/conv2d/{'kernel' if rest == 'weight' else rest}"
            else:
                stage, block, module = re.match(r"stages\.(\d)\.blocks\.(\d+)\.(\w+)", name).groups()
                unit = f"resnet/block{int(stage) + 1}/unit{int(block) + 1:02d}"
                if module == "downsample":
                    key = f"{unit}/a/proj/standardized_conv2d/kernel"
                else:
                    branch = "abc"[int(module[-1]) - 1]
                    leaf = "standardized_conv2d/kernel" if "conv" in module else f"group_norm/{group}"
                    key = f"{unit}/{branch}/{leaf}"
            arrays[key] = value
        return arrays
    return timm_model("resnetv2_50x1_bit", rename)


def check(name, graft, folder):
    architecture, _, size, (mean, std), make, _ = SOURCES[name]
    module, features, state = make()
    if all(isinstance(value, np.ndarray) for value in state.values()):
        path = folder / f"{name}.npz"
        np.savez(path, **state)
    else:
        path = folder / f"{name}.pth"
        torch.save({"state_dict": {f"module.{key}": value for key, value in state.items()}}, path)
    told = json.loads(subprocess.run(
        [graft, "models", "inspect", path, "--json"], check=True, capture_output=True).stdout)
    fits = architecture in told["architectures"]
    card = folder / f"{name}.card.yaml"
    classes = told["classCount"]
    card.write_text(json.dumps({
        "schema": "graft.card/1", "id": name, "architecture": architecture, "classCount": classes,
        "input": {"imageSize": size, "mean": mean, "standardDeviation": std, "cropPercent": 1,
                  "resize": "squash", "interpolation": "bilinear", "channelOrder": "rgb"}}))
    pictures = folder / f"pictures-{size}"
    random = np.random.default_rng(3)
    if not pictures.exists():
        for index in range(4):
            target = pictures / f"class{index % 2}"
            target.mkdir(parents=True, exist_ok=True)
            pixels = random.integers(0, 256, (size, size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(target / f"{index}.png")
    subprocess.run(
        [graft, "embed", pictures, "--model", path, "-o", folder / "features.npz", "--quiet",
         "--no-cache"], check=True, capture_output=True)
    ours = np.load(folder / "features.npz")
    files = [pathlib.Path(p) for p in ours["paths"]]
    batch = np.stack([np.asarray(Image.open(p if p.exists() else pictures / p)) for p in files])
    batch = (batch / 255.0 - np.array(mean)) / np.array(std)
    if name in ("torchvision.googlenet", "torchvision.inception_v3"):
        module.transform_input = False
    with torch.inference_mode():
        theirs = features(torch.from_numpy(batch).float().permute(0, 3, 1, 2)).numpy()
    error = float(np.abs(ours["features"] - theirs).max() / np.abs(theirs).max())
    path.unlink()
    print(f"{name:34} {told.get('convention') or 'names unchanged':32} {architecture:36} "
          f"{'found' if fits else 'NOT FOUND'} {error:.1e}", flush=True)
    return error if fits else float("inf")


def listing(state):
    return "".join(
        f"{key} {'x'.join(str(n) for n in value.shape)}\n" for key, value in state.items())


def write_fixture(path):
    """Names and shapes: of our sources, and of every network of torchvision."""
    import torchvision
    texts = {}
    for name, (architecture, family, *_, make, listed) in SOURCES.items():
        if listed and family != "torchvision":
            texts[f"{name} {architecture}"] = listing(make()[2])
    known = {name.split(".")[1]: a for name, (a, family, *_) in SOURCES.items() if family == "torchvision"}
    for name in torchvision.models.list_models(module=torchvision.models):
        # RegNet computes its widths with tensors, which must have values; the largest is left out.
        if name == "regnet_y_128gf":
            continue
        with torch.device("cpu" if "regnet" in name else "meta"):
            module = torchvision.models.get_model(name, weights=None)
        texts[f"torchvision.{name} {known.get(name, '?')}"] = listing(module.state_dict())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, text in sorted(texts.items()):
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED, 9)
    print(f"{len(texts)} listings in {path}, {pathlib.Path(path).stat().st_size} bytes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", help="families or single sources (default: all)")
    parser.add_argument("--graft", default="graft")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--fixture")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    if arguments.fixture:
        write_fixture(arguments.fixture)
        return 0
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, family, *_) in SOURCES.items():
            wanted = arguments.families
            if wanted and family not in wanted and name not in wanted:
                continue
            worst = max(worst, check(name, arguments.graft, pathlib.Path(folder)))
    print(f"largest relative difference {worst:.1e} (tolerance {arguments.tolerance})")
    return int(worst > arguments.tolerance)


if __name__ == "__main__":
    sys.exit(main())
