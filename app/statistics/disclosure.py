"""Disclosure control: the one way from a selection to a figure.

A figure is shown when at least 11 persons stand in it, when it is taken from a group of at least
50, when each wider figure is shown as well, and when nobody small is left out of its row; it then
carries a small noise, the same for everybody. Source: Fraser & Wooton 2005, Marley & Leaver 2011
(cell keys); Hundepool et al. 2012, ch. 4–5 (tables and their differences).
"""

from collections.abc import Iterable, Sequence
from itertools import product

from app.statistics.answers import EMPTY, HIDDEN, Answer, Status
from app.statistics.counts import Counts
from app.statistics.doors import Doors
from app.statistics.ledger import STEP_MIN
from app.statistics.people import Gathering, People, Sum, joined, without
from app.statistics.periods import Period
from app.statistics.policy import Policy, cell_key
from app.statistics.reference import (
    FINISHED,
    Clause,
    Clauses,
    Ground,
    excludes,
    has_no_length,
    implies,
)
from app.statistics.rounding import doubled, nearest, one_figure
from app.statistics.rows import Row, Step
from app.statistics.selection import Selection, crosses_people
from app.statistics.vocabulary import DIMENSIONS, WHERE, Acts, Counted, Measure

MINUTES_STEP = 5


class Rule:
    """The rule on the counts of one year, for some structures.

    `own`: structures whose members are asking; theirs to know.
    """

    def __init__(self, counts: Counts, policy: Policy, own: frozenset[str]) -> None:
        self._counts = counts
        self._policy = policy
        self._own = own
        self._shown: dict[Selection, bool] = {}
        self._rows: dict[tuple[Selection, str], Row] = {}
        self._expected: dict[tuple[object, ...], set[Selection]] = {}
        self._gathered: dict[Gathering, People] = {}
        self._doors = Doors(counts)
        self._alone: dict[Selection, Clause] = {}

    def expect(self, asked: Iterable[tuple[Clauses, Period, Measure]]) -> None:
        """Count beforehand, and at once, what the rule will look at for many figures.

        Nothing depends on it but the time that the answers take.
        """
        people, acts = self.foresee(asked)
        self._counts.read(people)
        self._counts.read_acts(acts)

    def foresee(
        self, asked: Iterable[tuple[Clauses, Period, Measure]]
    ) -> tuple[set[Selection], set[Selection]]:
        """List the selections whose people, and those whose acts, some figures rest on."""
        acts = set()
        for clauses, period, measure in asked:
            if measure.counted is Counted.WORKSHOPS:
                continue
            if selection := self.canonical(Selection(clauses, period, measure.acts)):
                self._expect(selection)
                if measure.counted is not Counted.PERSONS:
                    acts.add(selection)
        return set().union(*self._expected.values()), acts

    def answer(self, clauses: Clauses, period: Period, measure: Measure) -> Answer:
        """Give the figure of a measure under some clauses, whatever the road to them."""
        asked = Selection(clauses, period, measure.acts)
        if measure.counted is Counted.WORKSHOPS:
            return self._answer_workshops(asked)
        selection = self.canonical(asked)
        if selection is None or self._cannot_be(asked, measure):
            return EMPTY
        if not self.shown(selection):
            return HIDDEN
        people = self._people(selection)
        residents = people.persons + self._noise(self._name(selection), people.key)
        if measure.counted is Counted.PERSONS:
            return Answer(Status.PUBLISHED, residents, self._policy.spread)
        return self._answer_acts(selection, measure, residents)

    def shown(self, selection: Selection) -> bool:
        """Tell whether the figure of a canonical selection may be shown."""
        if selection not in self._shown:
            self._shown[selection] = self._is_shown(selection)
        return self._shown[selection]

    def _is_shown(self, selection: Selection) -> bool:
        if self._is_small(selection) or self._details_one_adviser(selection):
            return False
        for step in self._steps(selection):
            if not self._is_base(step.wider):
                return False
            if not self.shown(step.wider):
                return False
            if self._is_hidden_in_row(step):
                return False
        period = selection.period
        if self._few(selection, period.parts):
            return False
        if _details(selection) and self._leaves_few(selection, period):
            return False
        return not (period.is_last and self._few(selection, period.earlier_siblings))

    def _is_small(self, selection: Selection) -> bool:
        people = self._people(selection)
        return self._is_under(self._policy.threshold, selection, people)

    def _is_base(self, selection: Selection) -> bool:
        return not self._is_under(self._policy.base, selection, self._people(selection))

    def _is_under(self, least: int, selection: Selection, people: People) -> bool:
        missing = least - people.persons
        if missing > 0 or missing < -self._policy.spread:
            return missing > 0  # whatever the noise
        return self._noise(self._name(selection), people.key) < missing

    def _is_small_set(self, people: People) -> bool:
        """Tell whether people who are no cell are too few: the noise then has no name in it."""
        least = self._policy.threshold
        noisy = people.persons + self._policy.noise(people.key)
        return people.persons < least or noisy < least

    def _steps(self, selection: Selection) -> Iterable[Step]:
        """List the wider selections, one step each, on every road."""
        for road in self._ground(selection.period).roads(selection.clauses):
            yield Step(selection.having(road.wider), road.split, road.value)
        acts = selection.acts
        if acts is not None and not implies(selection.clauses, acts):
            yield Step(selection.counting(acts.wider), value=acts)

    def _is_hidden_in_row(self, step: Step) -> bool:
        """Tell whether a value of a row must be hidden lest somebody small be told from it."""
        whole = self._people(step.wider)
        if not step.split:  # who has such acts, and who has none
            narrower = self._people(step.wider.counting(Acts(step.value)))
            return self._is_small_set(without(whole, narrower))
        row = self._row(step.wider, step.split)
        if self._is_small_set(without(whole, row.people[step.value])):
            return True
        if step.value in row.others and step.value not in self._next_ones(row):
            return False
        return step.value in self._hidden_together(row)

    def _next_ones(self, row: Row) -> list[str]:
        """Give the values that may have to be hidden beside the small ones, without counting."""
        found = []
        for value in row.others:
            found.append(value)
            if row.people[value].persons >= self._policy.surely_enough:
                break
        return found

    def _hidden_together(self, row: Row) -> frozenset[str]:
        """Give the small values of a row, and more until they are enough together."""
        if row.hidden is None:
            hidden, others = list(row.small), list(row.others)
            while hidden and others and self._are_few(row, hidden):
                hidden.append(others.pop(0))
            row.hidden = frozenset(hidden)
        return row.hidden

    def _are_few(self, row: Row, values: Sequence[str]) -> bool:
        """Tell whether the people of several values are few together, each counted once."""
        there = [row.people[value] for value in values if row.people[value].persons]
        if row.adds_up or len(there) <= 1:
            return self._is_small_set(joined(there))
        if sum(people.persons for people in there) < self._policy.threshold:
            return True
        if max(people.persons for people in there) >= self._policy.surely_enough:
            return False
        return self._is_small_set(self._together(row, values))

    def _together(self, row: Row, values: Sequence[str]) -> People:
        """Count the people of several values; those of the small values, for the whole table."""
        asked = Gathering(row.wider, row.split, tuple(values))
        if asked not in self._gathered:
            asking = {asked}
            if asked.values == row.small:
                asking.update(self._small_values_alike(row))
            self._gathered.update(self._counts.together(tuple(asking)))
        return self._gathered[asked]

    def _small_values_alike(self, row: Row) -> Iterable[Gathering]:
        """List what will be asked as well: the small values of the other rows of the table."""
        alike = self._expected.get(row.wider.shape, set()) | {row.wider}
        for selection, period in product(alike, self._counts.periods):
            wider = selection.during(period)
            if self._is_base(wider):
                other = self._row(wider, row.split)
                if not other.adds_up and len(other.small) > 1:
                    yield Gathering(wider, row.split, other.small)

    def _expect(self, selection: Selection) -> None:
        """Note the selections that stand on the roads from a figure that is asked."""
        alike = self._expected.setdefault(selection.shape, set())
        if selection not in alike:
            alike.add(selection)
            for step in self._steps(selection):
                self._expect(step.wider)

    def _row(self, wider: Selection, split: str) -> Row:
        """Count a row: every value that can be, in the order of the reference data."""
        if (wider, split) not in self._rows:
            people: dict[str, People] = {}
            small = []
            for value, clauses in self._ground(wider.period).row(wider.clauses, split):
                cell = wider.having(clauses)
                people[value] = self._people(cell)
                if self._is_under(self._policy.threshold, cell, people[value]):
                    small.append(value)
            adds_up = DIMENSIONS[split].covers and self._people(wider).persons == sum(
                found.persons for found in people.values()
            )
            self._rows[wider, split] = Row(wider, split, people, tuple(small), adds_up)
        return self._rows[wider, split]

    def _few(self, selection: Selection, periods: Sequence[Period]) -> bool:
        """Tell whether what other periods do not show of the same clauses is few together."""
        kept = [period for period in periods if self._is_kept_back(selection.during(period))]
        if not kept:
            return False
        return self._is_small_set(self._counts.people_during(selection, kept))

    def _leaves_few(self, selection: Selection, period: Period) -> bool:
        """Tell whether few people came outside of a part of it that is shown: regulars but them.

        Where every other door was closed, it is known that nobody did, and it is one figure.
        """
        parts = [p for p in period.parts if not self._doors.are_closed(selection.during(p))]
        if len(parts) == 1 and period == selection.period:
            return False
        everybody = self._people(selection)
        for part in map(selection.during, parts):
            left = without(everybody, self._people(part))
            if self._is_small_set(left) and (
                not self._is_kept_back(part) or self._leaves_few(selection, part.period)
            ):
                return True
        return False

    def _is_kept_back(self, asked: Selection) -> bool:
        selection = self.canonical(asked)
        if selection is None or self._doors.are_closed(asked):
            return False
        return not self.shown(selection)

    def _answer_acts(self, selection: Selection, measure: Measure, residents: int) -> Answer:
        found = self._counts.acts(selection)
        minutes = measure.counted is Counted.MINUTES
        amount = found.minutes if minutes else found.acts
        if minutes and self._few_have_some(found.timed, selection):
            return HIDDEN
        if self._dominates(amount) or self._one_structure_dominates(selection, amount, minutes):
            return HIDDEN
        width = max(1, one_figure(amount.first))
        # A noise that is not that of the people: where each came once without being known, one
        # noise for both would show that nobody is followed, or somebody (docs/decisions/0015).
        name = self._name(selection, measure.name if selection.acts is None else "")
        if minutes:  # steps that do not show how much noise there is
            width = max(STEP_MIN, nearest(width, STEP_MIN))
        value = max(residents, amount.total + self._noise(name, found.key) * width)
        spread = self._policy.spread * doubled(width)
        return Answer(Status.PUBLISHED, nearest(value, MINUTES_STEP) if minutes else value, spread)

    def _answer_workshops(self, asked: Selection) -> Answer:
        """Count workshops: a figure of places, exact; but one adviser's is not detailed either."""
        clauses = self._ground(asked.period).reduce(asked.clauses)
        if clauses is None or self._doors.are_closed(asked):
            return EMPTY
        selection = asked.having(clauses)
        if self._details_one_adviser(selection):
            return HIDDEN
        return Answer(Status.PUBLISHED, self._counts.workshops(selection))

    def _few_have_some(self, timed: People, selection: Selection) -> bool:
        """Tell whether minutes are those of few people, the others having come for a moment."""
        return timed != self._people(selection) and self._is_small_set(timed)

    def _dominates(self, amount: Sum) -> bool:
        one, two = self._policy.first_share, self._policy.first_two_share
        return (
            amount.first * one[1] > amount.total * one[0]
            or (amount.first + amount.second) * two[1] > amount.total * two[0]
        )

    def _one_structure_dominates(self, selection: Selection, amount: Sum, minutes: bool) -> bool:
        """Tell whether a total is nearly that of a structure that is not the reader's."""
        named = {"organisation", "place"} & set(selection.dimensions)
        if named or self._counts.organisations <= self._own:
            return False
        most, total = self._counts.largest_structure(selection)[minutes], amount.total
        share = self._policy.structure_share
        return most * share[1] > total * share[0]

    def names_structure(self, organisation: str, period: Period) -> bool:
        """Tell whether a table may name a structure: one's own, or one that is not small."""
        if organisation in self._own:
            return True
        return not self._is_small(Selection((Clause("organisation", organisation),), period))

    def _cannot_be(self, selection: Selection, measure: Measure) -> bool:
        if excludes(selection.clauses, selection.acts):
            return True
        if measure.counted is Counted.MINUTES and has_no_length(selection.clauses):
            return True
        return self._doors.are_closed(selection)

    def _details_one_adviser(self, selection: Selection) -> bool:
        """Tell whether a place or structure with one adviser is cut by more than one clause."""
        if len(selection.clauses) <= 2:
            return False
        ground = self._ground(selection.period)
        return ground.has_one_adviser(selection.clauses, selection.period)

    def _name(self, selection: Selection, measure: str = "") -> str:
        """Name a figure for its noise.

        Where all doors but those of one part of the period are known to be closed, it is the
        figure of that part: else the same people would have a noise for each length of period.
        The structures looked at stand in the name: else two readers of whom one sees one more
        would have the same figure exactly when it adds nobody.
        """
        if selection.acts is None or selection.acts.world is None:
            selection = selection.during(self._doors.held_in(selection))
        where = tuple(c for c in selection.clauses if DIMENSIONS[c.dimension].group == WHERE)
        return selection.key_name(measure, self._ground(selection.period).structures(where))

    def canonical(self, asked: Selection) -> Selection | None:
        """Write a selection the one way it is decided; None when its clauses cannot be."""
        if asked.acts is Acts.COMPLETED:  # else two names for one thing, and a way round its row
            if excludes(asked.clauses, asked.acts):
                return None
            finished = tuple(sorted({*asked.clauses, FINISHED}))
            asked = asked.having(finished).counting(Acts.PROCEDURES)
        ground = self._ground(asked.period)
        clauses = ground.canonical(asked.clauses)
        place = next((c for c in clauses or () if c.dimension == "place"), None)
        if place is not None and clauses is not None:
            others = tuple(clause for clause in clauses if clause != place)
            clauses = ground.canonical((*others, self._asked_as(place, asked)))
        if clauses is None:
            return None
        undealt = asked.undealt or crosses_people(clauses)
        return Selection(clauses, asked.period, asked.acts, undealt)

    def _asked_as(self, place: Clause, asked: Selection) -> Clause:
        """Ask the only place of a structure or commune as these, unless many came elsewhere."""
        here = Selection((place,), asked.period, asked.acts.world if asked.acts else None)
        if here not in self._alone:
            there = self._people(here)
            self._alone[here] = next(
                (
                    parent
                    for parent in self._ground(asked.period).held_alone(place)
                    if self._is_small_set(without(self._people(here.having((parent,))), there))
                ),
                place,
            )
        return self._alone[here]

    def _ground(self, period: Period) -> Ground:
        return self._counts.facts.reference.ground(self._counts.organisations, period)

    def _people(self, selection: Selection) -> People:
        return self._counts.people(selection)

    def _noise(self, name: str, keys: int) -> int:
        return self._policy.noise(cell_key(self._counts.facts.key, name, keys))


def _details(selection: Selection) -> bool:
    """Tell whether it says more of people than where they came."""
    counts_all = selection.acts is None or selection.acts.world is selection.acts
    return not counts_all or any(DIMENSIONS[c.dimension].group != WHERE for c in selection.clauses)
