"""One side of `benchmarks/engine.py` in a process of its own: a peer of Graft.

    python benchmarks/peers/worker.py SIDE WORK FOLDER BATCH THREADS

SIDE is pytorch, pytorch-channels-last, onnxruntime, openvino or openvino-bf16; WORK is infer or train;
FOLDER is what `prepare.py` made. Prints one line of JSON when it is warm; then, for each line with a
number of seconds on standard input, one with the steps of a round at least as long and the seconds
they took; at the end of the input, one with its greatest resident memory.
"""

import json
import os
import sys
import time


def peak_bytes() -> int:
    """The program's greatest resident memory; not ru_maxrss, which has the parent's in it."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def pytorch(work: str, folder: str, batch: int, threads: int, channels_last: bool):
    """Yields versions, the step that is timed, and what it answers, as every side below."""
    import numpy as np
    import timm
    import torch
    from safetensors.torch import load_model

    from prepare import LEARNING_RATE, embedder, first_steps

    torch.set_num_threads(threads)
    with open(f"{folder}/config.json") as file:
        network = json.load(file)["architecture"]
    yield {"torch": torch.__version__, "timm": timm.__version__}

    # 'meta' would save the memory of weights drawn in vain, but not every timm network allows it.
    model = timm.create_model(network, pretrained=False)
    load_model(model, f"{folder}/model.safetensors", strict=False)
    images = torch.from_numpy(np.load(f"{folder}/batch-{batch}/images.npy")).permute(0, 3, 1, 2)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    images = images.contiguous(memory_format=layout)
    model = model.to(memory_format=layout)
    if work == "infer":
        features = embedder(model).eval()

        def infer():
            with torch.inference_mode():
                return features(images)

        yield infer
        yield {"features": infer().numpy()}
        return

    labels = torch.from_numpy(np.load(f"{folder}/batch-{batch}/labels.npy"))
    answers = first_steps(model, images, labels)
    load_model(model, f"{folder}/model.safetensors", strict=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)
    model.train()

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()

    yield train
    yield answers


def nchw(folder: str, batch: int):
    import numpy as np

    images = np.load(f"{folder}/batch-{batch}/images.npy")
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def onnxruntime(folder: str, batch: int, threads: int):
    import onnxruntime

    yield {"onnxruntime": onnxruntime.__version__}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        f"{folder}/batch-{batch}/model.onnx", options, providers=["CPUExecutionProvider"])
    images = nchw(folder, batch)
    step = lambda: session.run(None, {"images": images})[0]
    yield step
    yield {"features": step()}


def openvino(folder: str, batch: int, threads: int, precision: str):
    import openvino

    yield {"openvino": openvino.__version__.split("-")[0]}
    # Without the hint OpenVINO computes in bf16 where the CPU can: another comparison.
    model = openvino.Core().compile_model(f"{folder}/batch-{batch}/model.onnx", "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision})
    request = model.create_infer_request()
    images = nchw(folder, batch)
    request.set_input_tensor(openvino.Tensor(images, shared_memory=True))
    yield request.infer
    request.infer()
    yield {"features": request.get_output_tensor().data.copy()}


def main() -> int:
    side, work, folder, batch, threads = sys.argv[1:]
    # What libraries print must not come between the lines of the protocol.
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    os.environ["OMP_NUM_THREADS"] = threads
    batch, threads = int(batch), int(threads)
    match side:
        case "pytorch" | "pytorch-channels-last":
            stages = pytorch(work, folder, batch, threads, side.endswith("channels-last"))
        case "onnxruntime":
            stages = onnxruntime(folder, batch, threads)
        case "openvino" | "openvino-bf16":
            precision = "bf16" if side.endswith("bf16") else "f32"
            stages = openvino(folder, batch, threads, precision)
        case _:
            raise SystemExit(f"no side '{side}'")
    versions = next(stages)
    base = peak_bytes()
    step = next(stages)
    answers = next(stages)
    features = answers.pop("features", None)
    if features is not None:
        import numpy as np

        expected = np.load(f"{folder}/batch-{batch}/features.npy")
        answers |= compare(features.astype(np.float32), expected)
    else:
        answers = compare_training(answers, f"{folder}/batch-{batch}")

    def round(seconds: float) -> dict:
        begin, steps, elapsed = time.perf_counter(), 0, 0.0
        while steps < 1 or elapsed < seconds:
            step()
            steps += 1
            elapsed = time.perf_counter() - begin
        return {"steps": steps, "seconds": elapsed}

    round(0.5)
    lines.write(json.dumps({"versions": versions, "base": base, "answers": answers}) + "\n")
    for line in sys.stdin:
        round(0)  # the other sides have emptied the caches
        lines.write(json.dumps(round(float(line))) + "\n")
    lines.write(json.dumps({"peak": peak_bytes()}) + "\n")
    return 0


def compare(mine, expected) -> dict[str, float]:
    """The largest difference relative to the largest value, and the least cosine of two rows."""
    import numpy as np

    if mine.shape != expected.shape:
        raise SystemExit(f"features {mine.shape} where {expected.shape} are expected")
    mine, expected = mine.astype(np.float64), expected.astype(np.float64)
    cosine = (mine * expected).sum(1) / (
        np.linalg.norm(mine, axis=1) * np.linalg.norm(expected, axis=1))
    return {"difference": float(np.abs(mine - expected).max() / np.abs(expected).max()),
            "cosine": float(cosine.min())}


def compare_training(mine: dict[str, float], folder: str) -> dict[str, float]:
    """Relative differences of the first training steps."""
    with open(f"{folder}/training.json") as file:
        expected = json.load(file)
    return {name: abs(mine[name] - value) / abs(value) for name, value in expected.items()}


if __name__ == "__main__":
    sys.exit(main())
