"""Times the opening of weight files against PyTorch's own loading.

    pip install torch safetensors
    python benchmarks/opening.py --graft .build/release/graft [--megabytes 100]

A ResNet's worth of random weights is saved as .safetensors, .pth (zip) and .pth (legacy). Graft's time
is the whole process of `graft models inspect --json`, which opens the file, maps its names, finds its
architecture and prints every tensor; what the process takes for a file of a few bytes is printed too.
PyTorch's is `torch.load` (`safetensors.torch.load_file`) within a running Python, which reads all
values. Each is the best of --runs, with the files in the page cache.

Bars: .safetensors within 50 ms; .pth within 1.5 x torch.load.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import safetensors.torch
import torch


def best(runs, body):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def network(megabytes):
    """A ResNet-50 of timm's names, as wide in its head as it takes to be this large."""
    sizes = [(64, 256, 3), (128, 512, 4), (256, 1024, 6), (512, 2048, 3)]
    state = {"conv1.weight": torch.randn(64, 3, 7, 7)}

    def norm(name, width):
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{name}.{part}"] = torch.rand(width)
        state[f"{name}.num_batches_tracked"] = torch.tensor(0)

    norm("bn1", 64)
    inputs = 64
    for stage, (width, outputs, depth) in enumerate(sizes, 1):
        for block in range(depth):
            name = f"layer{stage}.{block}"
            state[f"{name}.conv1.weight"] = torch.randn(width, inputs, 1, 1)
            state[f"{name}.conv2.weight"] = torch.randn(width, width, 3, 3)
            state[f"{name}.conv3.weight"] = torch.randn(outputs, width, 1, 1)
            for number, channels in ((1, width), (2, width), (3, outputs)):
                norm(f"{name}.bn{number}", channels)
            if block == 0:
                state[f"{name}.downsample.0.weight"] = torch.randn(outputs, inputs, 1, 1)
                norm(f"{name}.downsample.1", outputs)
            inputs = outputs
    body = sum(tensor.numel() for tensor in state.values()) * 4
    classes = max(10, (megabytes * 1_000_000 - body) // (2049 * 4))
    state["fc.weight"] = torch.randn(classes, 2048)
    state["fc.bias"] = torch.randn(classes)
    return state


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--graft", default="graft")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        state = network(arguments.megabytes)
        files = {name: folder / name for name in ("net.safetensors", "net.pth", "legacy.pth")}
        safetensors.torch.save_file(state, files["net.safetensors"])
        torch.save(state, files["net.pth"])
        torch.save(state, files["legacy.pth"], _use_new_zipfile_serialization=False)

        def inspect(path):
            subprocess.run(
                [arguments.graft, "models", "inspect", path, "--json"], check=True,
                capture_output=True)

        process = best(arguments.runs, lambda: subprocess.run(
            [arguments.graft, "--version"], check=True, capture_output=True))
        print(f"the process alone (graft --version): {process:.1f} ms")
        for name, path in files.items():
            ours = best(arguments.runs, lambda: inspect(path))
            is_safe = path.suffix == ".safetensors"
            load = safetensors.torch.load_file if is_safe else torch.load
            theirs = best(arguments.runs, lambda: load(path))
            bar = 50 if is_safe else 1.5 * theirs
            failed |= ours > bar
            print(f"{name}: {path.stat().st_size / 1e6:.0f} MB, graft {ours:.1f} ms, "
                  f"{'safetensors' if is_safe else 'torch.load'} {theirs:.1f} ms, bar {bar:.1f} ms")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
