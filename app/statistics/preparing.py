"""What is made once figures are published, so that pages open at once: never what they say.

Marginal tables of the shapes that pages ask for, structure by structure; then the pages of each
structure, département, région, coordinator's scope and of the whole, for the periods that have just
closed. A stop in between costs time later, nothing else; the next run goes on.
"""

import fcntl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import col, select

from app.accounts.models import Membership
from app.accounts.permissions import Role
from app.core.db import Database, ReadSession
from app.core.errors import Invalid
from app.core.scope import Scope
from app.core.settings import Settings
from app.organisations.models import Organisation
from app.statistics.address import FILTERS, Asked, Filter
from app.statistics.barometer import View, barometer
from app.statistics.choosing import DASHBOARD
from app.statistics.closing import store_of
from app.statistics.dashboards.activity import activity
from app.statistics.dashboards.asking import Beside, beside
from app.statistics.dashboards.divides import divides
from app.statistics.dashboards.followups import follow_ups
from app.statistics.dashboards.overview import overview
from app.statistics.dashboards.territories import territories
from app.statistics.made import Maker, is_made, is_small
from app.statistics.periods import LENGTH, Level, Period
from app.statistics.policy import INTERACTIVE_5
from app.statistics.questions import Question
from app.statistics.reference import Clause
from app.statistics.selection import Selection
from app.statistics.service import Counter, counter_on
from app.statistics.store import Version, write_safely
from app.statistics.tables import Cell, Memory, PublishedTable, rows_of, unanswered
from app.statistics.vocabulary import MEASURES, WHERE

DONE = f"prepared-{INTERACTIVE_5.name}"  # what another rule prepared is prepared again
SAMPLED = 3  # values of a filter whose pages show what shapes are asked under it
SAMPLED_CELLS = 40
MOST_VALUES = 120  # of a filter whose pages are made one by one
Slugs = frozenset[str]
Filters = Mapping[Filter, str]
Page = Callable[[Counter, Asked, Period, Beside | None], object]


def _barometer(counted: Counter, asked: Asked, when: Period, _: Beside | None) -> None:
    if not asked.held:
        barometer(counted, View.THEME, "", when)


PAGES: tuple[Page, ...] = (overview, divides, activity, follow_ups, territories, _barometer)


@dataclass(frozen=True)
class _Listing(Counter):
    """Lists what pages ask for, and answers nothing."""

    listed: list[Question] = field(default_factory=list)

    def answer(self, asked: Sequence[Question]) -> list[PublishedTable]:
        """Note the questions."""
        self.listed.extend(asked)
        return [unanswered(question, self.view) for question in asked]


def prepare(database: Database, settings: Settings) -> int:
    """Make the tables and pages of the version that serves; give how many pages were made."""
    store = store_of(database, settings)
    version = store.current_or_none()
    if version is None or (version.kept / DONE).exists():
        return 0
    store.forget_former()
    version.kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (version.kept / "preparing").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process is at it
            return 0
        return _prepare(database, version)


def _prepare(database: Database, version: Version) -> int:
    memory = Memory()
    every = version.organisations
    whole = counter_on(version, every, own=every, memory=memory)
    for year in sorted(version.years, reverse=True):
        if not is_made(version.years[year]):
            _make_tables(whole, year)
    with database.reading(Scope.system("preparing figures")) as db:
        coordinated = _coordinated(db)
    opened = 0
    for slugs in _scopes(version, every, coordinated):
        counted = counter_on(version, slugs, own=slugs, memory=memory)
        opened += _open_pages(counted, filtered=slugs in coordinated or len(slugs) == 1)
    write_safely(version.kept / DONE, "")
    return opened


def _make_tables(whole: Counter, year: int) -> None:
    """Make one year's tables of every shape that a page needs, unfiltered or under one filter."""
    people: dict[object, Selection] = {}
    sums: dict[object, Selection] = {}
    when = _longest_closed(year, whole.last_month)
    rule = whole.view.rule(when)
    if rule is None:
        return
    for held in ({}, *_filters(whole, when, SAMPLED)):
        asked = [
            (clauses, when, question.measure)
            for question in _asked(whole, held, when)
            for _, clauses, _ in _some(rows_of(question, whole.view))
        ]
        for kept, found in zip((people, sums), rule.foresee(asked), strict=True):
            kept |= {one.shape: one for one in filter(is_small, found)}
    every = Period(year, Level.YEAR, 1).needed
    closed = sorted(period for period in every if period.end <= whole.last_month)
    Maker(whole.view.version.years[year], closed).make(people.values(), sums.values())


def _some(cells: list[Cell]) -> list[Cell]:
    """Take enough cells of a table to meet every kind of road to them."""
    return cells[:: len(cells) // SAMPLED_CELLS + 1]


def _longest_closed(year: int, last: Period) -> Period:
    """Give the last of the longest periods of a year that are closed."""
    closed = [period for period in Period(year, Level.YEAR, 1).needed if period.end <= last]
    return max(closed, key=lambda period: (LENGTH[period.level], period.number))


def _open_pages(counted: Counter, *, filtered: bool) -> int:
    """Answer the pages of one scope for the periods that closed with the last month."""
    opened = 0
    for period in _just_closed(counted.last_month):
        for page in PAGES:
            _open(counted, page, {}, period)
            opened += 1
        for held in _filters(counted, period, MOST_VALUES) if filtered else ():
            _open(counted, overview, held, period)
            opened += 1
    return opened


def _open(counted: Counter, page: Page, held: Filters, period: Period) -> None:
    """Open a page as somebody would; what cannot be asked under a filter is not."""
    asked = Asked(DASHBOARD, period.code, held)
    try:
        page(counted, asked, period, beside(counted, asked, period))
    except Invalid:
        return


def _just_closed(last: Period) -> Iterator[Period]:
    period: Period | None = last
    while period is not None and period.last_month == last.number:
        yield period
        period = period.wider


def _asked(whole: Counter, held: Filters, period: Period) -> list[Question]:
    """List what every page asks under some filters."""
    listing = _Listing(whole.view, whole.reader)
    for page in PAGES:
        _open(listing, page, held, period)
    for theme in whole.view.reference(period.year).labels["procedure_theme"]:
        where = (Clause("procedure_theme", theme),)  # what a row of the barometer asks
        for by in ("blocker", "blocker_family"):
            listing.listed.append(Question(MEASURES["procedures"], (by,), where, period))
    return list(dict.fromkeys(listing.listed))


def _filters(counted: Counter, period: Period, most: int) -> Iterator[Filters]:
    """List the filters that a page offers, a few values of each."""
    ground = counted.view.ground(period)
    for one in FILTERS:
        values = ground.values(one.dimension)
        if len(values) > 1:
            for value in values[:: max(1, len(values) // most)][:most]:
                yield {one: value}


def _scopes(version: Version, every: Slugs, coordinated: set[Slugs]) -> Iterable[Slugs]:
    """List the sets of structures for which pages are made, each once."""
    found: dict[Slugs, None] = dict.fromkeys([every, *sorted(coordinated, key=sorted)])
    territories: dict[tuple[str, str], set[str]] = {}
    for atom in version.years[version.last_month.year].reference.atoms[WHERE]:
        for name in ("departement", "region"):
            if "place" not in atom.above:  # where a structure has its seat
                around = territories.setdefault((name, atom.above[name]), set())
                around.add(atom.above["organisation"])
    found |= dict.fromkeys(frozenset(around) for around in territories.values())
    return found | dict.fromkeys(frozenset({slug}) for slug in sorted(every))


def _coordinated(db: ReadSession) -> set[Slugs]:
    """List the sets of structures that coordinators see."""
    rows = db.exec(
        select(Membership.account_id, Organisation.slug)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(Membership.role == Role.COORDINATOR, col(Membership.ended_at).is_(None))
    )
    by_account: dict[object, set[str]] = {}
    for account, slug in rows:
        by_account.setdefault(account, set()).add(slug)
    return {frozenset(slugs) for slugs in by_account.values()}
