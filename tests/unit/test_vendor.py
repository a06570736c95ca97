"""Third-party files are those that were reviewed, and what is made from them fits its budget."""

import gzip
import hashlib
import re
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from tools import build_assets

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
FONT = ROOT / "static" / "fonts" / "atkinson-hyperlegible-next.woff2"
SPRITE = ROOT / "static" / "icons.svg"


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, object]]:
    return tomllib.loads((VENDOR / "vendor.toml").read_text(encoding="utf-8"))["package"]


@pytest.fixture(scope="module")
def sums() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def test_every_vendored_file_is_the_one_that_was_reviewed(sums: dict[str, str]) -> None:
    present = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.parent != VENDOR
    }

    assert len(present) > 100
    assert present == sums


def test_the_manifest_lists_what_is_there_and_nothing_else(
    manifest: list[dict[str, object]], sums: dict[str, str]
) -> None:
    listed = {
        f"{package['folder']}/{PurePosixPath(name).name}"
        for package in manifest
        for name in package["files"]  # type: ignore[attr-defined]
    }

    assert listed == set(sums)


def test_every_package_is_pinned_with_its_licence(manifest: list[dict[str, object]]) -> None:
    assert len(manifest) == 6
    for package in manifest:
        assert re.fullmatch(r"\d+\.\d+\.\d+", str(package["version"]))
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", str(package["integrity"]))
        assert package["licence"]
        assert (VENDOR / str(package["folder"]) / "LICENSE").is_file()


@pytest.mark.parametrize(
    "name",
    [
        "static/vendor/vendor.toml",
        "static/vendor/SHA256SUMS",
        "tools/vendor.py",
        "tools/build_geography.py",
        "data/README.md",
    ],
)
def test_packages_are_named_and_never_addressed(name: str) -> None:
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_the_sprite_holds_the_icons_that_pages_use_and_no_other() -> None:
    names = re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8"))
    shipped = {path.stem for path in (VENDOR / "lucide").glob("*.svg")}

    assert set(names) == shipped & build_assets.used_names()
    assert len(names) > 60


def test_the_sprite_follows_the_colour_of_the_text_and_carries_no_script() -> None:
    drawing = SPRITE.read_text(encoding="utf-8")

    assert drawing.count('stroke="currentColor"') == drawing.count("<symbol")
    assert "<script" not in drawing
    assert "style=" not in drawing


def test_the_font_and_the_sprite_fit_their_budget() -> None:
    assert FONT.read_bytes()[:4] == b"wOF2"
    assert len(FONT.read_bytes()) <= 17_000
    assert len(gzip.compress(SPRITE.read_bytes(), 9)) <= 8_192
