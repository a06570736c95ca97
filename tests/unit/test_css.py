"""The one stylesheet stays small, and stays readable by iPadOS 15 and Android WebView 100."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "static" / "css" / "app.css"
TEMPLATES = ROOT / "templates"

BUDGET = 14_000
LAYERS = ["reset", "tokens", "base", "layout", "components", "utilities"]
#: At-rules that hold rules; anything else between braces is a rule and holds declarations only.
GROUPS = ("@layer", "@media", "@supports")
#: What came after the oldest browsers we serve, and would be dropped by them in silence.
TOO_NEW = {
    ":has(": r":has\(",
    "color-mix()": r"color-mix\(",
    "relative colours": r"(rgb|hsl|oklch)\(from\b",
    "light-dark()": r"light-dark\(",
    "container queries": r"@container|container-type",
    "media ranges": r"@media[^{]*[<>]=?",
    "@scope": r"@scope",
    "@starting-style": r"@starting-style",
    "subgrid": r"\bsubgrid\b",
    "overflow: clip": r"overflow(-[xy])?:\s*clip\b",
    "dynamic viewport units alone": r"\d(dvh|svh|lvh)\b",
}
RAW_COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b(?!\s*\{)|\b(rgb|rgba|hsl|hsla|lab|lch|oklch|oklab)\(", re.I
)
COLOUR_NAMES = re.compile(r":\s*[^;{}]*\b(white|black|red|green|blue|gray|grey|orange)\b", re.I)


@pytest.fixture(scope="module")
def css() -> str:
    return re.sub(r"/\*.*?\*/", "", CSS.read_text(encoding="utf-8"), flags=re.DOTALL)


def rules(css: str) -> Iterator[tuple[list[str], str]]:
    """Walk the sheet: each opening brace gives what is open around it, and what it opens."""
    around: list[str] = []
    since = 0
    for found in re.finditer(r"[{};]", css):
        words = css[since : found.start()].strip()
        since = found.end()
        if found[0] == "{":
            yield list(around), words
            around.append(words)
        elif found[0] == "}":
            around.pop()
    assert not around


def layer(css: str, name: str) -> str:
    """Give what stands between the braces of one layer."""
    opened = re.search(rf"@layer {name}\s*\{{", css)
    assert opened is not None
    depth = 1
    for found in re.finditer(r"[{}]", css[opened.end() :]):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return css[opened.end() : opened.end() + found.start()]
    raise AssertionError(f"layer {name} is not closed")


def markup_alone(template: str) -> str:
    """Leave out what Jinja reads: `style` is also the name of an argument."""
    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template, flags=re.DOTALL)


def test_the_stylesheet_weighs_less_than_its_budget() -> None:
    assert len(gzip.compress(CSS.read_bytes(), 9, mtime=0)) <= BUDGET


def test_the_walk_finds_the_rules_it_is_to_judge(css: str) -> None:
    selectors = [words for _, words in rules(css)]

    assert len(selectors) > 200
    assert ".button" in selectors


def test_no_rule_stands_inside_another(css: str) -> None:
    nested = [
        (around, words)
        for around, words in rules(css)
        if around and not around[-1].startswith((*GROUPS, "@keyframes"))
    ]

    assert nested == []
    assert "&" not in re.sub(r"\"[^\"]*\"", "", css)


@pytest.mark.parametrize("name", TOO_NEW)
def test_nothing_is_newer_than_the_browsers_we_serve(css: str, name: str) -> None:
    assert re.findall(TOO_NEW[name], css) == []


def test_the_layers_are_declared_in_their_order_and_hold_every_rule(css: str) -> None:
    declared = re.search(r"@layer ([\w, ]+);", css)
    outside = [words for around, words in rules(css) if not around and "@layer" not in words]

    assert declared is not None
    assert declared[1].split(", ") == LAYERS
    assert all("@font-face" in words for words in outside)


def test_colours_are_named_in_the_tokens_and_nowhere_else(css: str) -> None:
    elsewhere = css.replace(layer(css, "tokens"), "")

    assert RAW_COLOUR.search(layer(css, "tokens"))
    assert [found[0] for found in RAW_COLOUR.finditer(elsewhere)] == []
    assert [found[0] for found in COLOUR_NAMES.finditer(elsewhere)] == []


def test_every_token_that_is_used_exists(css: str) -> None:
    defined = set(re.findall(r"(--[\w-]+)\s*:", css))
    used = set(re.findall(r"var\((--[\w-]+)", css))

    assert len(used) > 40
    assert used - defined == set()


def test_the_only_addresses_are_our_own_font() -> None:
    addresses = re.findall(r"url\(\"?([^\")]+)", CSS.read_text(encoding="utf-8"))

    assert addresses == ["../fonts/atkinson-hyperlegible-next.woff2"]
    assert (CSS.parent / addresses[0]).is_file()


def test_no_template_carries_a_style_a_script_or_a_handler_of_its_own() -> None:
    pages = sorted(TEMPLATES.rglob("*.html"))
    forbidden = re.compile(r"\s(style|on[a-z]+)\s*=|<style\b|<script(?![^>]*\ssrc=)")

    found = [
        f"{page.relative_to(TEMPLATES)}: {match[0].strip()}"
        for page in pages
        for match in forbidden.finditer(markup_alone(page.read_text(encoding="utf-8")))
    ]

    assert len(pages) > 10
    assert found == []
