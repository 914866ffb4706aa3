"""Networks exported by tf2onnx and Paddle2ONNX, imported by Graft, against ONNX Runtime.

Builds networks of Keras and of Paddle with random weights (running statistics that are not the trivial
ones), exports them for several operator sets, asks `graft models inspect` which tensors are the embedding
and the class scores, and compares what `graft embed` gives with those tensors in ONNX Runtime, on images
drawn from a seed. Prints the largest difference as a share of the largest value and how often the five
best classes agree; exits 1 above 1e-4. Written with tensorflow-cpu 2.21, keras 3.15, tf2onnx 1.17,
paddlepaddle 3.3.1, paddle2onnx 2.1, onnxruntime 1.32, in an environment of their own:

    pip install tensorflow-cpu tf2onnx paddlepaddle paddle2onnx onnxruntime pillow
    python benchmarks/parity/onnx_tools.py --graft .build/release/graft [--only NAME ...] [--keep FOLDER]
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", POLYGRAPHY_AUTOINSTALL_DEPS="0")
import numpy as np
import onnx
import onnxruntime
from PIL import Image

TOLERANCE = 1e-4
COUNT = 4
IMAGENET = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
# What graphs with preprocessing of their own want: pixels of 0…255.
RAW = [0, 0, 0], [1 / 255] * 3
# (Keras's ConvNeXt is not among them: tf2onnx leaves its grouped convolutions as calls of TensorFlow.)
# Network of keras.applications, side, normalisation, operator set, whether the file's input is NCHW.
KERAS = [
    ("MobileNetV2", 224, IMAGENET, 9, False), ("MobileNetV2", 224, IMAGENET, 18, True),
    ("MobileNetV3Small", 224, RAW, 11, False), ("EfficientNetB0", 224, RAW, 10, False),
    ("EfficientNetB0", 224, RAW, 16, False), ("EfficientNetV2B0", 224, RAW, 15, False),
    ("ResNet50", 224, IMAGENET, 12, False), ("ResNet50V2", 224, IMAGENET, 17, False),
    ("DenseNet121", 224, IMAGENET, 13, False), ("NASNetMobile", 224, IMAGENET, 14, False),
    ("Xception", 299, IMAGENET, 13, False), ("InceptionV3", 299, IMAGENET, 11, True),
]
# Network of paddle.vision.models, side, operator set, whether Polygraphy folds constants.
PADDLE = [
    ("resnet50", 224, 9, True), ("mobilenet_v1", 224, 10, False), ("mobilenet_v2", 224, 13, False),
    ("mobilenet_v3_large", 224, 11, False), ("mobilenet_v3_small", 224, 16, True),
    ("shufflenet_v2_x1_0", 224, 12, False), ("shufflenet_v2_swish", 224, 17, False),
    ("densenet121", 224, 14, False), ("inception_v3", 299, 15, False), ("googlenet", 224, 11, False),
    ("squeezenet1_1", 224, 13, False), ("resnext50_32x4d", 224, 18, False),
]


def export_keras(file, name, size, opset, is_nchw):
    import keras
    import tensorflow as tf
    import tf2onnx
    tf.config.threading.set_intra_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    # With preprocessing left in the graph where the network has its own.
    model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3))
    for variable in model.variables:
        draw = {
            "moving_mean": lambda shape: random.normal(0, 0.1, shape), "beta": lambda shape: random.normal(0, 0.1, shape),
            "moving_variance": lambda shape: random.uniform(0.8, 1.2, shape), "gamma": lambda shape: random.uniform(0.8, 1.2, shape),
        }.get(variable.path.split("/")[-1])
        if draw:
            variable.assign(draw(variable.shape))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            # As eager tensors they would become further inputs of the file.
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
    signature = [tf.TensorSpec([None, size, size, 3], tf.float32, name="image")]
    function = tf.function(lambda x: model(x, training=False), input_signature=signature)
    tf2onnx.convert.from_function(
        function, input_signature=signature, opset=opset, output_path=str(file),
        inputs_as_nchw=["image:0"] if is_nchw else None)
    keras.backend.clear_session()


def export_paddle(file, name, size, opset, folds):
    import paddle
    import paddle2onnx  # noqa: F401  (its version is checked by Paddle's exporter)
    paddle.seed(0)
    random = np.random.default_rng(0)
    model = getattr(paddle.vision.models, name)()
    model.eval()
    for key, value in model.state_dict().items():
        if key.endswith("._mean"):
            value.set_value(random.normal(0, 0.1, value.shape).astype(np.float32))
        if key.endswith("._variance"):
            value.set_value(random.uniform(0.8, 1.2, value.shape).astype(np.float32))
        if key.endswith(".weight") and value.ndim == 1:
            # Scales of normalisations: below 1, so that sums of many branches leave more than one class.
            value.set_value(random.uniform(0.4, 0.6, value.shape).astype(np.float32))
    paddle.onnx.export(
        model, str(file.with_suffix("")), opset_version=opset,
        input_spec=[paddle.static.InputSpec([None, 3, size, size], "float32", "image")],
        optimize_tool="polygraphy" if folds else "None")


EXPORTS = {"keras": export_keras, "paddle": export_paddle}


def quietly(tool, *arguments):
    """Runs an exporter without what it and its libraries print."""
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    EXPORTS[tool](*arguments)


def write_card(file, classes, size, normalisation):
    file.with_suffix(".card.yaml").write_text(
        f"schema: graft.card/1\nid: {file.stem}\narchitecture: onnx\nclassCount: {classes}\ninput:\n"
        f"  imageSize: {size}\n  mean: {normalisation[0]}\n  standardDeviation: {normalisation[1]}\n"
        "  cropPercent: 1\n  resize: squash\n  interpolation: bilinear\n  channelOrder: rgb\n")


def draw_images(folder, size):
    """Images of exactly the input's size, smooth as photographs are, so that all see the same pixels."""
    random = np.random.default_rng(size)
    for index in range(COUNT):
        target = folder / f"class{index % 2}"
        target.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 256, (9, 9, 3), dtype=np.uint8))
        coarse.resize((size, size), Image.Resampling.BICUBIC).save(target / f"{index:03}.png")


def share(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def compare(graft, file, data, size, normalisation):
    """The shares by which features and class probabilities differ, and how many of the best five agree."""
    def run(*arguments):
        done = subprocess.run([graft, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return done.stdout

    inspection = json.loads(run("models", "inspect", file, "--json"))
    found = inspection["graph"]
    write_card(file, inspection["classCount"], size, normalisation)
    archive = file.with_suffix(".npz")
    run("embed", data, "--model", file, "-o", archive, "--no-cache", "-q")
    own = np.load(archive)
    model = onnx.load(file)
    if found["classifierNode"] is None:
        raise RuntimeError("no classifier was found")
    # A mean that Graft takes itself, such as SqueezeNet's, has no tensor in the file.
    tensors = {name for node in model.graph.node for name in node.output}
    wanted = [found["classifierNode"]] + [name for name in [found["featureNode"]] if name in tensors]
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(n) for n in wanted if n not in known)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.stack([np.asarray(Image.open(data / str(path)), dtype=np.float64) / 255 for path in own["paths"]])
    x = ((x - normalisation[0]) / normalisation[1]).astype(np.float32)
    if found["layout"] == "NCHW":
        x = x.transpose(0, 3, 1, 2)
    logits, *features = (
        y.astype(np.float64) for y in session.run(wanted, {session.get_inputs()[0].name: np.ascontiguousarray(x)}))
    exponentials = np.exp(logits.reshape(len(x), -1) - logits.reshape(len(x), -1).max(1, keepdims=True))
    scores = exponentials / exponentials.sum(1, keepdims=True)
    best = [np.argsort(-table, 1)[:, :5] for table in (own["source_probabilities"], scores)]
    return (
        share(own["features"], vectors(features[0], own["features"].shape[1])) if features else None,
        share(own["source_probabilities"], scores), int((best[0] == best[1]).all(1).sum()))


def vectors(features, width):
    """The rows of an embedding; a map, whose axes are those of its file, is averaged over its pixels."""
    if features.ndim == 4 and features[0].size != width:
        features = features.mean((2, 3) if features.shape[1] == width else (1, 2))
    return features.reshape(len(features), -1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graft", type=pathlib.Path, required=True)
    parser.add_argument("--only", nargs="*", default=None, help="keras, paddle, or names of networks")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the files here, and use those that are there")
    options = parser.parse_args()
    jobs = [("keras", *rest) for rest in KERAS]
    jobs += [("paddle", name, size, IMAGENET, opset, folds) for name, size, opset, folds in PADDLE]
    worst, failures = 0.0, []
    print(f"{'network':34} {'opset':>5} {'features':>10} {'scores':>10} top-5")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for tool, name, size, normalisation, opset, flag in jobs:
            if options.only and not {tool, name} & set(options.only):
                continue
            file = folder / f"{tool}-{name}-{opset}{'-x' if flag else ''}.onnx"
            data = folder / f"data{size}"
            if not data.exists():
                draw_images(data, size)
            try:
                if not file.exists():
                    # TensorFlow and Paddle do not bear each other in one process.
                    export = multiprocessing.get_context("spawn").Process(
                        target=quietly, args=(tool, file, name, size, opset, flag))
                    export.start()
                    export.join()
                    if export.exitcode or not file.exists():
                        raise RuntimeError(f"{tool} did not export it")
                features, scores, agreed = compare(options.graft.resolve(), file, data, size, normalisation)
            except Exception as error:
                failures.append(f"{name}: {error}")
                print(f"{tool + ' ' + name:34} {opset:5} {error}", flush=True)
                continue
            worst = max(worst, features or 0, scores)
            told = "-" if features is None else f"{features:.1e}"
            print(f"{tool + ' ' + name:34} {opset:5} {told:>10} {scores:10.1e} {agreed} of {COUNT}", flush=True)
    print(f"largest difference {worst:.1e}, {len(failures)} networks failed")
    if failures or worst > TOLERANCE:
        sys.exit(f"{len(failures)} networks failed; the largest difference is {worst:.1e}, bar {TOLERANCE:.0e}")


if __name__ == "__main__":
    main()
