"""Copy pinned third-party files into static/vendor from the packages named in vendor.toml.

Needs `npm` on the path, and whatever registry it is set up with; the copied files are committed,
so neither running Escale nor testing it needs the network.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Package:
    """One package of the registry, and what is copied from it."""

    name: str
    version: str
    integrity: str
    licence: str
    folder: str
    files: tuple[str, ...]


class IntegrityError(Exception):
    """A downloaded package is not the one that was reviewed."""


def read_manifest(path: Path) -> list[Package]:
    """Read vendor.toml."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    return [Package(**{**entry, "files": tuple(entry["files"])}) for entry in entries]


def check_integrity(tarball: Path, integrity: str) -> None:
    """Compare a tarball with its « sha512-… » string; raise IntegrityError if they differ."""
    algorithm, _, expected = integrity.partition("-")
    actual = base64.b64encode(hashlib.new(algorithm, tarball.read_bytes()).digest()).decode()
    if algorithm != "sha512" or actual != expected:
        raise IntegrityError(f"{tarball.name}: expected {integrity}, got {algorithm}-{actual}")


def fetch(name: str, version: str, integrity: str, into: Path) -> Path:
    """Download one package with npm and give the path of its verified tarball."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"],
        cwd=into,
        check=True,
        capture_output=True,
        text=True,
    )
    tarball = into / packed.stdout.strip().splitlines()[-1]
    check_integrity(tarball, integrity)
    return tarball


def copy_files(package: Package, tarball: Path, vendor: Path) -> None:
    """Write the listed files of a tarball under vendor/<folder>, and remove any other."""
    folder = vendor / package.folder
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {PurePosixPath(name).name: name for name in package.files}
    for stale in folder.iterdir():
        if stale.name not in wanted:
            stale.unlink()
    with tarfile.open(tarball) as archive:
        for target, source in wanted.items():
            member = archive.extractfile(f"package/{source}")
            if member is None:
                raise FileNotFoundError(f"{source} is not a file of {package.name}")
            (folder / target).write_bytes(member.read())


def write_sums(vendor: Path) -> None:
    """Write SHA256SUMS, in the format of `sha256sum`, for every copied file."""
    paths = sorted(path for path in vendor.rglob("*") if path.is_file() and path.parent != vendor)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(vendor).as_posix()}\n"
        for path in paths
    ]
    (vendor / SUMS).write_text("".join(lines), encoding="utf-8")


def main() -> int:
    """Refresh every package of the manifest."""
    packages = read_manifest(VENDOR / "vendor.toml")
    with tempfile.TemporaryDirectory() as scratch:
        for package in packages:
            tarball = fetch(package.name, package.version, package.integrity, Path(scratch))
            copy_files(package, tarball, VENDOR)
            print(f"{package.name} {package.version}: {len(package.files)} files", file=sys.stderr)
    write_sums(VENDOR)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
