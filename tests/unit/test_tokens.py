"""Every pair of colours used together can be read, light and dark: 4.5 for text, 3 for shapes."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css" / "app.css"
TEXT, SHAPE = 4.5, 3.0

DIVIDES = ("skills", "equipment", "connection", "service")
STATES = ("good", "warn", "bad")

TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-soft") for ground in ("page", "paper", "sunk")),
    *((ink, ground) for ink in ("ink", "ink-soft") for ground in ("option", "sea-soft")),
    ("ink", "sea-tint"),
    ("ink-soft", "sea-tint"),
    *(("sea", ground) for ground in ("paper", "page", "sea-soft", "sea-tint")),
    ("on-sea", "sea"),
    ("on-sea", "sea-strong"),
    *(("sea-strong", ground) for ground in ("paper", "sea-soft", "sunk")),
    *(("buoy", ground) for ground in ("paper", "page")),
    *((state, ground) for state in STATES for ground in (f"{state}-soft", "paper")),
    *((divide, ground) for divide in DIVIDES for ground in (f"{divide}-soft", "paper")),
    *(("ink-invert", ground) for ground in DIVIDES),
    ("ink", "good-soft"),
    ("ink", "bad-soft"),
    ("ink", "warn-soft"),
    ("ink", "scale-1"),
    ("ink", "scale-2"),
    ("on-scale", "scale-3"),
    ("on-scale", "scale-4"),
    ("on-scale", "scale-5"),
    ("paper", "ink"),
]
SHAPE_PAIRS = [
    *(("line-strong", ground) for ground in ("paper", "page", "sunk")),
    *(("focus", ground) for ground in ("paper", "page")),
    ("focus-halo", "sea"),
    ("focus", "focus-halo"),
    ("hatch", "paper"),
    ("good", "sunk"),
    ("sea", "sunk"),
    ("ink-invert", "good"),
]


def read_tokens() -> dict[str, dict[str, str]]:
    """Read the two palettes of the stylesheet; dark gives only what it changes."""
    css = CSS.read_text(encoding="utf-8")
    rules = re.search(r"@layer tokens \{(.*?)\n\}", css, flags=re.DOTALL)
    assert rules is not None
    light, dark = rules.group(1).split("prefers-color-scheme: dark", 1)
    dark = dark.split("@media", 1)[0]
    values = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6});")
    day = dict(values.findall(light))
    return {"light": day, "dark": day | dict(values.findall(dark))}


TOKENS = read_tokens()


def luminance(colour: str) -> float:
    """WCAG 2: relative luminance of an sRGB colour."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """WCAG 2: contrast ratio of two colours, whichever is lighter."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_words_can_be_read_on_their_ground(scheme: str, ink: str, ground: str) -> None:
    palette = TOKENS[scheme]

    assert contrast(palette[ink], palette[ground]) >= TEXT


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_stand_out_from_their_ground(scheme: str, shape: str, ground: str) -> None:
    palette = TOKENS[scheme]

    assert contrast(palette[shape], palette[ground]) >= SHAPE


def test_dark_changes_every_colour_that_light_sets() -> None:
    unchanged = {name for name, value in TOKENS["light"].items() if TOKENS["dark"][name] == value}

    assert unchanged == set()
