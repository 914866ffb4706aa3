"""What enters the network, compared with timm's own transforms on photographs.

    pip install torch timm pillow onnx
    python benchmarks/parity/timm_transforms.py --graft .build/release/graft [--images N] FOLDER [FOLDER ...]

Each FOLDER is a data set. An ONNX network that hands its input through lets `graft embed` write what
it made of each picture; timm's `create_transform` makes the same from Pillow's decoding, for every
crop mode. Printed is the largest difference in levels of 0 to 255. Exits 1 when it is above one level,
which is what decoders may differ by. (Photographs of a megapixel and more, which Graft may decode at a
fraction of their size, are left out, and so are those with an EXIF orientation, which timm ignores.)
"""

import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import onnx
import timm.data
from onnx import TensorProto, helper
from PIL import Image

CASES = [(224, 0.875, "bicubic", "center"), (160, 0.95, "bilinear", "center"),
         (128, 1.0, "bicubic", "squash"), (224, 0.9, "bilinear", "squash"),
         (192, 0.9, "bicubic", "border"), (96, 1.0, "bilinear", "border")]
MODES = {"center": "crop", "squash": "squash", "border": "border"}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def passing(size, path):
    """A network of one convolution that changes nothing, for square pictures of one size."""
    weight = numpy.eye(3, dtype=numpy.float32).reshape(3, 3, 1, 1)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["input", "weight"], ["same"], name="same", kernel_shape=[1, 1]),
         helper.make_node("Flatten", ["same"], ["features"], name="features")],
        "passing",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, size, size])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 3 * size * size])],
        [helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.flatten())])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, path)


def plain(path):
    with Image.open(path) as image:
        return image.width * image.height < 1_000_000 and image.getexif().get(274, 1) == 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--graft", default="graft")
    parser.add_argument("--images", type=int, default=24, help="photographs of each folder")
    arguments = parser.parse_args()
    largest = 0.0
    for folder in arguments.folders:
        files = sorted(p.resolve() for p in folder.rglob("*")
                       if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
        drawn = [p for p in random.Random(1).sample(files, len(files)) if plain(p)][:arguments.images]
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            table = scratch / "list.csv"
            table.write_text("path,label\n" + "".join(
                f"\"{p}\",{'ab'[i % 2]}\n" for i, p in enumerate(drawn)))
            for size, share, interpolation, mode in CASES:
                passing(size, scratch / "passing.onnx")
                archive = scratch / "features.npz"
                subprocess.run(
                    [arguments.graft, "embed", table, "--model", scratch / "passing.onnx",
                     "--image-size", str(size), "--crop-pct", str(share), "--interpolation",
                     interpolation, "--resize", MODES[mode], "--mean", ",".join(map(str, MEAN)),
                     "--std", ",".join(map(str, STD)), "--channel-order", "rgb", "--no-cache",
                     "--quiet", "-o", archive, "--json"], check=True, capture_output=True)
                ours = numpy.load(archive)
                transform = timm.data.create_transform(
                    (3, size, size), is_training=False, interpolation=interpolation, mean=MEAN,
                    std=STD, crop_pct=share, crop_mode=mode)
                worst, total = 0.0, 0.0
                for path, row in zip(ours["paths"], ours["features"]):
                    name = path if isinstance(path, str) else path.decode()
                    expected = transform(Image.open(scratch / name).convert("RGB")).numpy()
                    scale = 255 * numpy.asarray(STD, numpy.float32).reshape(3, 1, 1)
                    apart = numpy.abs(row.reshape(3, size, size) - expected) * scale
                    worst, total = max(worst, float(apart.max())), total + float(apart.mean())
                print(f"{folder.name:12} {mode:6} {size} at {share}, {interpolation:8} "
                      f"{len(ours['features'])} photographs: largest {worst:.4f} levels, "
                      f"mean {total / len(ours['features']):.6f}")
                largest = max(largest, worst)
    # Half a thousandth is what Float32 leaves of a level.
    return 0 if largest <= 1.0005 else 1


if __name__ == "__main__":
    sys.exit(main())
