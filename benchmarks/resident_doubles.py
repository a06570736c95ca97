"""Likely double files: precision and recall on a labelled set, by kind of pair.

Prints and writes `benchmarks/results/resident-doubles.md`. Names: `tests/support/names.py`.
"""

import argparse
import platform
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.residents.doubles import pairs  # noqa: E402
from tests.support.doubles import labelled_files  # noqa: E402


def main() -> None:
    """Find the pairs among all files, and compare with the labels."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--residents", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    files = labelled_files(options.residents, seed=options.seed)
    started = time.perf_counter()
    found = {
        frozenset((one.resident_id, other.resident_id)): (one, other)
        for one, other, _ in pairs(files.entries)
    }
    seconds = time.perf_counter() - started
    wanted, traps = files.doubles, files.two_people
    right = wanted.keys() & found.keys()
    for pair in [*(found.keys() - wanted.keys()), *(wanted.keys() - found.keys())][: options.show]:
        names = [
            (" ".join(e.tokens), e.birth_year, e.phone)
            for e in files.entries
            if e.resident_id in pair
        ]
        print(wanted.get(pair) or traps.get(pair) or "par hasard", names, file=sys.stderr)
    kinds, caught = Counter(wanted.values()), Counter(wanted[pair] for pair in right)
    trapped = Counter(traps[pair] for pair in traps.keys() & found.keys())
    lines = [
        f"# Likely double files among {len(files.entries):,}",
        "",
        f"{len(wanted):,} doubles and {len(traps):,} pairs of people who look alike, among names "
        f"made at random (seed {options.seed}). Found in {seconds:.1f} s.",
        f"Python {platform.python_version()}, {platform.machine()}, 2 cores shared. Command: "
        f"`.venv/bin/python benchmarks/resident_doubles.py --residents {options.residents} "
        f"--seed {options.seed}`",
        "",
        f"**Precision {len(right) / len(found):.1%}, recall {len(right) / len(wanted):.1%}**",
        "",
        "| doubles | pairs | found |",
        "| --- | --- | --- |",
        *(f"| {kind} | {n} | {caught[kind] / n:.1%} |" for kind, n in kinds.items()),
        "",
        "| two people | pairs | taken for one |",
        "| --- | --- | --- |",
        *(
            f"| {kind} | {n} | {trapped[kind] / n:.1%} |"
            for kind, n in Counter(traps.values()).items()
        ),
        "",
    ]
    text = "\n".join(lines)
    print(text)
    (ROOT / "benchmarks/results/resident-doubles.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
