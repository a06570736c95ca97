"""What a dashboard asks for, and what it is set beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from app.core import text
from app.core.errors import Invalid
from app.core.text import NBSP
from app.statistics import periods
from app.statistics.address import (
    BY_NAME,
    COMPARE,
    TERRITORIES,
    Asked,
    Filter,
    Link,
    capital,
    values,
)
from app.statistics.answers import Answer, Status
from app.statistics.dashboards.charts import at, compared, figure, no_sure_gap
from app.statistics.derived import Share, is_sure_of
from app.statistics.periods import Period
from app.statistics.questions import Question
from app.statistics.reference import Clause
from app.statistics.service import Counter
from app.statistics.tables import PublishedTable
from app.statistics.vocabulary import DIMENSIONS, WHERE

Tables = dict[str, PublishedTable]
YEAR, BEFORE, NOTHING = "annee", "avant", "rien"
TIMES = ("", YEAR, BEFORE, NOTHING)  # comparisons with another time, or none


@dataclass(frozen=True)
class Wish:
    """A table that a page would show; left out when it says nothing here."""

    measure: str
    by: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


def answered(
    counter: Counter, wishes: Mapping[str, Wish], where: Sequence[str], when: Period
) -> Tables:
    """Answer together what can be asked under these filters.

    Left out: what is held at one value, a territory with one value only, what cannot be crossed.
    """
    asked = {name: _read(counter, wish, where, when) for name, wish in wishes.items()}
    kept = {name: question for name, question in asked.items() if question is not None}
    return dict(zip(kept, counter.answer(list(kept.values())), strict=True))


def _read(counter: Counter, wish: Wish, where: Sequence[str], when: Period) -> Question | None:
    held = tuple(Clause(*one.split("=", 1)) for one in (*where, *wish.more))
    named = {*wish.by, *(clause.dimension for clause in held)}
    if len(named) < len(wish.by) + len(held):  # nothing is cut by what is held at one value
        return None
    ground = counter.view.ground(when)
    for name in wish.by:
        is_where = name in DIMENSIONS and DIMENSIONS[name].group == WHERE
        if is_where and len(ground.values(name, tuple(sorted(held)))) < 2:
            return None
    try:
        return counter.ask(wish.measure, wish.by, [*where, *wish.more], when.code)
    except Invalid:
        return None


_LABEL: Callable[[Share], str] = attrgetter("label")


@dataclass(frozen=True)
class Beside:
    """What figures are set beside: another time (`is_time`), or another territory."""

    where: tuple[str, ...]
    period: Period
    now: str
    then: str
    is_time: bool

    @property
    def names(self) -> tuple[str, str]:
        """How both are called, in the legend of a chart."""
        return self.now, self.then

    def note(self, now: Answer, then: Answer | None, *, exact: bool = False) -> str:
        """Say how one figure stands beside the other."""
        if then is None or then.status is Status.EMPTY:
            return ""
        if self.is_time:
            return compared(now, then, self.period, exact=exact)
        return f"{self.then}{NBSP}: {figure(then, exact=exact) or 'masqué'}"

    def share_note(
        self, now: Share | None, then: Share | None, say: Callable[[Share], str] = _LABEL
    ) -> str:
        """Say what a share was, or is elsewhere; not a change that noise alone can make."""
        words = say(then) if then else "masqué"
        if not self.is_time:
            return f"{self.then}{NBSP}: {words}"
        if now and then and not is_sure_of(now, then):
            return no_sure_gap(self.period)
        return f"{words} {at(self.period)}"


def beside(counter: Counter, asked: Asked, when: Period) -> Beside | None:
    """Read what figures are set beside; the same period a year before when nothing is said.

    Raises Invalid for what cannot be, with a sentence that says what would be possible.
    """
    if asked.compare == NOTHING:
        return None
    if asked.compare in ("", YEAR, BEFORE):
        former = previous(when) if asked.compare == BEFORE else a_year_before(when)
        if former.year not in counter.view.version.years:
            return None
        return Beside(tuple(asked.where), former, capital(when.label), capital(former.label), True)
    name, _, value = asked.compare.partition(":")
    one = BY_NAME.get(name)
    known = values(counter, one, when.code) if one and one.name in TERRITORIES else {}
    if one is None or value not in known:
        raise Invalid(
            "comparer",
            f"Cette comparaison n’existe pas ici. Comparez à l’année d’avant, à la période "
            f"d’avant, ou à un territoire de la liste{NBSP}: ses chiffres seront à côté.",
        )
    others = [f"{f.dimension}={v}" for f, v in asked.held.items() if f.name not in TERRITORIES]
    territories = [
        values(counter, f, asked.period)[v] for f, v in asked.held.items() if f.name in TERRITORIES
    ]
    now = ", ".join(territories) or "Ensemble"
    return Beside((*others, f"{one.dimension}={value}"), when, now, known[value], False)


def a_year_before(when: Period) -> Period:
    """Name the same period of the year before."""
    return Period(when.year - 1, when.level, when.number)


def previous(when: Period) -> Period:
    """Name the period of the same length that ends where this one begins."""
    last = periods.previous_month(when)
    holding = Period(last.year, periods.Level.YEAR, 1).split(when.level)
    return next(one for one in holding if one.last_month == last.number)


def answered_beside(counter: Counter, wishes: Mapping[str, Wish], other: Beside | None) -> Tables:
    """Answer for what figures are set beside; nothing when a value that is held was not there."""
    if other is None:
        return {}
    return answered(counter, wishes, other.where, other.period)


@dataclass(frozen=True)
class Comparison:
    """The choice of what figures are set beside: links, and territories by their filter."""

    links: tuple[Link, ...]
    territories: tuple[tuple[Filter, dict[str, str]], ...]
    chosen: str
    label: str


def comparison(counter: Counter, asked: Asked, when: Period, other: Beside | None) -> Comparison:
    """Offer what there is to compare with."""
    years = counter.view.version.years
    is_time = other is not None and other.is_time
    offered = []
    if a_year_before(when).year in years:
        is_year = is_time and asked.compare != BEFORE
        offered.append(Link("L’année d’avant", asked.link(**{COMPARE: ""}), is_year))
    if when.level is not periods.Level.YEAR and previous(when).year in years:
        is_before = is_time and asked.compare == BEFORE
        offered.append(Link("La période d’avant", asked.link(**{COMPARE: BEFORE}), is_before))
    offered.append(Link("Rien", asked.link(**{COMPARE: NOTHING}), other is None))
    named = {
        one: known
        for name in TERRITORIES
        if len(known := values(counter, one := BY_NAME[name], when.code)) > 1
    }
    current = next((one.label for one in offered if one.is_current), "")
    label = text.lower_first(current) if current else other.then if other else "rien"
    return Comparison(tuple(offered), tuple(named.items()), asked.compare, label)
