"""Embeddings of networks imported from ONNX files, against PyTorch's and ONNX Runtime's.

Exports timm networks (random weights, running statistics that are not the trivial ones) with both of
PyTorch's exporters, lets `graft embed` read them, and compares features and class probabilities on real
photographs, which are resized beforehand so that all see the same pixels. Prints the largest difference
as a share of the largest value and how often the five best classes agree; exits 1 above 1e-4.

    python benchmarks/parity/onnx_import.py --graft .build/release/graft --photographs FOLDER [--networks NAME ...]
"""
import argparse
import logging
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnxruntime
import timm
import torch
from PIL import Image

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
NETWORKS = [
    "resnet50", "mobilenetv3_large_100", "efficientnet_b0", "vit_small_patch16_224", "convnext_tiny",
    "swin_tiny_patch4_window7_224",
]
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
TOLERANCE = 1e-4


def network(name):
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False).eval()
    for key, value in model.named_buffers():
        if key.endswith("running_mean"):
            value.normal_(0, 0.1)
        if key.endswith("running_var"):
            value.uniform_(0.8, 1.2)
    return model


def export(model, kind, file, size):
    x = torch.zeros(2, 3, size, size)
    if kind == "torchscript":
        torch.onnx.export(
            model, x, str(file), dynamo=False, opset_version=17, input_names=["input"],
            output_names=["logits"], dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
    else:
        torch.onnx.export(
            model, (x,), str(file), dynamo=True, opset_version=18,
            dynamic_shapes=({0: torch.export.Dim("N")},), verbose=False)
    file.with_suffix(".card.yaml").write_text(
        f"schema: graft.card/1\nid: {model.default_cfg['architecture']}-{kind}\narchitecture: onnx\n"
        f"classCount: 1000\ninput:\n  imageSize: {size}\n  mean: {MEAN.tolist()}\n"
        f"  standardDeviation: {STD.tolist()}\n  cropPercent: 1\n  resize: squash\n"
        "  interpolation: bilinear\n  channelOrder: rgb\n")


def photographs(source, target, size, count):
    """Copies some photographs as PNG of exactly the input's size, a folder per class."""
    files = sorted(p for p in source.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for index, file in enumerate(files[:: max(1, len(files) // count)][:count]):
        folder = target / f"class{index % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.open(file).convert("RGB").resize((size, size)).save(folder / f"{index:03}.png")


def share(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graft", type=pathlib.Path, required=True)
    parser.add_argument("--photographs", type=pathlib.Path, required=True)
    parser.add_argument("--networks", nargs="*", default=NETWORKS)
    parser.add_argument("--count", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(1)
    worst = 0.0
    print(f"{'network':32} {'exporter':12} {'features':>10} {'scores':>10} top-5")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name in options.networks:
            model = network(name)
            size = model.default_cfg["input_size"][-1]
            data = scratch / f"data{size}"
            if not data.exists():
                photographs(options.photographs, data, size, options.count)
            for kind in ("torchscript", "dynamo"):
                file = scratch / f"{name}.{kind}.onnx"
                export(model, kind, file, size)
                archive = scratch / "features.npz"
                subprocess.run(
                    [options.graft, "embed", data, "--model", file, "-o", archive, "--no-cache", "-q"],
                    check=True, stdout=subprocess.DEVNULL)
                own = np.load(archive)
                x = np.stack([
                    (np.asarray(Image.open(data / str(path)), dtype=np.float64) / 255 - MEAN) / STD
                    for path in own["paths"]]).transpose(0, 3, 1, 2).astype(np.float32)
                with torch.no_grad():
                    features = model.forward_head(
                        model.forward_features(torch.from_numpy(x)), pre_logits=True).numpy()
                session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
                logits = session.run(None, {session.get_inputs()[0].name: x})[0].astype(np.float64)
                exponentials = np.exp(logits - logits.max(1, keepdims=True))
                scores = exponentials / exponentials.sum(1, keepdims=True)
                best = [np.argsort(-table, 1)[:, :5] for table in (own["source_probabilities"], scores)]
                differences = share(own["features"], features), share(own["source_probabilities"], scores)
                worst = max(worst, *differences)
                print(f"{name:32} {kind:12} {differences[0]:10.1e} {differences[1]:10.1e} "
                      f"{(best[0] == best[1]).all(1).sum()} of {len(x)}", flush=True)
    if worst > TOLERANCE:
        sys.exit(f"the largest difference is {worst:.1e}, above {TOLERANCE:.0e}")


if __name__ == "__main__":
    main()
