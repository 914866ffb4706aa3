"""What `graft profile` finds in data sets, as the table of profiles.md.

    python benchmarks/profiles.py --graft .build/release/graft --data FOLDER [--model WEIGHTS]
        [--model-for NAME …] > benchmarks/profiles.md

FOLDER holds a data set in each folder. With --model the data sets named by --model-for are profiled
with that network, too. With --plant PATH … copies of some data sets are made with faults planted in
them (Pillow is needed), and the table says how many are found.
"""
import argparse
import collections
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

CODES = ["duplicate-exact", "duplicate-near", "leakage", "label-conflict", "corrupt",
         "outlier-dark", "outlier-bright", "outlier-blurred", "outlier-low-information",
         "outlier-odd-size", "imbalance", "few-shot-class"]


def profile(graft, data, *more):
    start = time.monotonic()
    out = subprocess.run([graft, "profile", str(data), "--json", "--quiet", *more],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out), time.monotonic() - start


def files(found, code):
    alike = [f for f in found["findings"] if f["code"] == code]
    # Findings about classes name no files.
    return sum(f["count"] for f in alike) or ("yes" if alike else 0)


def table(rows, header):
    print("| " + " | ".join(header) + " |")
    print("| " + " | ".join("---" if i == 0 else "---:" for i in range(len(header))) + " |")
    for row in rows:
        print("| " + " | ".join(str(x) for x in row) + " |")
    print()


def spread(values, digits=0):
    if values is None:
        return "–"
    return f"{values['median']:.{digits}f} ({values['minimum']:.{digits}f}–{values['maximum']:.{digits}f})"


def plant(source, target, rng):
    """Copies a data set and plants the faults of the issue; returns what must be named."""
    from PIL import Image
    samples = collections.defaultdict(list)
    for path in sorted(source.rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
            samples[path.relative_to(source).parts[0]].append(to)
    names = sorted(p.name for p in (target / "train").iterdir())
    train = samples["train"]
    drawn = rng.sample(train, 30)
    planted = collections.defaultdict(list)
    name = lambda p: str(p.relative_to(target))
    for i, path in enumerate(drawn[:5]):
        copy = path.with_name(f"planted-copy{i}{path.suffix}")
        copy.write_bytes(path.read_bytes())
        planted["duplicate-exact"].append({name(path), name(copy)})
    for i, path in enumerate(drawn[5:10]):
        image = Image.open(path).convert("RGB")
        w, h = image.size
        if i >= 2:
            l, t, r, b = (rng.uniform(0, 0.05) for _ in range(4))
            image = image.crop((round(l * w), round(t * h), round(w - r * w), round(h - b * h)))
        copy = path.with_name(f"planted-near{i}.jpg")
        image.save(copy, quality=rng.choice([50, 75, 90]))
        planted["duplicate-near"].append({name(path), name(copy)})
    for i, path in enumerate(drawn[10:15]):
        leak = target / "test" / path.parent.name / f"planted-leak{i}{path.suffix}"
        if i < 3:
            leak.write_bytes(path.read_bytes())
        else:
            leak = leak.with_suffix(".jpg")
            Image.open(path).convert("RGB").save(leak, quality=70)
        planted["leakage"].append({name(path), name(leak)})
    for i, path in enumerate(drawn[15:20]):
        other = rng.choice([n for n in names if n != path.parent.name])
        moved = target / "train" / other / f"planted-swapped{i}{path.suffix}"
        path.rename(moved)
        planted["mislabelled"].append({name(moved)})
    for i, path in enumerate(drawn[20:23]):
        cut = path.with_name(f"planted-cut{i}{path.suffix}")
        data = path.read_bytes()
        cut.write_bytes(data[:len(data) * (i + 1) // 5])
        planted["corrupt"].append({name(cut)})
    for i in range(2):
        text = target / "train" / names[i] / f"planted-text{i}.jpg"
        text.write_text("words, not a picture\n")
        planted["not-an-image"].append({name(text)})
    return planted


def near(found):
    return {p for f in found["findings"] if f["code"] == "duplicate-near" for p in f["paths"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graft", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--model")
    parser.add_argument("--model-for", nargs="*", default=[])
    parser.add_argument("--plant", nargs="*", default=[])
    parser.add_argument("--seeds", nargs="*", type=int, default=[7], help="of what is planted")
    parser.add_argument("--only-plant", action="store_true")
    options = parser.parse_args()
    if options.only_plant:
        return planted_faults(options)
    sets = sorted(p for p in options.data.iterdir() if p.is_dir())
    print("# What profiles find in real data sets\n")
    print("Written by `benchmarks/profiles.py`. Findings are counted in files; of duplicates every file"
          " of a group counts.\n")
    counts, shapes = [], []
    for path in sets:
        found, seconds = profile(options.graft, path)
        copies = found["duplicates"]
        shapes.append([
            path.name, found["sampleCount"], found["readableCount"], len(found["classNames"]),
            f"{found['balance'].get('effectiveClassCount') or 0:.1f}", spread(found.get("widths")),
            spread(found.get("heights")), spread(found.get("aspects"), 2),
            f"{100 * (found.get('greyShare') or 0):.0f} %", f"{seconds:.1f}"])
        counts.append([path.name] + [files(found, code) or "" for code in CODES]
                      + [f"{100 * (copies['near']) / found['sampleCount']:.1f} %"])
    table(shapes, ["data set", "images", "readable", "classes", "effective", "width", "height",
                   "aspect", "grey", "seconds"])
    table(counts, ["data set"] + CODES + ["near copies"])
    if options.model:
        rows = []
        for name in options.model_for:
            found, _ = profile(options.graft, options.data / name, "--model", options.model)
            issues = [f for f in found["findings"] if f["code"] == "mislabelled"]
            number = {f["severity"]: f["count"] for f in issues}
            p = found.get("projection")
            rows.append([
                name, number.get("warning", 0), number.get("info", 0), files(found, "duplicate-near"),
                f"{100 * p['accuracy']:.1f}" if p else "–",
                f"{100 * p['gain']:+.1f} [{100 * p['low']:+.1f}, {100 * p['high']:+.1f}]" if p else "–"])
        print(f"With `--model {pathlib.Path(options.model).name}`: labels that are likely wrong and"
              " doubtful, near-duplicates that the features confirm, the probe's accuracy with all"
              " training images (%), and what twice as many would add (points, 90 % interval).\n")
        table(rows, ["data set", "likely", "doubtful", "duplicate-near", "accuracy", "gain"])
    planted_faults(options)


def planted_faults(options):
    rows = []
    for name in options.plant:
        for seed in options.seeds:
            with tempfile.TemporaryDirectory() as folder:
                planted = plant(options.data / name, pathlib.Path(folder), random.Random(seed))
                more = ["--model", options.model, "--no-cache"] if options.model else []
                found, _ = profile(options.graft, folder, *more)
                row = [name, seed]
                for code in ["duplicate-exact", "duplicate-near", "leakage", "mislabelled",
                             "corrupt", "not-an-image"]:
                    named = [set(f["paths"]) for f in found["findings"] if f["code"] == code]
                    missed = [w for w in planted[code] if not any(w <= have for have in named)]
                    for want in missed:
                        print(f"{name} {seed}: {code} missed: {sorted(want)}", file=sys.stderr)
                    row.append("–" if code == "mislabelled" and not more else
                               f"{len(planted[code]) - len(missed)} of {len(planted[code])}")
                # Clean pictures that are called near-duplicates: those of no planted pair, beyond
                # what the data set has without.
                touched = {p for sets in planted.values() for s in sets for p in s}
                before, _ = profile(options.graft, options.data / name, *more)
                known = near(before)
                false = near(found) - touched - known
                row.append(f"{100 * len(false) / found['sampleCount']:.2f} %")
                rows.append(row)
                print(*row, file=sys.stderr)
    if rows:
        print("Faults planted in copies of some (five exact copies, five re-encoded or cut by up to 5 %"
              " on each side, five leaks, five swapped labels, three truncated files, two texts named"
              " .jpg): how many are found.\n")
        table(rows, ["data set", "seed", "duplicate-exact", "duplicate-near", "leakage", "mislabelled",
                     "corrupt", "not-an-image", "clean called near"])


if __name__ == "__main__":
    main()
