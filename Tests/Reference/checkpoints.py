"""Makes the small weight and array files that Tests/CheckpointsTests reads, and what they hold.

Run with numpy, torch and safetensors installed (written with numpy 2.4, torch 2.15, safetensors 0.8):
    python Tests/Reference/checkpoints.py
"""
import collections
import json
import os
import pathlib
import pickle
import warnings
import zipfile

import numpy as np
import safetensors.torch
import torch

warnings.filterwarnings("ignore")
OUT = pathlib.Path(__file__).parent.parent / "CheckpointsTests" / "Fixtures"
OUT.mkdir(parents=True, exist_ok=True)
expected = {"schema": "graft.fixture/1", "generator": "Tests/Reference/checkpoints.py", "files": {}}


def note(name, tensors):
    """Records shape and values (as float64) of every tensor of a file."""
    expected["files"][name] = {
        key: {
            "shape": list(value.shape),
            "values": np.asarray(value, dtype=np.float64).reshape(-1).tolist(),
        }
        for key, value in tensors.items()
    }


def as_numpy(state):
    return {key: value.detach().to(torch.float64).numpy() for key, value in state.items()}


# Every element type, and every way for a tensor to lie in its storage.
base = torch.arange(24, dtype=torch.float32) / 8 - 1
dense = base.reshape(2, 3, 4).clone()
state = collections.OrderedDict(
    float32=dense,
    transposed=base.clone().reshape(4, 6).t(),
    permuted=base.clone().reshape(2, 3, 4).permute(2, 0, 1),
    slice=base.clone().reshape(4, 6)[1:3, 2:5],
    step=base.clone()[3::5],
    shared_a=dense[0],
    shared_b=dense[1, 1],
    scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.tensor([1.0, -0.5])),
    float64=torch.tensor([1 / 3, -2.0, 1e300 / 1e300], dtype=torch.float64),
    float16=torch.tensor([1.0, -0.333, 65504.0, 6e-8, 1e-5, 0.0], dtype=torch.float16),
    bfloat16=torch.tensor([1.0, -0.333, 1e30, 1e-30], dtype=torch.bfloat16),
    int64=torch.tensor([1, -2, 1 << 40]),
    int32=torch.tensor([1, -2, 1 << 20], dtype=torch.int32),
    int16=torch.tensor([1, -2, 1 << 14], dtype=torch.int16),
    int8=torch.tensor([1, -2, 127], dtype=torch.int8),
    uint8=torch.tensor([1, 2, 255], dtype=torch.uint8),
    boolean=torch.tensor([True, False, True]),
)
checkpoint = {
    "epoch": 3,
    "name": "a run",
    "best": np.float64(91.5),
    "shape": torch.Size([1, 2]),
    "betas": (0.9, 0.999),
    "steps": [1, 2, None],
    "tags": {"a", "b"},
    "big": 1 << 80,
    "device": torch.device("cpu"),
    "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 0.1}]},
    "state_dict": state,
}
torch.save(checkpoint, OUT / "nested.pt")
torch.save(checkpoint, OUT / "nested_legacy.pth", _use_new_zipfile_serialization=False)
for name in ["nested.pt", "nested_legacy.pth"]:
    note(name, as_numpy(state))

linear = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
torch.manual_seed(1)
bare = {f"module.{key}": value for key, value in linear.state_dict().items()}
torch.save(bare, OUT / "bare.pt")
torch.save(bare, OUT / "bare_protocol4.pt", pickle_protocol=4)
torch.save(bare, OUT / "bare_legacy.th", _use_new_zipfile_serialization=False)
for name in ["bare.pt", "bare_protocol4.pt", "bare_legacy.th"]:
    note(name, as_numpy(bare))
torch.save(linear, OUT / "whole_module.pt")


class Call:
    """Pickles as a call of os.system, which unpickling in Python would make."""

    def __reduce__(self):
        return os.system, ("touch graft-was-called",)


torch.save({"weight": torch.ones(2), "call": Call()}, OUT / "calls.pt")
torch.save({"call": Call()}, OUT / "calls_legacy.pth", _use_new_zipfile_serialization=False)
for protocol in [0, 2, 4]:
    (OUT / f"calls_protocol{protocol}.pkl").write_bytes(
        (b"" if protocol else b"\x80\x00") + pickle.dumps({"call": Call()}, protocol=protocol))

# Arrays in pickles, as NumPy writes them in every protocol that PyTorch or others use.
arrays = {
    "layer": [
        np.arange(12, dtype=np.float32).reshape(3, 4) / 4,
        np.array([0.5, -1.5], dtype=np.float64),
    ],
    "fortran": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "half": np.array([0.25, 3.0], dtype=np.float16),
    "counts": np.array([[1, -2]], dtype=np.int32),
}
flat = {"layer.0": arrays["layer"][0], "layer.1": arrays["layer"][1]}
flat |= {key: value for key, value in arrays.items() if key != "layer"}
for protocol in [2, 3, 5]:
    name = f"arrays_protocol{protocol}.pkl"
    (OUT / name).write_bytes(pickle.dumps(arrays, protocol=protocol))
    note(name, flat)

# Views that repeat their elements, and the keys under which training programs keep weights.
expanded = {
    "rows": torch.tensor([[1.0], [2.0]]).expand(2, 3),
    "all": torch.tensor(0.5).expand(4),
}
torch.save({"epoch": 1, "student": {"w": torch.zeros(1)}, "teacher": expanded}, OUT / "expanded.pt")
note("expanded.pt", as_numpy(expanded))
# Elements that share their places: a few bytes could stand for any number of them.
torch.save({"w": torch.as_strided(torch.arange(7.0), (4, 4), (1, 1))}, OUT / "overlapping.pt")

# A PyTorch archive that somebody packed anew, deflated.
with zipfile.ZipFile(OUT / "bare.pt") as source:
    with zipfile.ZipFile(OUT / "bare_deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
note("bare_deflated.pt", as_numpy(bare))

# A bare pickle of protocol 0, which has no signature.
(OUT / "calls_bare_protocol0.pkl").write_bytes(pickle.dumps(Call(), protocol=0))
(OUT / "calls_dict_protocol0.pkl").write_bytes(pickle.dumps({"call": Call()}, protocol=0))

# safetensors of every element type.
plain = {key: value.detach().clone().contiguous() for key, value in state.items()}
for name in ["uint16", "uint32", "uint64"]:
    plain[name] = torch.tensor([0, 1, 255], dtype=getattr(torch, name))
safetensors.torch.save_file(plain, OUT / "types.safetensors", metadata={"format": "pt", "é": "\"x\""})
note("types.safetensors", as_numpy(plain))

# npy and npz.
singles = {
    "f4.npy": np.arange(6, dtype="<f4").reshape(2, 3) / 4,
    "f4_fortran.npy": np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4) / 4),
    "f8_big.npy": np.array([1 / 3, -2.0], dtype=">f8"),
    "f2.npy": np.array([0.5, -3.0], dtype="<f2"),
    "i4_big.npy": np.array([[1, -2], [3, 1 << 20]], dtype=">i4"),
    "u1.npy": np.array([0, 255], dtype="u1"),
    "u8.npy": np.array([0, 1 << 62], dtype="<u8"),
    "bool.npy": np.array([True, False]),
    "scalar.npy": np.array(2.5),
    "empty.npy": np.zeros((0, 3), dtype="<f4"),
}
for name, array in singles.items():
    np.save(OUT / name, array)
note("npy", singles)
np.save(OUT / "structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save(OUT / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
words = np.array(["cat", "Übergrößenträger", "", "🐈 two"])
members = {"features": singles["f4.npy"], "labels": np.array([0, 1]), "paths": words,
           "bytes": np.array([b"ab", b"c"])}
np.savez(OUT / "stored.npz", **members)
np.savez_compressed(OUT / "deflated.npz", **members)
expected["words"] = words.tolist()
(OUT / "expected.json").write_text(json.dumps(expected, sort_keys=True, separators=(",", ":")))
