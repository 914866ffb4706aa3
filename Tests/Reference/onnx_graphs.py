"""Makes the small ONNX files that Tests/CheckpointsTests reads, and what ONNX Runtime computes from them.

Run with onnx, onnxruntime, torch and numpy installed (written with onnx 1.23, onnxruntime 1.32, torch 2.15):
    python Tests/Reference/onnx_graphs.py
"""
import json
import logging
import pathlib
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static)
from torch import nn
from torch.nn import functional

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
OUT = pathlib.Path(__file__).parent.parent / "CheckpointsTests" / "Fixtures" / "onnx"
OUT.mkdir(parents=True, exist_ok=True)
SAMPLES = 2
expected = {"schema": "graft.fixture/1", "generator": "Tests/Reference/onnx_graphs.py", "cases": {}, "bad": {}}
random = np.random.default_rng(0)


def pixels(shape, samples=SAMPLES):
    """Values that the tests make by the same formula, in the file's own layout."""
    count = samples * int(np.prod(shape))
    return (((np.arange(count) * 37 + 11) % 101) / np.float32(50) - 1).astype(np.float32).reshape(samples, *shape)


def weights(*shape):
    return (random.standard_normal(shape) / np.sqrt(max(1, np.prod(shape[1:])))).astype(np.float32)


def note(name, kinds=None, tolerance=1e-4, samples=SAMPLES):
    """Runs a file and records its output."""
    session = onnxruntime.InferenceSession(str(OUT / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    y = session.run(["y"], {given.name: pixels(given.shape[1:], samples)})[0]
    entry = {"shape": given.shape[1:], "samples": samples, "tolerance": tolerance,
             "values": [float(f"{v:.8g}") for v in y.reshape(-1)]}
    if kinds is not None:
        entry["kinds"] = kinds
    expected["cases"][name] = entry


def graph(name, opset, nodes, constants=None, shape=(3, 8, 8), flatten=True, samples="N", domain=()):
    """Writes a graph of nodes (type, inputs, output, attributes) from `x` to the last output."""
    made = []
    for index, (kind, inputs, outputs, attributes) in enumerate(nodes):
        outputs = [outputs] if isinstance(outputs, str) else outputs
        made.append(helper.make_node(kind, inputs, outputs, name=f"{kind}_{index}", **attributes))
    last = made[-1].output[0]
    if flatten:
        made.append(helper.make_node("Flatten", [last], ["y"], name="flatten"))
    else:
        made[-1].output[0] = "y"
    model = helper.make_model(
        helper.make_graph(
            made, name,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [samples, *shape])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(np.asarray(value), key) for key, value in (constants or {}).items()]),
        opset_imports=[helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domain],
        ir_version=min(10, max(4, {9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 15: 8, 16: 8}.get(opset, 9))),
        producer_name="graft-tests")
    onnx.save(model, OUT / f"{name}.onnx")
    return model


def case(name, opset, nodes, constants=None, kinds=None, **options):
    graph(name, opset, nodes, constants, **options)
    note(name, kinds)


def module(name, network, opset, shape=(3, 8, 8), kinds=None, tolerance=1e-4, samples=SAMPLES, dynamic=True):
    """Writes a module by PyTorch's older exporter."""
    network = network.eval()
    torch.onnx.export(
        network, torch.from_numpy(pixels(shape, samples)), str(OUT / f"{name}.onnx"), dynamo=False,
        opset_version=opset, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "N"}, "y": {0: "N"}} if dynamic else None)
    note(name, kinds, tolerance, samples)


def i64(*values):
    return np.array(values, dtype=np.int64)


def f32(*values):
    return np.array(values, dtype=np.float32)


# One operator each, whose spelling changed over the operator sets.
W, B = weights(4, 3, 3, 3), weights(4)
for opset, auto in [(9, None), (13, "SAME_UPPER"), (13, "SAME_LOWER"), (21, "VALID")]:
    attributes = {"kernel_shape": [3, 3], "strides": [2, 2]}
    attributes |= {"auto_pad": auto} if auto else {"pads": [1, 0, 2, 1]}
    case(f"conv_{opset}_{auto or 'pads'}", opset, [("Conv", ["x", "w", "b"], "c", attributes)], {"w": W, "b": B})
case("conv_dilated_groups", 13, [("Conv", ["x", "w"], "c", {"dilations": [2, 2], "group": 3, "pads": [2] * 4})],
     {"w": weights(6, 1, 3, 3)})
case("conv_depthwise", 13, [("Conv", ["x", "w"], "c", {"group": 3, "pads": [1] * 4})], {"w": weights(3, 1, 3, 3)})
case("conv_1d", 13, [("Reshape", ["x", "s"], "r", {}), ("Conv", ["r", "w", "b"], "c", {"pads": [1, 1]})],
     {"s": i64(0, 3, 64), "w": weights(5, 3, 3), "b": weights(5)})
case("pad_conv", 11, [("Pad", ["x", "p"], "q", {}), ("Conv", ["q", "w"], "c", {})],
     {"p": i64(0, 0, 0, 1, 0, 0, 1, 0), "w": W}, kinds=["input", "convolution"])
case("conv_bias_add", 11, [("Conv", ["x", "w"], "c", {}), ("Add", ["c", "b"], "d", {}), ("Relu", ["d"], "r", {})],
     {"w": W, "b": B.reshape(1, 4, 1, 1)}, kinds=["input", "convolution", "activation"])
case("conv_scale_shift", 11, [("Conv", ["x", "w"], "c", {}), ("Mul", ["c", "g"], "m", {}), ("Add", ["m", "b"], "d", {})],
     {"w": W, "g": weights(4, 1, 1), "b": B.reshape(4, 1, 1)}, kinds=["input", "convolution"])
for opset in (9, 15):
    case(f"batchnorm_{opset}", opset,
         [("BatchNormalization", ["x", "g", "b", "m", "v"], "n", {"epsilon": 1e-3})],
         {"g": weights(3), "b": weights(3), "m": weights(3), "v": np.abs(weights(3)) + 0.5})
case("clip_9", 9, [("Clip", ["x"], "c", {"min": 0.0, "max": 0.5})])
case("clip_13", 13, [("Clip", ["x", "lo", "hi"], "c", {})], {"lo": f32(-0.25)[0], "hi": f32(0.5)[0]})
case("clip_open", 13, [("Clip", ["x", "", "hi"], "c", {})], {"hi": f32(0.5)[0]})
case("dropout_7", 9, [("Dropout", ["x"], "d", {"ratio": 0.3})])
case("dropout_13", 13, [("Dropout", ["x", "r"], "d", {})], {"r": f32(0.3)[0]})
case("squeeze_11", 11, [("GlobalAveragePool", ["x"], "g", {}), ("Squeeze", ["g"], "s", {"axes": [2, 3]})])
case("squeeze_13", 13, [("GlobalAveragePool", ["x"], "g", {}), ("Squeeze", ["g", "a"], "s", {})], {"a": i64(2, -1)})
case("unsqueeze_11", 11, [("GlobalAveragePool", ["x"], "g", {}), ("Unsqueeze", ["g"], "s", {"axes": [1]})])
case("unsqueeze_13", 13, [("GlobalAveragePool", ["x"], "g", {}), ("Unsqueeze", ["g", "a"], "s", {})], {"a": i64(-1, 1)})
case("reducemean_13", 13, [("ReduceMean", ["x"], "m", {"axes": [2, 3], "keepdims": 0})],
     kinds=["input", "global-average-pool"])
case("reducemean_18", 18, [("ReduceMean", ["x", "a"], "m", {})], {"a": i64(-1)})
case("reducesum_11", 11, [("ReduceSum", ["x"], "m", {"axes": [1]})])
case("reducesum_13", 13, [("ReduceSum", ["x", "a"], "m", {"keepdims": 0})], {"a": i64(1, 2)})
case("reducemax_13", 13, [("ReduceMax", ["x"], "m", {"axes": [2], "keepdims": 0})])
case("reducemin_18", 18, [("ReduceMin", ["x", "a"], "m", {})], {"a": i64(1)})
case("reducel2_13", 13, [("ReduceL2", ["x"], "m", {"axes": [1]})])
case("globalmax", 13, [("GlobalMaxPool", ["x"], "m", {})])
case("pad_9", 9, [("Pad", ["x"], "p", {"pads": [0, 0, 1, 2, 0, 0, 0, 1], "value": 0.5})])
case("pad_13", 13, [("Pad", ["x", "p", "v"], "q", {})], {"p": i64(0, 1, 0, -1, 0, 0, 2, -2), "v": f32(-2)[0]})
case("pad_18", 18, [("Pad", ["x", "p", "", "a"], "q", {})], {"p": i64(1, 2, 0, 1), "a": i64(3, 2)})
case("slice_9", 9, [("Slice", ["x"], "s", {"starts": [1, 0], "ends": [9, -2], "axes": [2, 3]})])
case("slice_13", 13, [("Slice", ["x", "st", "en", "ax", "by"], "s", {})],
     {"st": i64(7, 0), "en": i64(-100, 2**62), "ax": i64(-1, 2), "by": i64(-2, 3)})
case("split_11", 11, [("Split", ["x"], ["a", "b"], {"axis": 3, "split": [3, 5]}), ("Relu", ["b"], "c", {}),
                      ("Concat", ["c", "a"], "d", {"axis": 3})])
case("split_13", 13, [("Split", ["x", "s"], ["a", "b"], {"axis": 1}), ("Concat", ["b", "a"], "d", {"axis": 1})],
     {"s": i64(1, 2)})
case("split_18", 18, [("Split", ["x"], ["a", "b", "c"], {"axis": 2, "num_outputs": 3}),
                      ("Concat", ["c", "a", "b"], "d", {"axis": 2})])
case("softmax_11", 11, [("Softmax", ["x"], "s", {"axis": 2})])
case("softmax_13", 13, [("Softmax", ["x"], "s", {"axis": 1})])
case("logsoftmax_13", 13, [("LogSoftmax", ["x"], "s", {})])
case("resize_10", 10, [("Resize", ["x", "s"], "r", {"mode": "nearest"})], {"s": f32(1, 1, 2, 2)})
case("resize_11", 11, [("Resize", ["x", "e", "s"], "r",
                        {"mode": "linear", "coordinate_transformation_mode": "half_pixel"})],
     {"e": f32(), "s": f32(1, 1, 2, 1.5)})
case("resize_19", 19, [("Resize", ["x", "", "s"], "r", {"mode": "nearest", "nearest_mode": "floor", "axes": [2, 3],
                        "coordinate_transformation_mode": "asymmetric"})], {"s": f32(2, 3)})
case("upsample_9", 9, [("Upsample", ["x", "s"], "r", {"mode": "linear"})], {"s": f32(1, 1, 2, 2)})
case("maxpool_ceil", 13, [("MaxPool", ["x"], "p", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1})])
case("maxpool_pads", 13, [("MaxPool", ["x"], "p", {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]})])
for counts in (0, 1):
    case(f"averagepool_{counts}", 13, [("AveragePool", ["x"], "p", {
        "kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4, "count_include_pad": counts})])
case("averagepool_global", 13, [("AveragePool", ["x"], "p", {"kernel_shape": [8, 8]})],
     kinds=["input", "global-average-pool"])
case("gemm", 13, [("Flatten", ["x"], "f", {}), ("Gemm", ["f", "w", "b"], "g", {"alpha": 0.5, "beta": 2.0})],
     {"w": weights(192, 5), "b": weights(5)}, flatten=False)
case("gemm_transposed", 9, [("GlobalAveragePool", ["x"], "p", {}), ("Flatten", ["p"], "f", {}),
                            ("Gemm", ["f", "w", "b"], "g", {"transB": 1})],
     {"w": weights(5, 3), "b": weights(5)}, flatten=False, kinds=["input", "global-average-pool", "linear"])
case("matmul_add", 13, [("ReduceMean", ["x"], "p", {"axes": [2, 3], "keepdims": 0}), ("MatMul", ["p", "w"], "m", {}),
                        ("Add", ["m", "b"], "g", {})], {"w": weights(3, 5), "b": weights(5)}, flatten=False,
     kinds=["input", "global-average-pool", "linear"])
case("matmul_rows", 13, [("MatMul", ["x", "w"], "m", {})], {"w": weights(8, 5)})
case("matmul_pair", 13, [("Transpose", ["x"], "t", {"perm": [0, 1, 3, 2]}), ("MatMul", ["x", "t"], "m", {})])
case("arithmetic", 13, [("Sub", ["one", "x"], "a", {}), ("Mul", ["a", "x"], "b", {}), ("Div", ["b", "two"], "c", {}),
                        ("Max", ["c", "x"], "d", {}), ("Min", ["d", "half"], "e", {}), ("Neg", ["e"], "f", {}),
                        ("Abs", ["f"], "g", {}), ("Sqrt", ["g"], "h", {}), ("Pow", ["h", "three"], "i", {}),
                        ("Sum", ["i", "x", "x"], "j", {})],
     {"one": f32(1)[0], "two": f32(2), "half": weights(1, 3, 8, 8), "three": f32(3)[0]})
case("broadcast_rows", 13, [("Add", ["x", "r"], "a", {}), ("Mul", ["a", "c"], "b", {}), ("ReduceMean", ["b"], "m", {"axes": [3]}),
                            ("Div", ["b", "m"], "d", {})], {"r": weights(8, 1) + 3, "c": weights(1, 3, 1, 8) + 2})
case("activations", 14, [("LeakyRelu", ["x"], "a", {"alpha": 0.1}), ("Elu", ["a"], "b", {"alpha": 0.5}),
                         ("HardSigmoid", ["b"], "c", {}), ("HardSwish", ["c"], "d", {}), ("Softplus", ["d"], "e", {}),
                         ("Tanh", ["e"], "f", {}), ("Selu", ["f"], "g", {}), ("Celu", ["g"], "h", {"alpha": 2.0}),
                         ("PRelu", ["h", "s"], "i", {}), ("Sigmoid", ["i"], "j", {})], {"s": weights(3, 1, 1)})
case("mish_gelu_20", 20, [("Mish", ["x"], "a", {}), ("Gelu", ["a"], "b", {}), ("Gelu", ["b"], "c", {"approximate": "tanh"})])
case("pad_reflect", 13, [("Pad", ["x", "p"], "d", {"mode": "reflect"})], {"p": i64(0, 0, 1, 2, 0, 0, 2, 1)})
case("pad_edge", 13, [("Pad", ["x", "p"], "d", {"mode": "edge"})], {"p": i64(0, 0, 1, 2, 0, 0, 2, 1)})
case("gather_list", 13, [("Gather", ["x", "i"], "g", {"axis": 3})], {"i": i64(5, 0, -1)})
case("gather_one", 13, [("Gather", ["x", "i"], "g", {"axis": 1})], {"i": i64(2)[0]})
case("depth_space", 13, [("SpaceToDepth", ["x"], "s", {"blocksize": 2}), ("DepthToSpace", ["s"], "d", {"blocksize": 2, "mode": "CRD"})])
case("expand_tile", 13, [("GlobalAveragePool", ["x"], "p", {}), ("Shape", ["x"], "s", {}), ("Expand", ["p", "s"], "e", {}),
                         ("Sub", ["x", "e"], "d", {})])
case("concat_constant", 13, [("Shape", ["x"], "s", {}), ("Gather", ["s", "first"], "n", {"axis": 0}),
                            ("Concat", ["n", "two"], "t", {"axis": 0}), ("Expand", ["c", "t"], "e", {}),
                            ("Reshape", ["x", "r"], "f", {}), ("Concat", ["f", "e"], "d", {"axis": 1})],
     {"first": i64(0), "two": i64(2, 3), "c": weights(1, 2, 3), "r": i64(0, 64, 3)})
case("lpnorm", 13, [("Transpose", ["x"], "t", {"perm": [0, 2, 3, 1]}), ("LpNormalization", ["t"], "n", {"axis": -1})])
case("layernorm_17", 17, [("Transpose", ["x"], "t", {"perm": [0, 2, 3, 1]}), ("LayerNormalization", ["t", "g", "b"], "n", {})],
     {"g": weights(3), "b": weights(3)}, kinds=None)
case("instancenorm", 13, [("InstanceNormalization", ["x", "g", "b"], "n", {})], {"g": weights(3), "b": weights(3)})
case("groupnorm_21", 21, [("Conv", ["x", "w"], "c", {}), ("GroupNormalization", ["c", "g", "b"], "n", {"num_groups": 2})],
     {"w": W, "g": weights(4), "b": weights(4)})
case("nhwc", 9, [("Transpose", ["x"], "t", {"perm": [0, 3, 1, 2]}), ("Conv", ["t", "w"], "c", {}),
                 ("Transpose", ["c"], "u", {"perm": [0, 2, 3, 1]}), ("Add", ["u", "b"], "d", {})],
     {"w": W, "b": B}, shape=(8, 8, 3), kinds=["input", "convolution"])
case("shapes", 13, [("Shape", ["x"], "s", {}), ("Gather", ["s", "zero"], "n", {"axis": 0}), ("Unsqueeze", ["n", "a"], "u", {}),
                    ("Concat", ["u", "rest"], "t", {"axis": 0}), ("Cast", ["t"], "tf", {"to": 1}), ("Cast", ["tf"], "ti", {"to": 7}),
                    ("Reshape", ["x", "ti"], "r", {}), ("Relu", ["r"], "q", {})],
     {"zero": i64(0)[0], "a": i64(0), "rest": i64(24, -1)})


# Patterns as PyTorch writes them out.
class Apply(nn.Module):
    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for key, value in parts.items():
            setattr(self, key, value)

    def forward(self, x):
        return torch.flatten(self.function(self, x), 1)


def tokens(x):
    return x.flatten(2).transpose(1, 2)


torch.manual_seed(0)
for opset in (9, 13, 17):
    module(f"hardswish_{opset}", Apply(lambda m, x: functional.hardswish(x)), opset, kinds=["input", "activation"] if opset == 17 else None)
    module(f"gelu_{opset}", Apply(lambda m, x: functional.gelu(m.c(x)), c=nn.Conv2d(3, 4, 1)), opset,
           kinds=["input", "convolution", "activation"])
    module(f"silu_{opset}", Apply(lambda m, x: functional.silu(m.c(x)), c=nn.Conv2d(3, 4, 1)), opset, kinds=None)
    module(f"layernorm_{opset}_torch",
           Apply(lambda m, x: m.l(tokens(m.c(x)) * 1.5), c=nn.Conv2d(3, 8, 2, 2), l=nn.LayerNorm(8)), opset)
module("hardsigmoid_9", Apply(lambda m, x: functional.hardsigmoid(x)), 9)
module("relu6_hardswish", Apply(lambda m, x: x * functional.relu6(x + 3) / 6), 13)
module("gelu_tanh", Apply(lambda m, x: functional.gelu(x, approximate="tanh")), 13)
module("quickgelu", Apply(lambda m, x: x * torch.sigmoid(1.702 * x)), 13)
module("groupnorm_torch", Apply(lambda m, x: m.g(m.c(x)), c=nn.Conv2d(3, 8, 3), g=nn.GroupNorm(4, 8)), 13)
module("shuffle", Apply(lambda m, x: m.c(x).reshape(x.shape[0], 3, 2, 8, 8).transpose(1, 2).reshape(x.shape[0], 6, 8, 8), c=nn.Conv2d(3, 6, 1)), 13)
module("squeeze_excitation", Apply(
    lambda m, x: (lambda y: y * torch.sigmoid(m.b(functional.relu(m.a(functional.adaptive_avg_pool2d(y, 1))))))(m.c(x)),
    c=nn.Conv2d(3, 8, 3), a=nn.Conv2d(8, 4, 1), b=nn.Conv2d(4, 8, 1)), 13,
    kinds=["input", "convolution", "global-average-pool", "linear", "activation", "linear", "activation", "channel-gate"])


class Attention(nn.Module):
    """One head split, written out or fused, from one joint layer or from three."""

    def __init__(self, joint, fused):
        super().__init__()
        self.joint, self.fused = joint, fused
        self.patch = nn.Conv2d(3, 16, 2, 2)
        self.token = nn.Parameter(torch.randn(1, 1, 16))
        self.positions = nn.Parameter(torch.randn(1, 17, 16))
        self.norm = nn.LayerNorm(16)
        self.qkv = nn.Linear(16, 48)
        self.q, self.k, self.v = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 16)
        self.out = nn.Linear(16, 16)

    def forward(self, x):
        x = tokens(self.patch(x))
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        y = self.norm(x)
        n, t, c = y.shape
        if self.joint:
            q, k, v = self.qkv(y).reshape(n, t, 3, 2, 8).permute(2, 0, 3, 1, 4).unbind(0)
        else:
            q, k, v = (f(y).view(n, t, 2, 8).transpose(1, 2) for f in (self.q, self.k, self.v))
        if self.fused:
            y = functional.scaled_dot_product_attention(q, k, v)
        else:
            y = ((q * 8**-0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
        return (x + self.out(y.transpose(1, 2).reshape(n, t, c)))[:, 0]


WHOLE = ["input", "convolution", "token-embedding", "layer-norm", "linear", "attention", "linear", "add", "token-pooling"]
for joint in (True, False):
    for fused in (True, False):
        network = Attention(joint, fused)
        module(f"attention_{'joint' if joint else 'three'}_{'fused' if fused else 'written'}", network, 17, kinds=WHOLE)
module("attention_one_sample", Attention(True, False), 14, samples=1, dynamic=False)


# A network with a classifier, and the same with its weights in a file of their own.
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.conv3 = nn.Conv2d(8, 8, 3, 1, 1), nn.Conv2d(8, 12, 3, 2, 1)
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(x + self.conv2(x))
        x = functional.relu(self.conv3(x))
        return torch.softmax(self.fc(x.mean((2, 3))), 1)


small = Small().eval()
small.bn1.running_mean.normal_()
small.bn1.running_var.uniform_(0.5, 2)
torch.onnx.export(small, torch.zeros(1, 3, 16, 16), str(OUT / "small.onnx"), dynamo=False, opset_version=13,
                  training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, input_names=["x"],
                  output_names=["y"], dynamic_axes={"x": {0: "N"}, "y": {0: "N"}})
with torch.no_grad():
    x = torch.from_numpy(pixels((3, 16, 16)))
    y = functional.relu(small.bn1(small.conv1(x)))
    y = functional.relu(y + small.conv2(y))
    features = functional.relu(small.conv3(y)).mean((2, 3))
    expected["small"] = {"features": features.reshape(-1).tolist(), "logits": small.fc(features).reshape(-1).tolist(),
                         "parameters": sum(p.numel() for p in small.parameters())}
model = onnx.load(OUT / "small.onnx")
# Weights would be appended to a file that is there.
(OUT / "external.data").unlink(missing_ok=True)
onnx.save_model(model, OUT / "external.onnx", save_as_external_data=True, location="external.data",
                size_threshold=0, convert_attribute=False)

# Quantised: scales and zero points of onnxruntime's own quantiser.
class Calibration(CalibrationDataReader):
    def __init__(self, name):
        self.batches = iter([{"x": pixels((3, 16, 16), 8) * s} for s in (0.5, 1)])

    def get_next(self):
        return next(self.batches, None)


class Quantisable(Small):
    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(x + self.conv2(x))
        return self.fc(functional.adaptive_avg_pool2d(functional.relu(self.conv3(x)), 1).flatten(1))


with tempfile.TemporaryDirectory() as folder:
    source = f"{folder}/source.onnx"
    quantisable = Quantisable()
    quantisable.load_state_dict(small.state_dict())
    torch.onnx.export(quantisable.eval(), torch.zeros(1, 3, 16, 16), source, dynamo=False, opset_version=13,
                      input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "N"}, "y": {0: "N"}})
    for name, form, channels in [("quantized_qdq", QuantFormat.QDQ, True), ("quantized_qoperator", QuantFormat.QOperator, False)]:
        quantize_static(source, OUT / f"{name}.onnx", Calibration(source), quant_format=form, per_channel=channels,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
        note(name, tolerance=0.05)
    quantize_dynamic(source, OUT / "quantized_dynamic.onnx", weight_type=QuantType.QUInt8,
                     op_types_to_quantize=["MatMul", "Gemm"])
    note("quantized_dynamic", tolerance=0.05)


# Files that must be refused, and words that the sentence must hold.
def bad(name, model, *words):
    onnx.save(model, OUT / f"bad_{name}.onnx")
    expected["bad"][f"bad_{name}"] = list(words)


bad("operator", graph("bad_operator", 13, [("Conv", ["x", "w"], "c", {}), ("Hardmax", ["c"], "h", {})], {"w": W}),
    "Hardmax", "Hardmax_1", "opset 13", "bad_operator.onnx")
model = graph("bad_dims", 13, [("Conv", ["x", "w"], "c", {})], {"w": W})
model.graph.initializer[0].dims[0] = 400000
bad("dims", model, "'w'", "400000")
model = graph("bad_groups", 13, [("Conv", ["x", "w"], "c", {"group": 2})], {"w": W})
bad("groups", model, "Conv_0", "groups")
model = graph("bad_opset", 13, [("Relu", ["x"], "r", {})])
model.opset_import[0].version = 99
bad("opset", model, "99")
bad("expand", graph("bad_expand", 13, [("Expand", ["c", "s"], "e", {}), ("Add", ["x", "e"], "a", {})],
                    {"c": f32(1), "s": i64(1, 3, 1 << 20, 1 << 20)}), "Expand_0")
bad("fill", graph("bad_fill", 13, [("ConstantOfShape", ["s"], "e", {}), ("Add", ["x", "e"], "a", {})],
                  {"s": i64((1 << 40) + 1, (1 << 40) + 1)}), "ConstantOfShape_0")
bad("window", graph("bad_window", 13, [("MaxPool", ["x"], "p", {"kernel_shape": [1 << 40, 2]})]), "MaxPool_0")
bad("order", graph("bad_order", 13, [("Relu", ["z"], "r", {})]), "'z'")
for name, location, offset, word in [("outside", "../external.data", 0, "folder"), ("absent", "nothing.data", 0, "nothing.data"),
                                     ("offset", "external.data", 1 << 40, "external.data")]:
    model = graph(f"bad_{name}", 13, [("Conv", ["x", "w"], "c", {})], {"w": W})
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in [("location", location), ("offset", str(offset)), ("length", str(W.nbytes))]:
        tensor.external_data.add(key=key, value=value)
    bad(name, model, word)

# What came later, behind everything else so that nothing else is drawn anew.
case("erf", 13, [("Erf", ["x"], "e", {}), ("Mul", ["e", "x"], "m", {})], kinds=["input", "activation", "arithmetic"])


class Windows(nn.Module):
    """Attention in windows with biases of relative positions and a mask, as Swin has it."""

    def __init__(self):
        super().__init__()
        self.patch, self.qkv, self.fc = nn.Conv2d(3, 8, 2, 2), nn.Linear(8, 24), nn.Linear(8, 5)
        self.table = nn.Parameter(torch.randn(9, 2))
        place = torch.stack(torch.meshgrid(torch.arange(2), torch.arange(2), indexing="ij")).flatten(1)
        offset = place[:, :, None] - place[:, None, :] + 1
        self.register_buffer("index", 3 * offset[0] + offset[1])
        self.register_buffer("mask", -100.0 * (torch.rand(4, 4, 4) < 0.2))

    def forward(self, x):
        n = x.shape[0]
        x = self.patch(x).permute(0, 2, 3, 1).view(n, 2, 2, 2, 2, 8).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, 8)
        q, k, v = self.qkv(x).reshape(-1, 4, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        self.bias = self.table[self.index.view(-1)].view(4, 4, 2).permute(2, 0, 1).contiguous().unsqueeze(0)
        scores = (q * 0.5) @ k.transpose(-2, -1) + self.bias
        scores = (scores.view(n, 4, 2, 4, 4) + self.mask.unsqueeze(1).unsqueeze(0)).view(-1, 2, 4, 4)
        x = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, 16, 8)
        return self.fc(x.mean(1))


windows = Windows().eval()
windows.table.data *= 2
for name, folds in [("windows_folded", True), ("windows_table", False)]:
    torch.onnx.export(windows, torch.from_numpy(pixels((3, 8, 8))), str(OUT / f"{name}.onnx"), dynamo=False,
                      opset_version=17, do_constant_folding=folds, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "N"}, "y": {0: "N"}})
    note(name)
logits = windows(torch.from_numpy(pixels((3, 8, 8))))
windows.bias.retain_grad()
functional.cross_entropy(logits, torch.tensor([0, 3])).backward()
expected["windows"] = {"windows_folded": windows.bias.grad.reshape(-1).tolist(),
                       "windows_table": windows.table.grad.reshape(-1).tolist()}

model = onnx.load(OUT / "small.onnx")
for axis in (2, 3):
    model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = "HW"[axis - 2]
onnx.save(model, OUT / "open.onnx")

bad("transposed", graph("bad_transposed", 13, [("ConvTranspose", ["x", "w"], "c", {})], {"w": weights(3, 4, 3, 3)}),
    "ConvTranspose", "ConvTranspose_0", "opset 13", "--feature-node")
bad("cubic", graph("bad_cubic", 13, [("Resize", ["x", "", "s"], "r", {"mode": "cubic"})], {"s": f32(1, 1, 2, 2)}),
    "Resize_0", "'cubic'", "linear")
model = graph("bad_inputs", 13, [("Add", ["x", "z"], "a", {})])
model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 3, 8, 8]))
bad("inputs", model, "2 inputs", "x, z", "constants")


def branch(kind, given="x"):
    return helper.make_graph([helper.make_node(kind, [given], ["b"])], kind, [],
                             [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)])


bad("if", graph("bad_if", 13, [("GlobalAveragePool", ["x"], "m", {}), ("If", ["m"], "i", {
    "then_branch": branch("Relu"), "else_branch": branch("Tanh")})]), "operator If", "If_1", "depends on the image")
body = helper.make_graph(
    [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Relu", ["s"], ["t"])], "body",
    [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []),
     helper.make_tensor_value_info("s", TensorProto.FLOAT, None)],
    [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("t", TensorProto.FLOAT, None)])
bad("loop", graph("bad_loop", 13, [("Loop", ["n", "go", "x"], "l", {"body": body})], {"n": i64(2)[0], "go": np.array(True)}),
    "operator Loop", "Loop_0", "control flow")

# Branches that constants choose, with arrays of their own, names from outside and a branch in a branch.
squeezed = helper.make_graph(
    [helper.make_node("Squeeze", ["p", "axes"], ["s"]), helper.make_node("Mul", ["s", "two"], ["b"])], "squeezed", [],
    [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)], [numpy_helper.from_array(f32(2), "two")])
nested = helper.make_graph(
    [helper.make_node("If", ["no"], ["b"], then_branch=branch("Tanh"), else_branch=squeezed)], "nested", [],
    [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)])
passed = branch("Identity", "p")
for name, least, kinds in [("if_then", 1, ["input", "global-average-pool", "arithmetic"]), ("if_else", 9, ["input", "global-average-pool"])]:
    case(name, 13, [("GlobalAveragePool", ["x"], "p", {}), ("Shape", ["p"], "s0", {}), ("Gather", ["s0", "last"], "n", {}),
                    ("Equal", ["n", "least"], "flag", {}), ("If", ["flag"], "i", {"then_branch": nested, "else_branch": passed})],
         {"axes": i64(2, 3), "last": i64(3)[0], "least": i64(least)[0], "no": np.array(False)}, kinds=kinds)

# An array that nothing reads and that would lie outside of the model's folder.
model = onnx.load(OUT / "small.onnx")
tensor = model.graph.initializer.add(name="unread", dims=[1], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
tensor.external_data.add(key="location", value="../external.data")
onnx.save(model, OUT / "unread_outside.onnx")

# A mean image is preprocessing and stays; what is added to a map behind a convolution is learnt.
case("mean_image", 13, [("Sub", ["x", "mean"], "d", {}), ("Conv", ["d", "w"], "c", {}), ("Add", ["c", "b"], "e", {})],
     {"mean": weights(1, 3, 8, 8), "w": W, "b": weights(1, 4, 6, 6)})

(OUT / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
print(len(expected["cases"]), "cases,", len(expected["bad"]), "bad files")
