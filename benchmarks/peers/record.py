"""The record of `benchmarks/engine.py`: README.md, raw.csv and summary.md of one machine.

Pieces are added one by one, in as many runs of the program as one likes. raw.csv keeps every sample of
every run; summary.md shows the latest run of each piece.
"""

import csv
import os
import subprocess
import sys
import time

from peers.report import summary

COLUMNS = ["run", "commit", "network", "work", "batch", "side", "measure", "round", "value"]


def commit(folder: str) -> str:
    """The commit of the working tree, with a plus sign where it has changes."""
    try:
        answer = subprocess.run(
            ["git", "-C", folder, "describe", "--always", "--dirty=+", "--abbrev=8"],
            capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip()


def without_paths(words: list[str]) -> list[str]:
    """A command without the options that only say where things lie on this machine."""
    kept, skips = [], False
    for word in words:
        name = word.split("=")[0]
        if not skips and name not in ("--output", "--graft", "--work"):
            kept.append(word)
        skips = word in ("--output", "--graft", "--work")
    return kept


class Record:
    def __init__(self, folder: str, machine: str, commit: str):
        self.folder, self.machine, self.commit = folder, machine, commit
        self.run = time.strftime("%Y-%m-%dT%H:%M:%S")
        self.command = "python benchmarks/engine.py " + " ".join(without_paths(sys.argv[1:]))
        self.rows: list[dict[str, str]] = []
        self.commands: list[str] = []
        self.versions: list[str] = []
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(f"{folder}/raw.csv"):
            with open(f"{folder}/raw.csv", newline="") as file:
                self.rows = list(csv.DictReader(file))
            with open(f"{folder}/README.md") as file:
                lines = file.read().splitlines()
            if machine not in lines:
                raise SystemExit(f"engine.py: {folder} is the record of another machine; "
                                 "name another folder with --output")
            self.commands = [line.strip() for line in lines if line.startswith("    python ")]
            self.versions = [line[2:] for line in lines if line.startswith("- ")]

    def add(self, work: str, network: str, batch: int, piece: dict) -> None:
        for side, found in piece.items():
            values = [("images_per_second", number, speed)
                      for number, speed in enumerate(found["speeds"])]
            values += [("peak_bytes", "", found["peak"])]
            if found["base"]:
                values += [("base_bytes", "", found["base"])]
            values += [(f"answer:{name}", "", value) for name, value in found["answers"].items()]
            for measure, number, value in values:
                self.rows.append(dict(zip(COLUMNS, map(str, [
                    self.run, self.commit, network, work, batch, side, measure, number, value]))))
            for name, version in found["versions"].items():
                line = f"{name} {version}"
                if name != "kernels" and line not in self.versions:
                    self.versions.append(line)
        if self.command not in self.commands:
            self.commands.append(self.command)

    def pieces(self) -> dict[tuple[str, str, int], dict]:
        """The latest run of each piece, as `bars` and `report` take them."""
        latest = {}
        for row in self.rows:
            latest[row["network"], row["work"], int(row["batch"])] = row["run"]
        found: dict[tuple[str, str, int], dict] = {}
        for row in self.rows:
            key = (row["network"], row["work"], int(row["batch"]))
            if row["run"] != latest[key]:
                continue
            side = found.setdefault(key, {}).setdefault(
                row["side"], {"speeds": [], "peak": 0, "base": 0, "answers": {}})
            value = float(row["value"])
            match row["measure"].split(":"):
                case ["images_per_second"]: side["speeds"].append(value)
                case ["peak_bytes"]: side["peak"] = value
                case ["base_bytes"]: side["base"] = value
                case ["answer", name]: side["answers"][name] = value
        return found

    def write(self) -> None:
        with open(f"{self.folder}/raw.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        with open(f"{self.folder}/summary.md", "w") as file:
            file.write(summary(self.pieces()))
        days = sorted({row["run"][:10] for row in self.rows})
        commits = list(dict.fromkeys(row["commit"] for row in self.rows))
        lines = [
            f"# The engine against its peers, {' to '.join(dict.fromkeys([days[0], days[-1]]))}", "",
            self.machine, "",
            f"Graft's commit{'s' if len(commits) > 1 else ''}: {', '.join(commits)} "
            "(+ with uncommitted changes).", "", *[f"- {version}" for version in self.versions], "",
            "Each piece (network, kind of work, batch) is one run with all its sides, in which rounds "
            "took turns and nothing else ran; raw.csv has all samples of all runs, "
            "[summary.md](summary.md) the latest run of each piece. Commands:", "",
            *[f"    {command}" for command in self.commands], ""]
        with open(f"{self.folder}/README.md", "w") as file:
            file.write("\n".join(lines))
