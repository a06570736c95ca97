"""Copy the measures of disclosure control to data/, where the method page reads them.

`benchmarks/disclosure.py` writes them as a Markdown page, then calls this. A test sees to it that
the two say the same.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "benchmarks" / "results" / "disclosure.md"
TARGET = ROOT / "data" / "disclosure.json"


def published(page: str) -> str:
    """Write the tables of a Markdown page as JSON: by their first heading, a list of rows."""
    tables: dict[str, list[dict[str, str]]] = {}
    heads: list[str] = []
    for line in page.split("\n"):
        if not line.startswith("|"):
            heads = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not heads:
            heads = cells
            tables[heads[0]] = []
        elif not cells[0].startswith("---"):
            tables[heads[0]].append(dict(zip(heads, cells, strict=True)))
    return json.dumps(tables, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write the file."""
    TARGET.write_text(published(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
