"""How long a search of procedures takes at each letter, for every name of the shipped catalogue.

Writes benchmarks/results/procedure-search.md. The aim is 5 ms at the 95th centile, 30 ms at most:
an answer must come before the next letter.
"""

import platform
import random
import sys
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from app.procedures.catalogue import load_csv
from app.procedures.search import ProcedureIndex

RESULT = Path(__file__).resolve().parent / "results" / "procedure-search.md"
SEARCHES = 4000
SEED = 1


def typed(names: list[str], chance: random.Random) -> list[str]:
    """Beginnings of names, one in three with two letters swapped, as fingers do."""
    texts: list[str] = []
    for _ in range(SEARCHES):
        name = chance.choice(names)
        text = name[: chance.randint(1, len(name))]
        if len(text) > 4 and chance.random() < 1 / 3:
            slip = chance.randrange(1, len(text) - 1)
            text = text[:slip] + text[slip + 1] + text[slip] + text[slip + 2 :]
        texts.append(text)
    return texts


def measure() -> str:
    """Run the searches and give the result as a Markdown page."""
    started = perf_counter()
    entries = load_csv()
    read = perf_counter()
    index = ProcedureIndex(entries)
    built = perf_counter()
    names = [name for entry in entries for name in (entry.title, *entry.synonyms)]
    times: list[float] = []
    for text in typed(names, random.Random(SEED)):
        before = perf_counter()
        index.search(text)
        times.append((perf_counter() - before) * 1000)
    centiles = quantiles(times, n=100)
    rows = [
        ("p50", f"{centiles[49]:.2f} ms"),
        ("p95", f"{centiles[94]:.2f} ms"),
        ("p99", f"{centiles[98]:.2f} ms"),
        ("slowest", f"{max(times):.2f} ms"),
        ("reading the catalogue, once", f"{(read - started) * 1000:.0f} ms"),
        ("building the index, once", f"{(built - read) * 1000:.0f} ms"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return (
        "# Search of procedures\n\n"
        f"{SEARCHES} searches (seed {SEED}): beginnings of the {len(names)} names of"
        f" {len(entries)} procedures, a third with two letters swapped.\n"
        f"Python {platform.python_version()}, {platform.machine()}, one thread.\n"
        "Made by `benchmarks/procedure_search.py`.\n\n"
        f"| | |\n| --- | --- |\n{table}\n"
    )


def main() -> int:
    """Print the page and keep it."""
    page = measure()
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(page, encoding="utf-8")
    sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
