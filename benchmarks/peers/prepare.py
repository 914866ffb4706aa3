"""Makes what every side of `benchmarks/engine.py` is given, and the answers it must give.

    python benchmarks/peers/prepare.py FOLDER NETWORK --seed 0 --size 224 --batches 1 16

FOLDER becomes a timm folder (model.safetensors, config.json) with one folder for each batch size:
`images.npy` [N, H, W, 3], `labels.npy` [N], `model.onnx` of that batch size, and PyTorch's answers
computed in Float64: `features.npy` [N, D], and `training.json` with loss and gradient norm of the first training step and
the loss after its update. A batch that is already there, made by the same versions, is left alone.
"""

import argparse
import json
import os
import sys
import warnings

# Changes whenever what is written here changes, so that older folders are made anew.
SCHEMA = 3
LEARNING_RATE = 1e-3


def randomise(model, size: int) -> None:
    """Weights that hide no branch, and running statistics that fit them but are not the batch's.

    timm starts factors of residual branches at 0 or 1e-6, offsets at 0 and running statistics at
    (0, 1): with these, folding and whole branches could be wrong without a trace.
    """
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("gamma", ".weight")) and parameter.dim() == 1:
                parameter.uniform_(0.5, 1.0)
            elif parameter.abs().max() < 1e-3:
                parameter.normal_(0, 0.02)
        norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        if not norms:
            return
        for norm in norms:
            norm.momentum = None  # the plain average: of one batch, its own statistics
        model.train()(pictures(4, size, seed=99))
        model.eval()
        for norm in norms:
            norm.momentum = 0.1
            deviation = norm.running_var.sqrt()
            norm.running_mean.add_(deviation * torch.empty_like(deviation).uniform_(-0.2, 0.2))
            norm.running_var.mul_(torch.empty_like(deviation).uniform_(0.6, 1.5))


def pictures(count: int, size: int, seed: int):
    """Images of large and small structures that differ from each other, [N, 3, H, W]."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    images = torch.zeros(count, 3, size, size)
    for side in (2, 7, 28, size):
        noise = torch.randn(count, 3, side, side, generator=generator)
        weight = torch.rand(count, 1, 1, 1, generator=generator)
        images += weight * torch.nn.functional.interpolate(noise, (size, size), mode="nearest")
    return images


def embedder(model):
    import torch

    class Embedder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            return self.model.forward_head(self.model.forward_features(images), pre_logits=True)

    return Embedder()


def first_steps(model, images, labels) -> dict[str, float]:
    """What the first training step finds, and the loss after its update."""
    import torch

    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)
    optimizer.zero_grad(set_to_none=True)
    model.train()
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    norm = torch.nn.utils.get_total_norm([p.grad.double() for p in model.parameters()])
    optimizer.step()
    with torch.no_grad():
        after = torch.nn.functional.cross_entropy(model(images), labels)
    return {"loss": loss.item(), "gradientNorm": norm.item(), "lossAfterUpdate": after.item()}


def write_network(model, network: str, size: int, folder: str) -> None:
    from safetensors.torch import save_file

    state = {k: v.contiguous() for k, v in model.state_dict().items()
             if not k.endswith("num_batches_tracked")}
    save_file(state, f"{folder}/model.safetensors", metadata={"format": "pt"})
    known = model.pretrained_cfg
    with open(f"{folder}/config.json", "w") as file:
        json.dump({
            "architecture": network, "num_classes": model.num_classes,
            "num_features": model.num_features,
            "pretrained_cfg": {
                "input_size": [3, size, size], "mean": known["mean"], "std": known["std"],
                "interpolation": known["interpolation"], "crop_pct": known["crop_pct"],
                "crop_mode": "center", "num_classes": model.num_classes}}, file)


def write_batch(model, count: int, size: int, seed: int, folder: str) -> None:
    import numpy as np
    import torch

    os.makedirs(folder, exist_ok=True)
    images = pictures(count, size, seed)
    labels = torch.randint(
        model.num_classes, (count,), generator=torch.Generator().manual_seed(seed))
    np.save(f"{folder}/images.npy", images.permute(0, 2, 3, 1).contiguous().numpy())
    np.save(f"{folder}/labels.npy", labels.numpy())
    # All of it: export puts every module back into the mode of the outermost one.
    features = embedder(model).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            features, (images,), f"{folder}/model.onnx", opset_version=17, dynamo=False,
            input_names=["images"], output_names=["features"])
    # In Float64, so that what is told of a side is its own error: gradients of deep networks in
    # Float32 differ between PyTorch's own two layouts by more than between engines.
    model.double()
    images = images.double()
    with torch.inference_mode():
        np.save(f"{folder}/features.npy", features(images).numpy())
    with open(f"{folder}/training.json", "w") as file:
        json.dump(first_steps(model, images, labels), file)
    model.float()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("network")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16])
    arguments = parser.parse_args()

    from importlib.metadata import version

    made = {"schema": SCHEMA, "network": arguments.network, "seed": arguments.seed,
            "size": arguments.size, "torch": version("torch"), "timm": version("timm"),
            "onnx": version("onnx")}
    missing = []
    for count in arguments.batches:
        try:
            with open(f"{arguments.folder}/batch-{count}/made.json") as file:
                if json.load(file) != made:
                    missing.append(count)
        except (OSError, ValueError):
            missing.append(count)
    if not missing:
        return 0

    import timm
    import torch
    from safetensors.torch import load_model

    torch.manual_seed(arguments.seed)
    model = timm.create_model(arguments.network, pretrained=False).eval()
    randomise(model, arguments.size)
    os.makedirs(arguments.folder, exist_ok=True)
    write_network(model, arguments.network, arguments.size, arguments.folder)
    for count in missing:
        load_model(model, f"{arguments.folder}/model.safetensors", strict=False)
        folder = f"{arguments.folder}/batch-{count}"
        write_batch(model, count, arguments.size, arguments.seed + count, folder)
        with open(f"{folder}/made.json", "w") as file:
            json.dump(made, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
