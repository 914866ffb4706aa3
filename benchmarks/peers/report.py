"""Tables of `benchmarks/engine.py` for the terminal and for `summary.md`."""

from statistics import median

from peers.bars import bars, wrong

WORKS = {"infer": "inference", "train": "training"}
# What stands for an answer in a table: how far it is from PyTorch's.
TITLES = {"difference": "difference", "cosine": "least cosine", "loss": "loss",
          "gradientNorm": "gradient norm", "lossAfterUpdate": "loss after update"}


def answers_text(side: str, answers: dict[str, float]) -> str:
    parts = [f"{title} {answers[name]:.6f}" if name == "cosine" else f"{title} {answers[name]:.1e}"
             for name, title in TITLES.items() if name in answers]
    bad = wrong(side, answers)
    return ", ".join(parts) + (f"  WRONG: {', '.join(TITLES[name] for name in bad)}" if bad else "")


def piece_text(work: str, network: str, batch: int, piece: dict, timed: bool) -> tuple[str, bool]:
    """A piece for the terminal, and whether every answer is right."""
    lines = [f"{network}, {WORKS[work]}, batch {batch}"]
    if timed:
        lines.append(f"  {'side':22s} {'best':>8s} {'median':>8s}  {'MiB':>6s} {'before':>6s}  "
                     "images/s by round")
        for name, side in piece.items():
            speeds = side["speeds"]
            base = f"{side['base'] / 2**20:6.0f}" if side["base"] else "     –"
            lines.append(
                f"  {name:22s} {max(speeds):8.1f} {median(speeds):8.1f}  "
                f"{side['peak'] / 2**20:6.0f} {base}  {', '.join(f'{s:.1f}' for s in speeds)}")
        for bar in bars(work, network, batch, piece):
            medians = f" (of medians {bar.of_medians:.2f})" if bar.of_medians else ""
            lines.append(f"  {bar.name:36s} {bar.value:5.2f}{medians}, wanted {bar.wish}: "
                         f"{'met' if bar.met else 'MISSED'}")
    lines.append("  relative differences from PyTorch's answers in Float64")
    for name, side in piece.items():
        lines.append(f"    {name:20s} {answers_text(name, side['answers'])}")
    right = not any(wrong(name, side["answers"]) for name, side in piece.items()
                    if name.startswith("graft"))
    return "\n".join(lines) + "\n", right


def table(titles: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |"
            for row in [titles, ["---"] * len(titles)] + rows] + [""]


def summary(pieces: dict[tuple[str, str, int], dict]) -> str:
    """The record as Markdown: for each kind of work and batch, speed, memory, bars and answers."""
    lines = ["# Summary", "",
             "Images per second, best of the rounds; in brackets the ratio to Graft's own Float32.",
             "Peak memory is the whole process's; `raw.csv` also has what it was before the model "
             "was loaded.", ""]
    for work in WORKS:
        for batch in sorted({key[2] for key in pieces if key[1] == work}):
            chosen = {key[0]: piece for key, piece in pieces.items()
                      if key[1:] == (work, batch)}
            names = list(dict.fromkeys(name for piece in chosen.values() for name in piece))
            lines += [f"## {WORKS[work].capitalize()}, batch {batch}", ""]
            speeds, memory, reached, answers = [], [], [], []
            for network, piece in chosen.items():
                own = max(piece["graft"]["speeds"]) if "graft" in piece else None
                cells = []
                for name in names:
                    if name not in piece:
                        cells.append("–")
                        continue
                    best = max(piece[name]["speeds"])
                    ratio = f" ({best / own:.2f})" if own and name != "graft" else ""
                    cells.append(f"{best:.1f}{ratio}")
                speeds.append([network] + cells)
                memory.append([network] + [
                    f"{piece[name]['peak'] / 2**20:.0f}" if name in piece else "–"
                    for name in names])
                for bar in bars(work, network, batch, piece):
                    medians = f"{bar.of_medians:.2f}" if bar.of_medians else "–"
                    reached.append([network, bar.name, f"{bar.value:.2f}", medians, bar.wish,
                                    "met" if bar.met else "**missed**"])
                for name, side in piece.items():
                    answers.append([network, name, answers_text(name, side["answers"])])
            lines += table(["images/s"] + names, speeds)
            lines += table(["peak MiB"] + names, memory)
            if reached:
                lines += table(["network", "bar", "of best rounds", "of medians", "wanted", ""],
                               reached)
            lines += table(["network", "side", "relative differences from PyTorch's answers in Float64"],
                           answers)
    return "\n".join(lines)
