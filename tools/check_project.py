"""The project's own lints: what no general tool knows.

Bans what would go round the scope, `|safe` outside components, addresses of package registries,
paths of one machine, and `TODO` without an issue.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REGISTRIES = "|".join(["py" + "pi", "npm" + "js", "python" + "hosted"])


@dataclass(frozen=True)
class Rule:
    """A pattern that must not stand in some files, and why."""

    pattern: str
    files: str
    but: str
    why: str


RULES = (
    Rule(
        r"__table__\b(?!\s*=)|\bsa\.text\(|sqlalchemy import .*\btext\b|literal_column\("
        r"|\.connection\(|\bbulk_\w+\(",
        r"^app/.*\.py$",
        r"^app/(core|migrations)/",
        "goes round the scope of the database session",
    ),
    Rule(r"\|\s*safe\b", r"^templates/", r"^templates/ui/", "unescaped output outside ui/"),
    Rule(r"\sstyle=\"", r"^templates/", r"^$", "inline style, refused by the CSP"),
    Rule(r"\son[a-z]+=\"", r"^templates/", r"^$", "inline script, refused by the CSP"),
    Rule(rf"https?://[\w.-]*({REGISTRIES})\.\w+", r".", r"^$", "names a package registry"),
    Rule(r"(?<![\w/.])/(work|root|farm)/[\w.]", r".", r"^$", "a path of one machine"),
    Rule(r"\b(TODO|FIXME|XXX)\b(?! #\d)", r"\.(py|js|css|html)$", r"check_project", "unfinished"),
    Rule(
        r"« |\S »|[\w»’)}] [:;?!](?=[\s<\"»]|$)(?![^\[]*\])",
        r"^(templates/.*|app/.*\.py)$",
        r"^templates/ui/README|^app/migrations/",
        "a space that may break where French wants none",
    ),
    Rule(r"\.commit\(\)", r"^app/.*\.py$", r"^app/core/db\.py$", "transactions end in core/db.py"),
)


def tracked() -> list[str]:
    """List the files git knows, and those it would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.split("\n")[:-1]


def offences() -> list[str]:
    """Find each line that breaks a rule."""
    found = []
    for name in tracked():
        path = ROOT / name
        if name.startswith(("static/vendor/", "data/")) or not path.is_file():
            continue
        rules = [r for r in RULES if re.search(r.files, name) and not re.search(r.but, name)]
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            found += [
                f"{name}:{number}: {rule.why}" for rule in rules if re.search(rule.pattern, line)
            ]
    return found


def main() -> None:
    """Print the offences; fail if there is one."""
    found = offences()
    print("\n".join(found) or "project lints: nothing to say")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
