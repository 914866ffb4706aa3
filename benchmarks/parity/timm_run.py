"""Loads the result of `graft run` with timm on PyTorch and compares the two on photographs.

    pip install torch timm pillow
    python benchmarks/parity/timm_run.py --graft .build/release/graft RUN IMAGE [IMAGE ...]

timm reads RUN/model.safetensors and RUN/config.json through `timm.create_model("local-dir:RUN")`;
the images are decoded, resized and cropped by Pillow through timm's own transforms. Printed for
every image: both top-1 classes and the largest difference of any class probability. Exits 1 when a
top-1 class differs, or a probability differs by more than --tolerance (the two decoders and
resizers may differ by one grey level per pixel).
"""

import argparse
import json
import subprocess
import sys

import timm
import torch
from PIL import Image


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("images", nargs="+")
    parser.add_argument("--graft", default="graft")
    parser.add_argument("--tolerance", type=float, default=0.02)
    arguments = parser.parse_args()

    model = timm.create_model(f"local-dir:{arguments.run}", pretrained=True).eval()
    config = timm.data.resolve_model_data_config(model)
    transform = timm.data.create_transform(**config, is_training=False)
    names = model.pretrained_cfg.get("label_names") or [str(i) for i in range(model.num_classes)]

    answer = subprocess.run(
        [arguments.graft, "predict", arguments.run, *arguments.images, "--json", "--quiet"],
        check=True, capture_output=True)
    ours = {item["path"]: item for item in json.loads(answer.stdout)["predictions"]}

    worst, disagreements = 0.0, 0
    for path in arguments.images:
        with torch.inference_mode():
            batch = transform(Image.open(path).convert("RGB")).unsqueeze(0)
            theirs = model(batch).softmax(1)[0].tolist()
        mine = [ours[path]["probabilities"][name] for name in names]
        difference = max(abs(a - b) for a, b in zip(mine, theirs))
        top_ours = names[max(range(len(mine)), key=mine.__getitem__)]
        top_theirs = names[max(range(len(theirs)), key=theirs.__getitem__)]
        worst = max(worst, difference)
        disagreements += top_ours != top_theirs
        print(f"{path}: graft {top_ours}, timm {top_theirs}, difference {difference:.5f}")
    print(f"{len(arguments.images)} images, {disagreements} top-1 disagreements, "
          f"largest probability difference {worst:.5f} (tolerance {arguments.tolerance})")
    return int(disagreements > 0 or worst > arguments.tolerance)


if __name__ == "__main__":
    sys.exit(main())
