"""Closed lists of codes with their French labels: the national ones to the letter, and ours.

Lists live in data/ because a value is added there, not in code; an enum exists in a domain only
where a rule depends on a value.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from app.reference import files

ThemeFamily = Literal["digital", "administrative"]

EVERY_THEME = "tous"  # in blockers.csv: shown first whatever the procedure is about


class UnknownValue(LookupError):
    """No such vocabulary, or no such code in it."""


@dataclass(frozen=True, slots=True)
class Value:
    """One code of a vocabulary, as people read it.

    `national_label` is the label in the national tool's files, empty where it has no such value;
    `icon` is a symbol of static/icons.svg, or empty.
    """

    vocabulary: str
    code: str
    label: str
    short_label: str
    national_label: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """One of the 30 national themes; `words` are what people say for it."""

    code: str
    label: str
    short_label: str
    family: ThemeFamily
    icon: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcedureTheme:
    """What a procedure is about, in our figures."""

    code: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that stops an online procedure.

    `family` is a code of `blocker_family`; `usual_themes` are procedure themes where it is shown
    first (`usual_everywhere`: in all of them); `what_helps` holds next steps to propose.
    """

    code: str
    label: str
    short_label: str
    family: str
    usual_themes: tuple[str, ...]
    usual_everywhere: bool
    what_helps: tuple[str, ...]
    icon: str


@cache
def themes(family: ThemeFamily | None = None) -> tuple[Theme, ...]:
    """National themes in their official order; those of one family when it is given."""
    found = (
        Theme(
            code=row["code"],
            label=row["label"],
            short_label=row["short_label"],
            family="digital" if row["family"] == "digital" else "administrative",
            icon=row["icon"],
            words=files.listed(row["words"]),
        )
        for row in files.rows("themes.csv")
    )
    return tuple(theme for theme in found if family in (None, theme.family))


def theme(code: str) -> Theme:
    """One national theme; raise UnknownValue."""
    try:
        return _themes_by_code()[code]
    except KeyError:
        raise UnknownValue(f"theme: {code}") from None


@cache
def _themes_by_code() -> dict[str, Theme]:
    return {theme.code: theme for theme in themes()}


@cache
def procedure_themes() -> tuple[ProcedureTheme, ...]:
    """The themes of the catalogue of procedures, in display order."""
    return tuple(ProcedureTheme(**row) for row in files.rows("procedure-themes.csv"))


@cache
def blockers() -> tuple[Blocker, ...]:
    """Every blocker, in display order."""
    icons = {family.code: family.icon for family in _plain()["blocker_family"]}
    return tuple(_blocker(row, icons) for row in files.rows("blockers.csv"))


def _blocker(row: dict[str, str], icons: dict[str, str]) -> Blocker:
    usual = files.listed(row["usual_themes"], "|")
    return Blocker(
        code=row["code"],
        label=row["label"],
        short_label=row["short_label"],
        family=row["family"],
        usual_themes=tuple(theme for theme in usual if theme != EVERY_THEME),
        usual_everywhere=EVERY_THEME in usual,
        what_helps=files.listed(row["what_helps"]),
        icon=icons[row["family"]],
    )


def blocker(code: str) -> Blocker:
    """One blocker; raise UnknownValue."""
    for candidate in blockers():
        if candidate.code == code:
            return candidate
    raise UnknownValue(f"blocker: {code}")


@cache
def _plain() -> dict[str, tuple[Value, ...]]:
    found: dict[str, list[Value]] = {}
    for row in files.rows("vocabularies.csv"):
        found.setdefault(row["vocabulary"], []).append(Value(**row))
    return {name: tuple(members) for name, members in found.items()}


@cache
def vocabularies() -> dict[str, tuple[Value, ...]]:
    """Every vocabulary by name, values in display order."""
    return {
        **_plain(),
        "theme": tuple(
            Value("theme", one.code, one.label, one.short_label, one.label, one.icon)
            for one in themes()
        ),
        "procedure_theme": tuple(
            Value("procedure_theme", one.code, one.label, one.label, icon=one.icon)
            for one in procedure_themes()
        ),
        "blocker": tuple(
            Value("blocker", one.code, one.label, one.short_label, icon=one.icon)
            for one in blockers()
        ),
    }


def values(name: str) -> tuple[Value, ...]:
    """Values of a vocabulary in display order; raise UnknownValue if there is none of that name."""
    try:
        return vocabularies()[name]
    except KeyError:
        raise UnknownValue(name) from None


@cache
def _by_code(name: str) -> dict[str, Value]:
    return {value.code: value for value in values(name)}


def codes(name: str) -> tuple[str, ...]:
    """Codes of a vocabulary in display order."""
    return tuple(_by_code(name))


def value(name: str, code: str) -> Value:
    """One value of a vocabulary; raise UnknownValue."""
    try:
        return _by_code(name)[code]
    except KeyError:
        raise UnknownValue(f"{name}: {code}") from None


def label(name: str, code: str) -> str:
    """The French label of a code; raise UnknownValue."""
    return value(name, code).label


@cache
def _codes_by_national_label(name: str) -> dict[str, str]:
    return {value.national_label: value.code for value in values(name) if value.national_label}


def code_of(name: str, national_label: str) -> str:
    """The code whose label in the national tool's files is this one; raise UnknownValue."""
    try:
        return _codes_by_national_label(name)[national_label]
    except KeyError:
        raise UnknownValue(f"{name}: {national_label}") from None
