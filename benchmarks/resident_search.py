"""Finding a resident by what is typed: how often first, how fast, by kind of mistake.

Prints and writes `benchmarks/results/resident-search.md`. Names: `tests/support/names.py`.
"""

import argparse
import platform
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from rapidfuzz import process

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.residents.search import Entry, NameIndex  # noqa: E402
from tests.support.names import Person, labelled, people  # noqa: E402

FIRST, IN_FIVE, P95_MS = 0.97, 0.995, 30


def entry(person: Person) -> Entry:
    """Make the entry of a person."""
    return Entry.of(
        person.id,
        person.given_name,
        person.family_name,
        birth_year=person.birth_year,
        phone=person.phone,
        email=person.email,
    )


def main() -> None:
    """Ask each question whole for accuracy, then letter by letter for speed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--residents", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="how many misses to print")
    options = parser.parse_args()
    everybody = people(options.residents, seed=options.seed)
    started = time.perf_counter()
    index = NameIndex([entry(person) for person in everybody])
    built = time.perf_counter() - started
    asked = labelled(everybody, options.questions, seed=options.seed + 6)
    ranks: dict[str, list[int]] = defaultdict(list)
    for question in asked:
        found = index.search(question.typed, 5)
        rank = found.index(question.wanted.id) + 1 if question.wanted.id in found else 9
        ranks[question.kind].append(rank)
        if rank > 1 and options.show > 0:
            options.show -= 1
            names = {p.id: f"{p.given_name} {p.family_name}" for p in everybody}
            print(
                f"{question.kind}: « {question.typed} » → {rank}; {[names[i] for i in found[:3]]}; "
                f"wanted {names[question.wanted.id]}",
                file=sys.stderr,
            )
    times, bare = [], []
    names_of_all = [f"{p.given_name} {p.family_name}" for p in everybody]
    for question in asked[:200]:
        for end in range(1, len(question.typed) + 1):
            started = time.perf_counter()
            index.search(question.typed[:end], 6)
            times.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        process.extract(question.typed, names_of_all, limit=6)
        bare.append((time.perf_counter() - started) * 1000)
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    every = [rank for found in ranks.values() for rank in found]
    lines = [
        f"# Finding a resident among {options.residents:,}",
        "",
        f"{len(every):,} questions of {len(ranks)} kinds, seed {options.seed}. Goals: first ≥ "
        f"{FIRST:.0%}, in the first five ≥ {IN_FIVE:.1%}, p95 a keystroke < {P95_MS} ms and ≤ "
        "1.5 × `process.extract` on the bare list of names.",
        f"Python {platform.python_version()}, {platform.machine()}, 2 cores shared. Command: "
        f"`.venv/bin/python benchmarks/resident_search.py --residents {options.residents} "
        f"--questions {options.questions} --seed {options.seed}`",
        "",
        "| what was typed | questions | first | in five |",
        "| --- | --- | --- | --- |",
        *(
            f"| {kind} | {len(found)} | {sum(r == 1 for r in found) / len(found):.1%} "
            f"| {sum(r <= 5 for r in found) / len(found):.1%} |"
            for kind, found in ranks.items()
        ),
        f"| **all** | {len(every)} | **{sum(r == 1 for r in every) / len(every):.2%}** "
        f"| **{sum(r <= 5 for r in every) / len(every):.2%}** |",
        "",
        f"Letter by letter: p50 {p50:.1f} ms, p95 {p95:.1f} ms (bare list: p50 "
        f"{statistics.median(bare):.1f} ms, p95 {statistics.quantiles(bare, n=20)[-1]:.1f} ms). "
        f"Index built in {built:.1f} s.",
        "",
    ]
    text = "\n".join(lines)
    print(text)
    (ROOT / "benchmarks/results/resident-search.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
