"""Make the fonts and the icon sprite that pages and papers use from the files of static/vendor.

The fonts need fonttools and brotli, which are not dependencies of Escale: install both in a
throwaway environment and run this file with its Python. The sprite needs the standard library
only: `tools/build_assets.py icons`.
"""

import re
import sys
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
ICONS = STATIC / "vendor" / "lucide"
SPRITE = STATIC / "icons.svg"
FONT_SOURCE = (
    STATIC
    / "vendor"
    / "atkinson-hyperlegible-next"
    / "atkinson-hyperlegible-next-latin-wght-normal.woff2"
)
FONT = STATIC / "fonts" / "atkinson-hyperlegible-next.woff2"

NAME = re.compile(r"(?<=[\"',])([a-z][a-z0-9-]*)(?=[\"',\n])")
STROKE = (
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
    ' stroke-linecap="round" stroke-linejoin="round"'
)

# What French typography uses beyond ASCII; a name with any other letter is drawn by the system.
LETTERS = "àâäæçéèêëîïôöœùûüÿñáíóúãõåøßìòÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜÑÁÍÓÚÃÕÅØ"
SIGNS = "\u00a0«»’‘“”…–—·•€°²³×−±§©ºª\u2009"
# The source lacks these two: they take the drawing of a sign of the same shape.
BORROWED = {0x202F: 0x2009, 0x2011: 0x002D}
WEIGHTS = (400, 700)
# Papers (Typst) read TTF; a family is one script, since Typst falls back from one to the next.
PAPER_FONTS = STATIC.parent / "data" / "fonts"
SCRIPTS = {
    "print-atkinson-hyperlegible-next": ("latin", "latin-ext"),
    "print-noto-sans": ("cyrillic",),
    "print-noto-sans-arabic": ("arabic",),
}
FEATURES = ["ccmp", "kern", "mark", "mkmk", "locl", "tnum", "pnum"]


def symbol(path: Path) -> str:
    """Turn one Lucide file into a <symbol> whose id is the file's name."""
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
    if drawing is None:
        raise ValueError(f"{path.name} is not a drawing")
    shapes = re.sub(r">\s+<", "><", drawing[1].strip()).replace(" />", "/>")
    return f'<symbol id="{path.stem}" {STROKE}>{shapes}</symbol>'


def used_names() -> set[str]:
    """List the words of templates, code and data that may name an icon: no other is served."""
    root = STATIC.parent
    patterns = ("templates/**/*.html", "app/**/*.py", "data/*.csv", "data/*.toml", "static/js/*.js")
    return {
        word
        for pattern in patterns
        for path in root.glob(pattern)
        for word in NAME.findall(path.read_text(encoding="utf-8"))
    }


def sprite(folder: Path) -> str:
    """Put the icons of a folder that are used in one sprite, by name."""
    used = used_names()
    found = [path for path in sorted(folder.glob("*.svg")) if path.stem in used]
    symbols = "\n".join(symbol(path) for path in found)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def subset_font(source: Path, target: Path) -> None:
    """Write the French subset of the variable font, weights 400 to 700, default zero slashed."""
    from fontTools.subset import Options, Subsetter  # type: ignore[import-not-found]
    from fontTools.ttLib import TTFont  # type: ignore[import-not-found]
    from fontTools.varLib.instancer import (  # type: ignore[import-not-found]
        instantiateVariableFont,
    )

    font = TTFont(source, recalcTimestamp=False)
    for table in font["cmap"].tables:
        for borrower, lender in BORROWED.items():
            table.cmap[borrower] = table.cmap[lender]
    options = Options(layout_features=FEATURES, flavor="woff2", hinting=False, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 13, 14]
    subsetter = Subsetter(options)
    text = LETTERS + SIGNS + "".join(map(chr, BORROWED)) + "".join(map(chr, range(0x20, 0x7F)))
    subsetter.populate(text=text)
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": WEIGHTS}, inplace=True)
    font.flavor = "woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


def paper_fonts(target: Path) -> None:
    """Write the fonts of papers, each under the name of its script, and the letters they draw."""
    from fontTools.ttLib import TTFont

    target.mkdir(parents=True, exist_ok=True)
    drawn: set[int] = set()
    for folder, scripts in SCRIPTS.items():
        for script in scripts:
            for weight in WEIGHTS:
                package = folder.removeprefix("print-")
                name = f"{package}-{script}-{weight}-normal.woff2"
                font = TTFont(STATIC / "vendor" / folder / name, recalcTimestamp=False)
                font.flavor = None
                for record in font["name"].names:
                    if record.nameID in (1, 4, 16):
                        record.string = f"Escale {script}"
                font.save(target / f"{script}-{weight}.ttf")
                drawn |= set(font.getBestCmap())
    letters = "".join(map(chr, sorted(drawn)))
    (target / "letters.txt").write_text(letters, encoding="utf-8", newline="")


def main(what: list[str]) -> int:
    """Make what is named: `icons`, `font`, `papers`; all when nothing is."""
    if "icons" in what or not what:
        SPRITE.write_text(sprite(ICONS), encoding="utf-8")
    if "font" in what or not what:
        subset_font(FONT_SOURCE, FONT)
    if "papers" in what or not what:
        paper_fonts(PAPER_FONTS)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
