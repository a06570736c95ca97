"""What the address of a page of figures asks: a period and filters, one value each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.core.errors import Invalid
from app.core.text import NBSP
from app.reference import vocabularies
from app.statistics import periods
from app.statistics.budget import AskedTooMuch
from app.statistics.periods import Level, Period
from app.statistics.service import Counter

MAX_FILTERS = 2  # with the rows of a table, three things at once
NAMED_VALUES = 12
_NAMED = re.compile(r"\b(?P<code>\d{4}(?:-(?:\d{2}|T\d|S\d))?) \((?P<label>[^)]+)\)")


@dataclass(frozen=True)
class Filter:
    """One filter of the page: its name in the address, what it holds, its words."""

    name: str
    dimension: str
    label: str
    every: str


FILTERS = (
    Filter("lieu", "place", "Lieu", "Tous"),
    Filter("structure", "organisation", "Structure", "Toutes"),
    Filter("commune", "commune", "Commune", "Toutes"),
    Filter("interco", "epci", "Intercommunalité", "Toutes"),
    Filter("departement", "departement", "Département", "Tous"),
    Filter("region", "region", "Région", "Toutes"),
    Filter("age", "age_group", "Âge", "Tous"),
    Filter("genre", "gender", "Genre", "Tous"),
    Filter("type", "kind", "Type", "Tous"),
    Filter("theme", "procedure_theme", "Thème", "Tous"),
)
BY_NAME = {name: one for one in FILTERS for name in (one.name, one.dimension)}
TERRITORIES = ("region", "departement", "interco", "commune", "structure", "lieu")  # their filters
PERIOD = "periode"
VIEW, COMPARE = "vue", "comparer"  # how a page is cut, and what its figures are set beside


@dataclass(frozen=True)
class Link:
    """A choice drawn as a link."""

    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True)
class Asked:
    """What an address asks: a period, filters that can be held, and why it is refused."""

    path: str
    period: str
    held: Mapping[Filter, str]
    refusal: str = ""
    view: str = ""
    compare: str = ""

    @property
    def where(self) -> list[str]:
        """The filters as questions write them."""
        return [f"{one.dimension}={value}" for one, value in self.held.items()]

    def link(self, **changes: str) -> str:
        """Write the address with some answers changed; an empty one is taken away."""
        kept = self.state(**changes)
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def state(self, **changes: str) -> dict[str, str]:
        """Give the answers of the address by name, some of them changed."""
        state = {PERIOD: self.period, VIEW: self.view, COMPARE: self.compare}
        state |= {one.name: value for one, value in self.held.items()}
        return {name: value for name, value in (state | changes).items() if value}


def read_address(path: str, pairs: Iterable[tuple[str, str]], counted: Counter) -> Asked:
    """Read an address; what cannot be held is left out, with the sentence that refuses it."""
    pairs = list(pairs)
    periods_named = [value.strip()[:20] for name, value in pairs if name == PERIOD]
    period = next(reversed(periods_named), "")  # first of all: it says what filters can hold
    held = dict[Filter, str]()
    refusal = "Une seule période à la fois. Gardez-en une." if len(set(periods_named)) > 1 else ""
    kept = {VIEW: "", COMPARE: ""}
    for name, value in pairs:
        if name in kept:
            kept[name] = value.strip()[:80]
        elif value and name != PERIOD:
            one = BY_NAME.get(name)
            refusal = refusal or _refused(counted, one, name, value, held, period)
            if one is not None and value in values(counted, one, period):
                held.setdefault(one, value)
    if len(held) > MAX_FILTERS and not refusal:
        refusal = (
            f"Deux filtres au plus à la fois{NBSP}: au-delà, presque tout serait masqué. "
            f"Enlevez-en {len(held) - MAX_FILTERS}."
        )
    return Asked(path, period, held, refusal, kept[VIEW], kept[COMPARE])


def values(counted: Counter, one: Filter, period: str) -> dict[str, str]:
    """Give what a filter can hold in the year of a period, with the words for it."""
    try:
        year = periods.read(period).year
    except ValueError:
        year = counted.last_month.year
    ground = counted.view.ground(Period(year, Level.YEAR, 1))
    labels = ground.reference.labels[one.dimension]
    return {value: labels[value] for value in ground.values(one.dimension)}


def _refused(
    counted: Counter,
    one: Filter | None,
    name: str,
    value: str,
    held: Mapping[Filter, str],
    period: str,
) -> str:
    """Say why one part of an address cannot be answered, and what could; "" when it can."""
    if one is None:
        possible = ", ".join(each.label.lower() for each in FILTERS)
        return f"Le filtre {_quoted(name)} n’existe pas ici. Filtres possibles{NBSP}: {possible}."
    known = values(counted, one, period)
    listed = [label for code, label in known.items() if code in re.split(r"[,;|]", value)]
    if one in held or len(listed) > 1:
        return (
            f"Une seule valeur par filtre{NBSP}: pas de liste pour {_quoted(one.label)}. "
            "Gardez-en une, ou aucune."
        )
    if not known:
        return (
            f"Rien n’était ouvert dans cette période pour {_quoted(one.label)}. Enlevez ce filtre, "
            "ou choisissez une autre période."
        )
    if value not in known:
        names = ", ".join(list(known.values())[:NAMED_VALUES])
        more = f" ({len(known)} en tout)" if len(known) > NAMED_VALUES else ""
        return (
            f"{_quoted(value)} n’est pas une valeur de {_quoted(one.label)}. "
            f"Valeurs possibles{NBSP}: {names}{more}."
        )
    return ""


def _quoted(words: str) -> str:
    return f"«{NBSP}{words[:60]}{NBSP}»"


def in_words(error: Invalid, asked: Asked, counted: Counter) -> str:
    """Put a refusal in the words of the page, which has labels and no codes."""
    if error.field != "where":
        return error.message
    names = [
        _quoted(values(counted, one, asked.period)[value]) for one, value in asked.held.items()
    ]
    return f"{' et '.join(names)} ne peuvent aller ensemble. Enlevez l’un de ces filtres."


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer, and links to what would have one; `why` when one is to come."""

    sentence: str
    possible: list[Link]
    why: str = ""


def refusal_of(sentence: str, asked: Asked, late: AskedTooMuch | None = None) -> Refusal | None:
    """Make links of the periods that a sentence names, and say them without their codes."""
    if late is not None:
        return Refusal(late.sentence, [Link("Poser la question", asked.link())], late.why)
    if not sentence:
        return None
    codes = [found["code"] for found in _NAMED.finditer(sentence)]
    links = [Link(capital(periods.read(code).label), asked.link(periode=code)) for code in codes]
    return Refusal(_NAMED.sub(r"\g<label>", sentence), links)


def chips(counted: Counter, asked: Asked) -> list[Link]:
    """Show each filter in force with the address that takes it away."""
    return [
        Link(
            f"{one.label}{NBSP}: {values(counted, one, asked.period)[value]}",
            asked.link(**{one.name: ""}),
        )
        for one, value in asked.held.items()
    ]


def selects(counted: Counter, asked: Asked) -> list[dict[str, Any]]:
    """Describe the lists of the filter bar; what has one value only is no choice."""
    found: list[dict[str, Any]] = []
    for one in FILTERS:
        known = values(counted, one, asked.period)
        if len(known) > 1:
            found.append(
                {
                    "name": one.name,
                    "label": one.label,
                    "every": one.every,
                    "options": [{"code": code, "label": label} for code, label in known.items()],
                    "chosen": asked.held.get(one, ""),
                }
            )
    return found


def labelled(vocabulary: str, codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Give the icon and the word of some codes, words kept on one line."""
    found = [vocabularies.value(vocabulary, code) for code in codes]
    return {one.code: (one.icon, one.short_label.replace(" ", NBSP)) for one in found}


def capital(words: str) -> str:
    """Begin with a capital."""
    return words[:1].upper() + words[1:]
