"""The stylesheet and the scripts stay light, and old tablets can read them."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "static" / "css" / "app.css"
SUBJECTS = [path for path in STYLES.parent.glob("*.css") if path != STYLES]  # of their pages only
SCRIPTS = ROOT / "static" / "js"
TEMPLATES = ROOT / "templates"

MAX_STYLES = 14 * 1024
MAX_SCRIPTS = 6 * 1024

# iPadOS 15.4 and Android WebView 100 ignore these, sometimes with the whole rule around them.
TOO_NEW = (
    r":has\(",
    r"color-mix\(",
    r"light-dark\(",
    r"\boklch\(",
    r"@container\b",
    r"@scope\b",
    r"\bsubgrid\b",
    r"\d[ds]vh\b",
    r"(?m)^\s*&",
)


@pytest.fixture(scope="module")
def css() -> str:
    every = "".join(path.read_text(encoding="utf-8") for path in (STYLES, *SUBJECTS))
    return re.sub(r"/\*.*?\*/", "", every, flags=re.DOTALL)


def test_the_stylesheets_of_each_page_fit_their_budget() -> None:
    assert SUBJECTS
    for subject in SUBJECTS:
        both = STYLES.read_bytes() + subject.read_bytes()
        assert len(gzip.compress(both, mtime=0)) <= MAX_STYLES, subject.name


def test_the_scripts_fit_their_budget() -> None:
    every = b"".join(path.read_bytes() for path in sorted(SCRIPTS.glob("*.js")))

    assert every
    assert len(gzip.compress(every, mtime=0)) <= MAX_SCRIPTS


@pytest.mark.parametrize("syntax", TOO_NEW)
def test_nothing_in_the_stylesheet_is_too_new_for_old_tablets(css: str, syntax: str) -> None:
    assert re.findall(syntax, css) == []


def test_style_rules_are_not_nested(css: str) -> None:
    """Braces may only open inside a group rule (@layer, @media): never inside a style rule."""
    opened: list[bool] = []
    for prelude, brace in re.findall(r"([^{}]*)([{}])", css):
        if brace == "}":
            opened.pop()
            continue
        selector = prelude.split(";")[-1].strip()
        assert not opened or opened[-1], f"nested in a style rule: {selector}"
        opened.append(selector.startswith("@") and not selector.startswith("@font-face"))

    assert opened == []


def test_every_layer_is_declared_first(css: str) -> None:
    declared = re.search(r"@layer ([\w, ]+);", css)
    used = re.findall(r"@layer (\w+) \{", css)

    assert declared is not None
    assert {name.strip() for name in declared.group(1).split(",")} == set(used)


def test_the_font_of_the_stylesheet_is_served_from_here(css: str) -> None:
    addresses = re.findall(r"url\(\"([^\"]+)\"\)", css)

    assert addresses
    for address in addresses:
        assert (STYLES.parent / address).resolve().is_file()


def test_no_template_has_inline_styles_or_scripts() -> None:
    """The security policy refuses them: they would be lost without a word."""
    pages = list(TEMPLATES.rglob("*.html"))
    offences = [
        f"{page.relative_to(ROOT)}: {found}"
        for page in pages
        for found in re.findall(
            r"<\w[^>{]*?\s(?:style|on\w+)=\"|<script(?![^>]*src=)[^>]*>",
            page.read_text(encoding="utf-8"),
        )
    ]

    assert pages
    assert offences == []
