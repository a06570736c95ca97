"""Turns the cells of one row into facts: what the activity was, and who the person was."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from app.core.text import fold
from app.imports import cells as read
from app.imports.cells import Unreadable
from app.imports.communes import Communes
from app.imports.header import Cells
from app.imports.labels import (
    ADMINISTRATIVE_HELP,
    PROCEDURE_KIND,
    Labels,
    UnknownLabel,
    yes_or_no,
)
from app.imports.redaction import redacted
from app.imports.report import Remark
from app.reference import vocabularies
from app.sessions.models import SessionKind

OLDEST = date(2015, 1, 1)
REFERRALS_SINCE = date(2025, 5, 1)  # before, a procedure's « réorienté » meant something else
_V1 = "espace coop v1"
_OUR_IDS = 7  # app.core.ids
_ONE = ("age_band", "gender", "status", "referral")
_ON_PLACE = "lieu_activite"
# Fields whose cells are read alike whatever the others say: of the activity, then of a person.
_PLAIN = ("held_on", "duration_min", "material", "themes", "tags", "precision", "note")
_PERSONAL = ("age_band", "gender", "status", "is_referred", "referral")


class BadCell(Exception):
    """A cell that keeps its row out: the field, what was read, and why."""

    def __init__(
        self, field: str, value: Any, reason: str, unknown: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.field, self.value, self.reason = field, value, reason
        self.unknown = unknown  # each list and label that nothing gives a meaning
        super().__init__(reason)


class PlaceName(NamedTuple):
    """A place as the file writes it; no commune when it could not be recognised."""

    name: str
    address: str
    commune: str | None


class Facts(NamedTuple):
    """What all the rows of one activity say. Field names are those of `Cells` where they can be."""

    held_on: date
    kind: SessionKind
    mode: str
    place: PlaceName | None
    commune: str | None
    duration_min: int
    title: str
    autonomy_or_level: str | None  # of a workshop: its level
    material: tuple[str, ...]
    themes: tuple[str, ...]
    tags: tuple[str, ...]
    precision: str
    source: bool  # of the tool before (V1), where profiles were dealt at random
    recorded_at: datetime | None
    changed_at: datetime | None

    def difference(self, other: "Facts") -> str | None:
        """Name the first thing that two rows of one activity do not agree on, if any."""
        pairs = zip(self._fields[:_STAMPS], self, other, strict=False)
        return next((name for name, mine, its in pairs if mine != its), None)

    @property
    def has_random_profiles(self) -> bool:
        """Tell whether the national tool dealt the profiles at random (dictionary §§ 5 and 13)."""
        return self.kind is SessionKind.WORKSHOP or self.source


_STAMPS = Facts._fields.index("recorded_at")  # from here on, when it was typed: not content


class Person(NamedTuple):
    """One attendance; anonymous unless a file of the structure is hers."""

    age_band: str = "non_communique"
    gender: str = "non_communique"
    status: str = "non_communique"
    commune: str | None = None
    autonomy: str | None = None
    is_referred: bool | None = None
    referral: str | None = None
    resident_id: UUID | None = None  # when her name is that of one file of the structure


class RowReader:
    """Reads rows of one file, and counts what it keeps otherwise than it stands there."""

    def __init__(
        self,
        *,
        epoch: datetime,
        today: date,
        own: Mapping[tuple[str, str], str] = MappingProxyType({}),
        people: Mapping[str, tuple[UUID, ...]] = MappingProxyType({}),
    ) -> None:
        """Read days from the workbook's day 0, and labels as the structure says (`own`).

        `people`: files of the structure, by folded name; several for namesakes.
        """
        self._people = people
        self._today = today
        self._remarks: Counter[Remark] = Counter()
        self._communes = Communes()
        self._places: dict[tuple[Any, ...], PlaceName | None] = {}
        self._day = partial(read.day, epoch=epoch)
        self._readers = self._make_readers(Labels(own))

    def _make_readers(self, labels: Labels) -> dict[str, Callable[[Any], Any]]:
        """Say how each cell is read; a reader raises Unreadable."""
        return {
            **{name: partial(labels.code_of, name) for name in _ONE},
            "kind": partial(_needed, partial(labels.code_of, "kind")),
            "mode": partial(_needed, partial(labels.code_of, "mode")),
            "material": partial(labels.codes_of, "material"),
            "themes": partial(labels.codes_of, "theme"),
            "level": partial(labels.graded, "level"),
            "autonomy": partial(labels.graded, "autonomy"),
            "held_on": self._held_on,
            "duration_min": read.minutes,
            "place": read.line,
            "address": read.line,
            "title": read.line,
            "tags": _tags,
            "precision": read.lines,
            "note": read.lines,
            "is_referred": yes_or_no,
            "participants": read.rank,
            "headcount": read.headcount,
        }

    def cell(self, cells: Cells, field: str, like: str | None = None) -> Any:
        """Read one cell, as another column would be when it stands for it. Raises BadCell."""
        value = getattr(cells, field)
        try:
            return self._readers[like or field](value)
        except UnknownLabel as error:
            unknown = [(error.vocabulary, label) for label in error.labels]
            raise BadCell(field, value, str(error), unknown) from error
        except Unreadable as error:
            raise BadCell(field, value, str(error)) from error

    def take_remarks(self) -> Counter[Remark]:
        """Give what was kept otherwise since the last time, and start again."""
        taken, self._remarks = self._remarks, Counter()
        return taken

    def problems(self, cells: Cells, persons: Iterable[Cells]) -> list[BadCell]:
        """Find every cell of a refused row that cannot be read; `persons`: who stands in it."""
        found: list[BadCell] = []

        def tried(of: Cells, field: str, like: str | None = None) -> Any:
            try:
                return self.cell(of, field, like)
            except BadCell as bad:
                found.append(bad)
                return None

        kind, mode = tried(cells, "kind"), tried(cells, "mode")
        for field in (*_PLAIN, *(("place", "address") if mode == _ON_PLACE else ())):
            tried(cells, field)
        if kind == SessionKind.WORKSHOP:
            tried(cells, "title")
            tried(cells, *_level(cells))
        for person in persons:
            for field in _PERSONAL:
                tried(person, field)
            if kind not in (None, SessionKind.WORKSHOP):
                tried(person, *_autonomy(person))
        return found

    def facts(self, cells: Cells) -> Facts:
        """Read what the activity was. Raises BadCell."""
        kind, themes = self._kind_and_themes(cells)
        mode = self.cell(cells, "mode")
        place = self._place(cells) if mode == _ON_PLACE else None
        is_workshop = kind is SessionKind.WORKSHOP
        return Facts(
            held_on=self.cell(cells, "held_on"),
            kind=kind,
            mode=mode,
            place=place,
            commune=None if place else self._commune(cells.commune, cells.postcode, cells.insee),
            duration_min=self.cell(cells, "duration_min"),
            title=self._text(self.cell(cells, "title")) if is_workshop else "",
            autonomy_or_level=self.cell(cells, *_level(cells)) if is_workshop else None,
            material=self.cell(cells, "material"),
            themes=themes,
            tags=tuple(self._text(tag) for tag in self.cell(cells, "tags")),
            precision=self._text(self.cell(cells, "precision")),
            source=cells.source is not None and fold(str(cells.source)) == _V1,
            recorded_at=self._recorded_at(cells.recorded_at),
            changed_at=read.moment(cells.changed_at),
        )

    def person(self, cells: Cells, facts: Facts) -> Person:
        """Read who was helped, without any name. Raises BadCell."""
        is_individual = facts.kind is SessionKind.INDIVIDUAL
        person = Person(
            age_band=self.cell(cells, "age_band") or "non_communique",
            gender=self.cell(cells, "gender") or "non_communique",
            status=self.cell(cells, "status") or "non_communique",
            commune=self._commune(cells.home_commune, cells.home_postcode, cells.home_insee),
            autonomy=self.cell(cells, *_autonomy(cells)) if is_individual else None,
            is_referred=self.cell(cells, "is_referred"),
            referral=self.cell(cells, "referral"),
            resident_id=named[0] if len(named := self.named(cells)) == 1 else None,
        )
        is_odd = _is_old_procedure(facts) and not is_of_escale(cells)
        if person.is_referred is not None and is_odd:
            self._remarks[Remark.OLD_REFERRALS] += 1
            return person._replace(is_referred=None)
        return person

    def named(self, cells: Cells) -> tuple[UUID, ...]:
        """Give the files of the structure that carry the name of a row; several for namesakes."""
        return self._people.get(fold(str(cells.name)), ()) if cells.name else ()

    def note(self, cells: Cells) -> str:
        """Read the adviser's note. Raises BadCell."""
        return self._text(self.cell(cells, "note"))

    def _kind_and_themes(self, cells: Cells) -> tuple[SessionKind, tuple[str, ...]]:
        """Read the kind and the themes; a procedure's theme implies the general one."""
        kind = self.cell(cells, "kind")
        themes = self.cell(cells, "themes")
        is_procedure = kind == PROCEDURE_KIND
        if is_procedure or not _administrative().isdisjoint(themes):
            themes = tuple(dict.fromkeys((ADMINISTRATIVE_HELP, *themes)))
        return SessionKind.INDIVIDUAL if is_procedure else SessionKind(kind), themes

    def _held_on(self, value: Any) -> date:
        held_on: date = self._day(value)
        if held_on > self._today:
            raise Unreadable("cette date est à venir")
        if held_on < OLDEST:
            raise Unreadable(f"cette date est d’avant {OLDEST.year}")
        return held_on

    def _recorded_at(self, value: Any) -> datetime | None:
        found = read.moment(value)
        self._remarks[Remark.UNKNOWN_MOMENTS] += found is None and value not in (None, "")
        return found

    def _place(self, cells: Cells) -> PlaceName | None:
        written = (cells.place, cells.address, cells.commune, cells.postcode, cells.insee)
        if written not in self._places:
            name, address = self.cell(cells, "place"), self.cell(cells, "address")
            commune = self._communes.find(*written[2:])
            self._remarks[Remark.CONTRADICTED] += self._communes.contradicts(*written[2:])
            self._places[written] = PlaceName(name, address, commune) if fold(name) else None
        return self._places[written]

    def _commune(self, *written: Any) -> str | None:
        found = self._communes.find(*written)
        if found is None and any(value not in (None, "") for value in written):
            self._remarks[Remark.UNKNOWN_COMMUNES] += 1
        self._remarks[Remark.CONTRADICTED] += self._communes.contradicts(*written)
        return found

    def _text(self, text: str) -> str:
        kept = redacted(text) if text else text
        if kept != text:
            self._remarks[Remark.REDACTED] += 1
        return kept


def canonical(facts: Facts, persons: list[Person], note: str) -> bytes:
    """Write an activity's content so that the same content gives the same bytes.

    Rows of a workshop have no identity and no order; days of entry are not content.
    """
    place = (fold(facts.place.name), facts.place.commune) if facts.place else None
    lists = (sorted(facts.material), sorted(facts.themes), sorted(facts.tags))
    v1 = facts.source and facts.kind is SessionKind.INDIVIDUAL  # any workshop is dealt at random
    plain = facts._replace(place=None, material=(), themes=(), tags=(), source=v1)[:_STAMPS]
    content = [plain, place, lists, sorted(map(_content, persons), key=repr), note]
    return json.dumps(content, default=str, ensure_ascii=False).encode()


def _content(person: Person) -> tuple[Any, ...]:
    """Give what counts of a person; one without a file reads as before files were known."""
    return person if person.resident_id else person[:-1]


def _level(cells: Cells) -> tuple[str, str]:
    """Say which cell holds a workshop's level, and how it is read."""
    return "autonomy_or_level" if cells.level is None else "level", "level"


def _autonomy(cells: Cells) -> tuple[str, str]:
    """Say which cell holds a person's autonomy, and how it is read."""
    return "autonomy_or_level" if cells.autonomy is None else "autonomy", "autonomy"


def _needed(reader: Callable[[Any], str | None], value: Any) -> str:
    found = reader(value)
    if found is None:
        raise Unreadable("la cellule est vide")
    return found


@cache
def _administrative() -> frozenset[str]:
    return frozenset(theme.code for theme in vocabularies.themes("administrative"))


def _tags(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(dict.fromkeys(filter(None, read.lines(value).split("\n"))))


def is_of_escale(cells: Cells) -> bool:
    """Tell what was noted in Escale, by its export: its ids are of version 7, the others' of 4."""
    try:
        return UUID(str(cells.source_id or "").strip()).version == _OUR_IDS
    except ValueError:
        return False


def _is_old_procedure(facts: Facts) -> bool:
    return facts.held_on < REFERRALS_SINCE and ADMINISTRATIVE_HELP in facts.themes
