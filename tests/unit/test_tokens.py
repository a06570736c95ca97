"""Colours that meet on screen keep their contrast, light and dark (WCAG 2.2 §§ 1.4.3 and 1.4.11).

The pairs are read from the stylesheet that is served, never from a copy of it.
"""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css" / "app.css"

TEXT = 4.5
INTERFACE = 3.0

DIVIDES = ("connection", "equipment", "skills", "service")
STATES = ("good", "warn", "bad")

#: (what is drawn, its grounds, least ratio): what the interface promises, pair by pair.
PROMISED: list[tuple[str, tuple[str, ...], float]] = [
    ("ink", ("page", "paper", "sunk", "option", "sea-soft", "sea-tint"), TEXT),
    ("ink-soft", ("page", "paper", "sunk", "option", "sea-soft", "sea-tint"), TEXT),
    ("ink", ("good-soft", "warn-soft", "bad-soft"), TEXT),  # a helping or warning box
    ("paper", ("ink",), TEXT),  # a toast
    ("sea", ("paper", "page", "sea-soft", "sea-tint"), TEXT),
    ("on-sea", ("sea", "sea-strong"), TEXT),
    ("sea-strong", ("sea-soft", "paper", "page"), TEXT),
    ("buoy", ("paper", "page"), TEXT),
    *((state, (f"{state}-soft", "paper", "page"), TEXT) for state in STATES),
    *((divide, (f"{divide}-soft", "paper", "page"), TEXT) for divide in DIVIDES),
    ("ink-invert", (*DIVIDES, "good"), TEXT),  # a chosen chip, a tick in its round
    ("ink", ("scale-1", "scale-2"), TEXT),
    ("on-scale", ("scale-3", "scale-4", "scale-5"), TEXT),
    ("line-strong", ("page", "paper", "sunk"), INTERFACE),  # edges of controls
    ("hatch", ("page", "paper"), INTERFACE),
    ("focus", ("paper", "page", "focus-halo"), INTERFACE),
    ("focus-halo", ("sea",), INTERFACE),  # the ring is seen on a filled button too
]
PAIRS = [(above, ground, least) for above, grounds, least in PROMISED for ground in grounds]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6}|#[0-9a-f]{3})\b", block))


def blocks(css: str) -> dict[str, str]:
    """Cut the tokens of each theme out of the stylesheet."""
    root = r"\s*:root\s*\{(.*?)\}"
    light = re.search(r"@layer tokens\s*\{" + root, css, re.DOTALL)
    dark = re.search(r"@media \(prefers-color-scheme: dark\)\s*\{" + root, css, re.DOTALL)
    assert light is not None
    assert dark is not None
    return {"light": light[1], "dark": dark[1]}


@pytest.fixture(scope="module")
def themes() -> dict[str, dict[str, str]]:
    found = blocks(CSS.read_text(encoding="utf-8"))
    light = colours(found["light"])
    return {"light": light, "dark": light | colours(found["dark"])}


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_the_one_of_the_standard() -> None:
    assert contrast("#fff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("above", "ground", "least"), PAIRS)
def test_what_is_drawn_can_be_read_on_its_ground(
    themes: dict[str, dict[str, str]], theme: str, above: str, ground: str, least: float
) -> None:
    tokens = themes[theme]

    assert contrast(tokens[above], tokens[ground]) >= least


def test_the_dark_theme_answers_for_every_colour_of_the_light_one(
    themes: dict[str, dict[str, str]],
) -> None:
    found = blocks(CSS.read_text(encoding="utf-8"))

    assert len(themes["light"]) > 35
    assert colours(found["dark"]).keys() == themes["light"].keys()


def test_the_five_steps_of_the_scale_go_one_way(themes: dict[str, dict[str, str]]) -> None:
    for tokens in themes.values():
        steps = [luminance(tokens[f"scale-{step}"]) for step in range(1, 6)]

        assert steps in (sorted(steps), sorted(steps, reverse=True))


def test_what_a_finger_must_touch_is_large_enough() -> None:
    css = CSS.read_text(encoding="utf-8")
    sizes = dict(re.findall(r"--(touch[a-z-]*):\s*([\d.]+)rem", css))

    assert float(sizes["touch"]) * 16 >= 44
    assert float(sizes["touch-primary"]) * 16 >= 56
    assert float(sizes["touch-kiosk"]) * 16 >= 112
    assert float(sizes["touch-gap"]) * 16 >= 8
