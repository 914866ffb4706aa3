"""Graft's engine against PyTorch, ONNX Runtime and OpenVINO: speed, memory, and the same answers.

    pip install torch timm onnx onnxruntime openvino safetensors numpy
    python benchmarks/engine.py --graft .build/release/graft --quick
    python benchmarks/engine.py --networks resnet50 --batches 16 --skip-train \\
        --output benchmarks/runs/DATE-CPU

Every side gets the same random weights and images (`peers/prepare.py`), the same number of threads,
and a process of its own, so that peak memory is its own. After each side is warm, rounds take turns;
the best and the median of the rounds are told, and every sample is kept. Inference runs from images
in memory to pooled features; a training step is forward, cross-entropy, backward, and an update by SGD
with momentum 0.9. PyTorch is eager, in the faster of its two memory layouts; OpenVINO computes in
Float32. Every side's features are compared to PyTorch's, and so are loss and gradient
norm of the first training step and the loss after its update. The answers to be given are PyTorch's
in Float64; a difference beyond the tolerance is told and, if it is Graft's, makes the exit status 1.

One network, batch and kind of work takes about a minute and can be run by itself: with --output, pieces
add up to one record (README.md, raw.csv, summary.md), in which a later piece replaces an earlier one
of the same name. --prepare-only makes weights, images and ONNX files beforehand.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

from peers.record import Record, commit
from peers.report import piece_text
from peers.sides import Graft, Peer, SideError, machine, result

NETWORKS = ["resnet18", "resnet50", "mobilenetv3_large_100", "efficientnet_b0",
            "vit_small_patch16_224", "convnext_tiny"]
SIDES = {
    "infer": ["graft", "graft-avx2", "graft-float16", "graft-bfloat16", "pytorch",
              "pytorch-channels-last", "onnxruntime", "openvino"],
    "train": ["graft", "graft-avx2", "pytorch", "pytorch-channels-last"],
}
OPTIONAL = ["openvino-bf16"]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graft", default=".build/release/graft", help="the program to measure")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, metavar="NAME",
                        help="timm's names (default: %(default)s)")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 16], metavar="N")
    parser.add_argument("--sides", nargs="+", default=SIDES["infer"], metavar="SIDE",
                        choices=SIDES["infer"] + OPTIONAL,
                        help=f"of {', '.join(SIDES['infer'] + OPTIONAL)} (default: all but the last)")
    parser.add_argument("--skip-infer", action="store_true")
    parser.add_argument("--skip-train", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0,
                        help="least length of a round, which has at least one step")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true",
                        help="resnet18, batch 16, two rounds of half a second")
    parser.add_argument("--answers-only", action="store_true",
                        help="only whether Graft answers as PyTorch does; nothing is timed")
    parser.add_argument("--prepare-only", action="store_true")
    parser.add_argument("--work", metavar="FOLDER",
                        default=os.path.join(tempfile.gettempdir(), "graft-engine-benchmark"),
                        help="where weights, images and ONNX files are kept (default: %(default)s)")
    parser.add_argument("--output", metavar="FOLDER", help="the record to write or to add to")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.networks, arguments.batches = ["resnet18"], [16]
        arguments.rounds, arguments.seconds = 2, 0.5
    if arguments.answers_only:
        arguments.sides = [side for side in arguments.sides if side.startswith("graft")]
        arguments.rounds, arguments.seconds = 1, 0.0
        if arguments.output:
            parser.error("--answers-only times nothing: there is nothing to write to --output")
    return arguments


def prepare(network: str, arguments: argparse.Namespace) -> str:
    """The folder of a network's weights, images and expected answers, made if it is not there."""
    folder = os.path.join(arguments.work, f"{network}-{arguments.size}-{arguments.seed}")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "prepare.py")
    subprocess.run(
        [sys.executable, script, folder, network, "--seed", str(arguments.seed), "--size",
         str(arguments.size), "--batches", *map(str, arguments.batches)], check=True)
    return folder


def sides_of(
    work: str, batch: int, folder: str, graft_knows: bool, arguments: argparse.Namespace
) -> tuple[list, list[str]]:
    """The sides of a piece, and a sentence for each of Graft's that can't take part."""
    sides, remarks = [], []
    for name in SIDES[work] + (OPTIONAL if work == "infer" else []):
        if name not in arguments.sides:
            continue
        if name.startswith("graft"):
            side = Graft(name, arguments.graft, work, folder, batch, arguments.threads)
            why = side.why_not()
            if why and graft_knows:
                remarks.append(why)
            if why or not graft_knows:
                continue
        else:
            side = Peer(name, work, folder, batch, arguments.threads)
        sides.append(side)
    return sides, remarks


def measure(sides: list, rounds: int, seconds: float) -> None:
    """Starts all sides, lets their rounds take turns, and ends them."""
    try:
        for side in sides:
            side.start()
        for side in sides:
            side.wait()
        for _ in range(rounds):
            for side in sides:
                time.sleep(0.3)  # threads of the side before go to sleep
                side.round(seconds)
        for side in sides:
            side.finish()
    finally:
        for side in sides:
            side.stop()


def main() -> int:
    arguments = parse()
    works = [work for work, skipped in [("infer", arguments.skip_infer),
                                        ("train", arguments.skip_train)] if not skipped]
    record = None
    if arguments.output:
        record = Record(arguments.output, machine(), commit(os.path.dirname(__file__) or "."))
    print(f"machine: {machine()}, {arguments.threads} threads")
    right = True
    for network in arguments.networks:
        folder = prepare(network, arguments)
        if arguments.prepare_only:
            continue
        knows = Graft("graft", arguments.graft, "infer", folder, 1, 1).knows(network)
        if not knows:
            print(f"\n{network}: this build of Graft does not know it yet; only its peers can run")
        for work in works:
            for batch in arguments.batches:
                sides, remarks = sides_of(work, batch, folder, knows, arguments)
                if sides:
                    measure(sides, arguments.rounds, arguments.seconds)
                    piece = {side.name: result(side) for side in sides}
                    text, agrees = piece_text(
                        work, network, batch, piece, timed=not arguments.answers_only)
                    right &= agrees
                    print("\n" + text, end="")
                for remark in remarks:
                    print(f"  {remark}")
                if record and sides:
                    record.add(work, network, batch, piece)
                    record.write()
    return 0 if right else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SideError, subprocess.CalledProcessError) as error:
        sys.exit(f"engine.py: {error}")
