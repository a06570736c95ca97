"""The fact store on disk: whole versions in directories of their own, and which one serves.

A version is written apart, then a small manifest is replaced in one step: readers see the old
version or the new one, never a part. A version with a missing or altered file is passed over for
the last good one.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from app.core.errors import Unavailable
from app.statistics import facts, periods
from app.statistics.periods import Period
from app.statistics.policy import year_key
from app.statistics.reference import Reference
from app.statistics.vocabulary import Table

FORMAT = 2
CURRENT, MANIFEST, REFERENCE = "current.json", "manifest.json", "reference.json"
KEPT_VERSIONS = 2
KEPT = "kept-figures"  # beside the store: what can be made again from it


class NoFigures(Unavailable):
    """No month has been closed yet."""

    title = "Pas encore de chiffres"
    advice = "Les chiffres d’un mois paraissent le 5 du mois suivant."

    @property
    def sentence(self) -> str:
        """Say on a page what there is not, and when there will be."""
        return f"{self.title}. {self.message}"


class FiguresLost(NoFigures):
    """Months were closed, and no version can be read: the next closing job writes one again."""

    title = "Les chiffres ne se lisent pas"
    advice = "Ils vont être écrits de nouveau. Revenez dans une heure, ou prévenez l’équipe."


class FiguresMoved(Unavailable):
    """What was being read is gone or spoilt since: the next reading finds another version."""

    title = "Les chiffres viennent de changer"
    advice = "Rechargez la page dans un instant."


@dataclass(frozen=True)
class YearOfLedger:
    """All that one year of the store is written from."""

    lines: Callable[[], Iterable[str]]  # as `ledger` says
    reference: Reference
    is_final: bool = False
    acts: Callable[[], Iterable[str]] = tuple


@dataclass(frozen=True)
class YearOfFacts:
    """One year of a version: where its tables are, its reference data and its key."""

    directory: Path
    year: int
    is_final: bool
    attendances: int
    key: bytes
    acts: int = 0
    made: Path | None = None  # where what is made of it is kept; beside it when nothing is said

    @property
    def made_in(self) -> Path:
        """Where tables made of these facts are: apart, so that a version is what was published."""
        return self.made or self.directory / "made"

    @cached_property
    def reference(self) -> Reference:
        """The reference data frozen with these figures."""
        path = self.directory / REFERENCE
        return Reference.from_json(json.loads(path.read_text(encoding="utf-8")))

    def path(self, table: Table) -> Path:
        """Where a table is."""
        return self.directory / f"{table}.parquet"


@dataclass(frozen=True)
class Version:
    """One whole version of the store."""

    directory: Path
    data_version: str
    last_month: Period
    years: Mapping[int, YearOfFacts]
    sizes: Mapping[Path, int]
    kept: Path  # where answers made from it are

    @cached_property
    def organisations(self) -> frozenset[str]:
        """Structures that it knows, by their slugs."""
        return frozenset(
            slug for facts in self.years.values() for slug in facts.reference.labels["organisation"]
        )

    def is_whole(self) -> bool:
        """Tell whether every file is still there and not cut short."""
        try:
            return all(path.stat().st_size == size for path, size in self.sizes.items())
        except OSError:
            return False


class FactStore:
    """The store of an installation. One process may publish at a time; any number read."""

    def __init__(self, directory: Path, secret: bytes) -> None:
        self._directory = directory
        self._versions = directory / "versions"
        self._kept = directory.with_name(KEPT)
        self._secret = secret
        self._opened: tuple[str, Version] | None = None
        self._lock = Lock()

    def current(self) -> Version:
        """Give the version that serves. Raises NoFigures when none does, FiguresLost if one did."""
        version = self.current_or_none()
        if version is None:
            raise FiguresLost if self._newest_first() else NoFigures
        return version

    def current_or_none(self) -> Version | None:
        """Give the version that serves, if there is one."""
        named = _read_text(self._directory / CURRENT)
        with self._lock:
            if self._opened and self._opened[0] == named and self._opened[1].is_whole():
                return self._opened[1]
            version = self._open(named) or self._last_good()
            self._opened = None if version is None else (named, version)
            return version

    def publish(
        self,
        years: Mapping[int, YearOfLedger],
        *,
        data_version: str,
        last_month: Period,
        keep: Iterable[int] = (),
    ) -> Version:
        """Write the years given, take those to `keep` from the current version, and switch over."""
        with self._writing():
            before = self.current_or_none()
            work = self._versions / ".writing"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "data_version": data_version,
                "last_month": last_month.code,
                "years": {},
            }
            for year in sorted({*years, *keep}):
                target = work / str(year)
                if year in years:
                    entry = self._write_year(target, year, years[year], data_version)
                else:
                    entry = _link_year(target, year, before)
                manifest["years"][str(year)] = entry
            return self._switch(work, manifest)

    def _write_year(
        self, target: Path, year: int, ledger: YearOfLedger, data_version: str
    ) -> dict[str, Any]:
        target.mkdir()
        written = facts.write_year(
            target,
            ledger.lines(),
            ledger.reference,
            key=year_key(self._secret, year, final=ledger.is_final),
            salt=data_version,
            acts=ledger.acts(),
        )
        shutil.rmtree(target / "spill", ignore_errors=True)
        # Not sorted: values are numbered in the order of the reference data.
        reference = json.dumps(ledger.reference.to_json(), ensure_ascii=False)
        (target / REFERENCE).write_text(reference, encoding="utf-8")
        files = {path.name: _describe(path) for path in sorted(target.iterdir())}
        return {"is_final": ledger.is_final, **written._asdict(), "files": files}

    def _switch(self, work: Path, manifest: dict[str, Any]) -> Version:
        text = _dump(manifest)
        digest = hashlib.sha256(text.encode()).hexdigest()
        stamp = "".join(c for c in manifest["data_version"] if c.isalnum())
        name = f"{stamp}-{digest[:12]}"
        write_safely(work / MANIFEST, text)
        directory = self._versions / name
        if directory.exists() and self._read(name) is None:
            shutil.rmtree(directory)  # an altered copy of the same version
        if directory.exists():
            shutil.rmtree(work)
        else:
            work.rename(directory)
            _sync(self._versions)
        write_safely(self._directory / CURRENT, _dump({"version": name}))
        self._prune(keep=name)
        return self.current()

    def _prune(self, keep: str) -> None:
        """Remove old versions but one: somebody may be reading it."""
        others = [path for path in self._newest_first() if path.name != keep]
        for path in others[KEPT_VERSIONS - 1 :]:
            shutil.rmtree(path, ignore_errors=True)

    def is_latest(self, version: Version) -> bool:
        """Tell whether a version is the last that was published, and not one before it."""
        return _name_in(_read_text(self._directory / CURRENT)) == version.directory.name

    def _open(self, named: str) -> Version | None:
        name = _name_in(named)
        return self._read(name) if name else None

    def _last_good(self) -> Version | None:
        for path in self._newest_first():
            if version := self._read(path.name):
                return version
        return None

    def _newest_first(self) -> list[Path]:
        found = [path for path in self._versions.glob("[!.]*-*") if path.is_dir()]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)

    def _read(self, name: str) -> Version | None:
        """Open a version if every file is there and as it was written."""
        directory = self._versions / name
        try:
            manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
            if manifest["format"] != FORMAT:
                return None
            years = {
                int(year): self._year(directory, int(year), entry)
                for year, entry in manifest["years"].items()
            }
            last_month = periods.read(manifest["last_month"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        sizes = {
            directory / year / name: description["bytes"]
            for year, entry in manifest["years"].items()
            for name, description in entry["files"].items()
        }
        return Version(
            directory, manifest["data_version"], last_month, years, sizes, self._kept / name
        )

    def _year(self, directory: Path, year: int, entry: dict[str, Any]) -> YearOfFacts:
        """Check one year's files. Raises ValueError or OSError."""
        for name, description in entry["files"].items():
            if _describe(directory / str(year) / name) != description:
                raise ValueError(name)
        return YearOfFacts(
            directory / str(year),
            year,
            entry["is_final"],
            entry["attendances"],
            year_key(self._secret, year, final=entry["is_final"]),
            entry["acts"],
            self._kept / f"{year}-{hashlib.sha256(_dump(entry).encode()).hexdigest()[:16]}",
        )

    def forget_former(self) -> None:
        """Remove what was made of versions that are no longer there."""
        versions = [found for path in self._newest_first() if (found := self._read(path.name))]
        there = {version.kept for version in versions}
        there |= {year.made_in for version in versions for year in version.years.values()}
        for path in self._kept.glob("*"):
            if path not in there:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let one process write at a time, whatever happens to it."""
        self._versions.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._directory / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _link_year(target: Path, year: int, before: Version | None) -> dict[str, Any]:
    """Take a year that does not change from the version that serves."""
    if before is None or year not in before.years:
        raise ValueError(f"no figures of {year} to keep")
    shutil.copytree(before.years[year].directory, target, copy_function=os.link)
    manifest = json.loads((before.directory / MANIFEST).read_text(encoding="utf-8"))
    entry: dict[str, Any] = manifest["years"][str(year)]
    return entry


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _name_in(named: str) -> str | None:
    """Read the name of the version that serves; None when there is none to be read."""
    try:
        name = json.loads(named)["version"]
    except (ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def write_safely(path: Path, text: str) -> None:
    """Replace a file in one step, on disk before it shows."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dump(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
