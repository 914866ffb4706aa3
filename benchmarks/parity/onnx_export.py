"""Exports networks to ONNX and compares ONNX Runtime with timm on PyTorch.

    pip install torch timm onnx onnxruntime pillow safetensors
    python benchmarks/parity/onnx_export.py --graft .build/release/graft --images DIR ARCH [ARCH ...]
    python benchmarks/parity/onnx_export.py --graft .build/release/graft --images DIR RUN

An ARCH gets random weights (`graft models init`), every vector of which (shifts, scales, running
statistics, layer scales) is then drawn anew, so that none stays at a value that hides a mistake; a RUN
is the result of `graft run` with its own weights. Both are read by timm (`local-dir:`) and written by
`graft export`; the ONNX file must pass onnx.checker. Printed: how often the top-5 classes are the same on
the photographs, and the largest difference of class scores and embeddings, relative to the largest score.
Exits 1 when that passes --tolerance.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import timm
import torch
from PIL import Image
from safetensors.torch import load_file, save_file


def redraw(folder: pathlib.Path) -> None:
    """Draws every vector anew; variances stay positive."""
    file = folder / "model.safetensors"
    state = load_file(file)
    generator = torch.Generator().manual_seed(1)
    for name, tensor in state.items():
        if tensor.dim() != 1 or not tensor.is_floating_point():
            continue
        u = torch.rand(tensor.shape, generator=generator)
        positive = name.endswith(("running_var", "weight", "gamma"))
        state[name] = 0.5 + u if positive else 0.2 * u - 0.1
    save_file(state, file, metadata={"format": "pt"})
    # Their digest is in the card.
    for card in folder.glob("*.card.yaml"):
        card.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--graft", default="graft")
    parser.add_argument("--images", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    paths = sorted(p for p in arguments.images.rglob("*") if p.suffix.lower() in (".jpg", ".png"))
    paths = paths[:: max(1, len(paths) // arguments.count)][: arguments.count]
    failures = 0
    for name in arguments.networks:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(name)
            if not folder.is_dir():
                folder = pathlib.Path(scratch) / "network"
                graft(arguments.graft, "models", "init", "--arch", name, "--classes", "20", "-o", folder)
                redraw(folder)
            file = pathlib.Path(scratch) / "model.onnx"
            graft(arguments.graft, "export", folder, "-o", file)
            onnx.checker.check_model(str(file), full_check=True)
            model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
            transform = timm.data.create_transform(
                **timm.data.resolve_model_data_config(model), is_training=False)
            pixels = torch.stack([transform(Image.open(p).convert("RGB")) for p in paths])
            with torch.inference_mode():
                features = model.forward_head(model.forward_features(pixels), pre_logits=True).numpy()
                logits = model(pixels).numpy()
            session = onnxruntime.InferenceSession(
                str(file), providers=["CPUExecutionProvider"])
            ours, embeddings = session.run(["logits", "features"], {"input": pixels.numpy()})
        same = sum(
            (np.argsort(-a)[:5] == np.argsort(-b)[:5]).all() for a, b in zip(ours, logits))
        worst = np.abs(ours - logits).max() / np.abs(logits).max()
        apart = np.abs(embeddings - features).max() / np.abs(features).max()
        failed = not max(worst, apart) <= arguments.tolerance
        failures += failed
        print(f"{name}: top-5 the same on {same} of {len(paths)}, differences {worst:.1e} (scores), "
              f"{apart:.1e} (embedding){' FAILED' if failed else ''}", flush=True)
    return int(failures > 0)


def graft(program: str, *command: object) -> None:
    done = subprocess.run(
        [program, *map(str, command), "--quiet"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"graft {' '.join(map(str, command))}: {done.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(main())
