"""The sides of `benchmarks/engine.py`: Graft's program and the peers' workers.

A side has `start`, `wait` (until it is warm), `round`, `finish` and `stop`, and then `speeds` (images
per second, one a round), `peak` and `base` (bytes, after and before the model was loaded), `answers`
(how far from PyTorch's) and `versions`. This process imports none of the engines.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np

from peers.worker import compare, compare_training


class SideError(Exception):
    """A side that failed, in one sentence with what it said."""


def cpu() -> dict[str, str]:
    with open("/proc/cpuinfo") as file:
        pairs = [line.split(":", 1) for line in file.read().split("\n\n")[0].splitlines()]
    return {key.strip(): value.strip() for key, value in pairs}


def machine() -> str:
    described = cpu()
    flags = described.get("flags", "").split()
    known = [flag for flag in ("avx2", "avx512f", "avx512_fp16", "avx512_bf16", "amx_tile")
             if flag in flags]
    with open("/proc/meminfo") as file:
        gibibytes = int(file.readline().split()[1]) / 1024 / 1024
    return (f"{described.get('model name', os.uname().machine)} (family "
            f"{described.get('cpu family', '?')}, model {described.get('model', '?')}; "
            f"{', '.join(known)}), {os.cpu_count()} cores, {gibibytes:.0f} GiB")


def result(side) -> dict:
    """What `bars`, `report` and `record` read of a side that has finished."""
    return {name: getattr(side, name) for name in ("speeds", "peak", "base", "answers", "versions")}


# What a processor must have for a side in half precision.
HALF_FLAGS = {"graft-float16": "avx512_fp16", "graft-bfloat16": "avx512_bf16"}


class Graft:
    """`graft bench`, one process a round."""

    def __init__(self, name: str, program: str, work: str, folder: str, batch: int, threads: int):
        self.name, self.program, self.work = name, program, work
        self.folder, self.batch, self.threads = folder, batch, threads
        self.speeds, self.answers, self.versions = [], {}, {}
        self.peak = self.base = 0
        self.environment = dict(os.environ)
        if name == "graft-avx2":
            self.environment["GRAFT_ISA"] = "avx2"
        self.needs = HALF_FLAGS.get(name)
        self.arguments = ["--precision", name.removeprefix("graft-")] if self.needs else []

    def ask(self, *arguments: str) -> str:
        call = [self.program, *arguments]
        try:
            answer = subprocess.run(call, capture_output=True, text=True, env=self.environment)
        except OSError as error:
            raise SideError(f"{self.program} can't be run ({error.strerror}); build it with "
                            "'swift build -c release' or name it with --graft") from error
        if answer.returncode != 0:
            raise SideError(f"{self.name}: {' '.join(call)}: {answer.stderr.strip()}")
        return answer.stdout

    def knows(self, network: str) -> bool:
        listing = json.loads(self.ask("models", "list", "--json"))
        return network in {known["id"] for known in listing["architectures"]}

    def why_not(self) -> str | None:
        """Why this side can't take part, in a sentence; None if it can."""
        flags = cpu().get("flags", "").split()
        if self.name == "graft-avx2" and "avx512f" not in flags:
            return f"{self.name}: left out, this CPU has no AVX-512 to compare it with"
        if self.needs:
            if self.needs not in flags:
                return f"{self.name}: left out, this CPU has no {self.needs.upper()}"
            if "--precision" not in self.ask("bench", "infer", "--help"):
                return f"{self.name}: this build of Graft has no --precision yet"
        return None

    def start(self) -> None:
        self.versions = {"graft": self.ask("--version").strip()}

    def wait(self) -> None:
        pass

    def round(self, seconds: float) -> None:
        given = f"{self.folder}/batch-{self.batch}"
        with tempfile.TemporaryDirectory() as scratch:
            features = f"{scratch}/features.npy"
            own = (["--features", features] if self.work == "infer"
                   else ["--labels", f"{given}/labels.npy"])
            answer = json.loads(self.ask(
                "bench", self.work, "--model", self.folder, "--images", f"{given}/images.npy", *own,
                "--threads", str(self.threads), "--rounds", "1", "--seconds", str(seconds), "--json",
                "--quiet", *self.arguments))
            if self.work == "infer":
                self.answers = compare(np.load(features), np.load(f"{given}/features.npy"))
            else:
                self.answers = compare_training(answer["training"], given)
        self.speeds += answer["rounds"]
        self.peak = max(self.peak, answer["peakBytes"])
        self.versions["kernels"] = answer["kernels"]

    def finish(self) -> None:
        pass

    def stop(self) -> None:
        pass


class Peer:
    """A worker process of a peer, which answers round by round."""

    def __init__(self, name: str, work: str, folder: str, batch: int, threads: int):
        self.name, self.work, self.folder = name, work, folder
        self.batch, self.threads = batch, threads
        self.speeds, self.answers, self.versions = [], {}, {}
        self.peak = self.base = 0
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, script, self.name, self.work, self.folder, str(self.batch),
             str(self.threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def line(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise SideError(f"{self.name} ended: {self.errors.read().strip()[-1500:]}")
        return json.loads(line)

    def wait(self) -> None:
        ready = self.line()
        self.versions, self.base, self.answers = ready["versions"], ready["base"], ready["answers"]

    def round(self, seconds: float) -> None:
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        sample = self.line()
        self.speeds.append(sample["steps"] * self.batch / sample["seconds"])

    def finish(self) -> None:
        self.process.stdin.close()
        self.peak = self.line()["peak"]
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
