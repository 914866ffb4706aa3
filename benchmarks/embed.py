"""`graft embed` against ONNX Runtime: images per second and whether the embeddings agree.

    pip install torch timm onnx onnxruntime pillow
    python benchmarks/embed.py --graft .build/release/graft --data FOLDER [--arch resnet50]

Makes the network with random weights in timm, writes it as a timm folder for Graft and as ONNX for
ONNX Runtime, and embeds the same photographs with both at the same number of threads, in turn,
--rounds times each. ONNX Runtime gets its batches decoded, resized and normalised beforehand (by
Graft's rules through Pillow), outside the time measured; Graft's two figures are the whole command
with decoding (`end to end`) and its engine alone (`bench infer`). Best of the rounds, and the ratio
to ONNX Runtime. The embeddings are compared by their largest difference, relative to their largest
value, and their least cosine; decoders and resizers may differ by a grey level.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
import timm
import torch
from PIL import Image
from safetensors.torch import save_file


def write_timm_folder(model, arch: str, size: int, folder: str) -> None:
    state = {k: v.contiguous() for k, v in model.state_dict().items()
             if not k.endswith("num_batches_tracked")}
    save_file(state, f"{folder}/model.safetensors", metadata={"format": "pt"})
    config = {
        "architecture": arch, "num_classes": model.num_classes, "num_features": model.num_features,
        "pretrained_cfg": {
            "input_size": [3, size, size], "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225], "interpolation": "bilinear", "crop_pct": 0.875,
            "crop_mode": "center", "num_classes": model.num_classes},
    }
    with open(f"{folder}/config.json", "w") as file:
        json.dump(config, file)


class Embedder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images):
        return self.model.forward_head(self.model.forward_features(images), pre_logits=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--graft", default=".build/release/graft")
    parser.add_argument("--data", required=True)
    parser.add_argument("--arch", default="resnet50")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    threads = str(arguments.threads)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)

    with tempfile.TemporaryDirectory() as folder:
        model = timm.create_model(arguments.arch, pretrained=False).eval()
        # Random running statistics, so that folding BatchNorm is really tested.
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.uniform_(-0.1, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        write_timm_folder(model, arguments.arch, arguments.size, folder)
        onnx_file = f"{folder}/model.onnx"
        example = torch.zeros(arguments.batch, 3, arguments.size, arguments.size)
        torch.onnx.export(Embedder(model), (example,), onnx_file, opset_version=17, dynamo=False,
                          input_names=["images"], output_names=["features"],
                          dynamic_axes={"images": {0: "n"}, "features": {0: "n"}})

        def embed() -> tuple[float, float]:
            begin = time.perf_counter()
            answer = subprocess.run(
                [arguments.graft, "embed", arguments.data, "--model", folder,
                 "-o", f"{folder}/features.npz", "--batch", str(arguments.batch), "--limit",
                 str(arguments.images), "--threads", threads, "--no-cache", "--json", "--quiet"],
                check=True, capture_output=True)
            value = json.loads(answer.stdout)
            return value["images"] / value["seconds"], value["images"] / (
                time.perf_counter() - begin)

        def engine() -> float:
            answer = subprocess.run(
                [arguments.graft, "bench", "infer", "--arch", arguments.arch, "--batch",
                 str(arguments.batch), "--size", str(arguments.size), "--threads", threads,
                 "--json", "--quiet"], check=True, capture_output=True)
            return json.loads(answer.stdout)["imagesPerSecond"]

        embed()
        table = np.load(f"{folder}/features.npz", allow_pickle=False)
        paths = [str(path) for path in table["paths"]]
        batches, batch = [], []
        for path in paths:
            image = Image.open(os.path.join(arguments.data, path)).convert("RGB")
            shorter = int(arguments.size / 0.875)
            scale = shorter / min(image.size)
            image = image.resize([max(shorter, int(side * scale)) for side in image.size],
                                 Image.Resampling.BILINEAR)
            left = round((image.width - arguments.size) / 2)
            top = round((image.height - arguments.size) / 2)
            image = image.crop((left, top, left + arguments.size, top + arguments.size))
            pixels = np.asarray(image, np.float32) / 255
            pixels = (pixels - np.float32([0.485, 0.456, 0.406])) / np.float32(
                [0.229, 0.224, 0.225])
            batch.append(pixels.transpose(2, 0, 1))
            if len(batch) == arguments.batch:
                batches.append(np.stack(batch))
                batch = []
        if batch:
            batches.append(np.stack(batch))

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = arguments.threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            onnx_file, options, providers=["CPUExecutionProvider"])
        session.run(None, {"images": batches[0]})
        peer, ours, whole, bare = [], [], [], []
        for _ in range(arguments.rounds):
            begin = time.perf_counter()
            theirs = np.concatenate([session.run(None, {"images": b})[0] for b in batches])
            peer.append(len(paths) / (time.perf_counter() - begin))
            loop, command = embed()
            ours.append(loop)
            whole.append(command)
            bare.append(engine())

        mine = table["features"]
        difference = np.abs(mine - theirs).max() / np.abs(theirs).max()
        cosine = ((mine * theirs).sum(1) / np.linalg.norm(mine, axis=1)
                  / np.linalg.norm(theirs, axis=1)).min()

    print(f"machine: {platform.processor() or platform.machine()}, {arguments.threads} threads; "
          f"onnxruntime {onnxruntime.__version__}, torch {torch.__version__}, timm "
          f"{timm.__version__}")
    print(f"{arguments.arch}, {arguments.size} px, batch {arguments.batch}, {len(paths)} images; "
          f"images per second, best of {arguments.rounds} (all rounds)")
    for name, values in [("ONNX Runtime, decoded beforehand", peer),
                         ("graft embed, decoding included", ours),
                         ("graft embed, whole command", whole),
                         ("graft bench infer, engine alone", bare)]:
        print(f"  {name:34s} {max(values):8.1f}   ratio {max(values) / max(peer):.2f}   "
              f"({', '.join(f'{v:.1f}' for v in values)})")
    print(f"answers: largest difference {difference:.2e} of the largest value, "
          f"least cosine {cosine:.6f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
