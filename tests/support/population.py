"""Small worlds for the tests of statistics: reference data by hand, and people in them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random

from app.statistics.counts import Counts, TableCache
from app.statistics.disclosure import Rule
from app.statistics.facts import write_year
from app.statistics.grounds import closed_atoms, closed_labels
from app.statistics.ledger import HelpedWith, divides_of
from app.statistics.periods import Level, Period, month
from app.statistics.policy import INTERACTIVE_5, Policy
from app.statistics.reference import Atom, Clause, Clauses, Reference
from app.statistics.store import REFERENCE, YearOfFacts
from app.statistics.vocabulary import BLOCKER, DIMENSIONS, PROCEDURE, WHERE
from tests.support.closed import ActRow, LedgerRow, as_lines

KEY = b"a key of the tests, and of them only"
YEAR = 2026
WHOLE_YEAR = Period(YEAR, Level.YEAR, 1)


@dataclass(frozen=True)
class PlaceThere:
    """A place of the small world, with the months in which it is open."""

    code: str
    organisation: str
    commune: str
    first: Period | None = None
    last: Period | None = None


@dataclass(frozen=True)
class World:
    """Structures, places and territories, few enough to reason about.

    `communes`: commune → (EPCI, département, région). `seats`: structure → commune.
    """

    places: tuple[PlaceThere, ...]
    communes: Mapping[str, tuple[str, str, str]]
    seats: Mapping[str, str]
    procedures: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {
            "apl": ("logement", "caf"),
            "prime-activite": ("social", "caf"),
            "carte-grise": ("transport", "ants"),
            "passeport": ("papiers", "ants"),
            "permis": ("transport", "ants"),
            "declaration-revenus": ("impots", "dgfip"),
        }
    )
    blockers: Mapping[str, str] = field(
        default_factory=lambda: {
            "mot-de-passe": "skills",
            "gestes": "skills",
            "connexion-cout": "connection",
            "equipement-ancien": "equipment",
            "site-panne": "service",
            "piece-manquante": "service",
        }
    )
    advisers: int = 4
    editions: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def organisations(self) -> frozenset[str]:
        return frozenset(self.seats)

    @cached_property
    def reference(self) -> Reference:
        atoms = {
            WHERE: tuple(self._where()),
            PROCEDURE: tuple(
                Atom({"procedure": code, "procedure_theme": theme, "provider": provider})
                for code, (theme, provider) in self.procedures.items()
            ),
            BLOCKER: tuple(
                Atom({"blocker": code, "blocker_family": family})
                for code, family in self.blockers.items()
            ),
            **closed_atoms(),
        }
        labels = closed_labels()
        for family in (WHERE, PROCEDURE, BLOCKER):
            for name in (n for n, d in DIMENSIONS.items() if d.group == family):
                if name not in labels:
                    found = dict.fromkeys(a.above[name] for a in atoms[family] if name in a.above)
                    labels[name] = {code: f"le {code}" for code in found}
        return Reference(labels, atoms, self._advisers(), self.editions)

    def _where(self) -> Iterable[Atom]:
        for place in self.places:
            above = {"place": place.code, "organisation": place.organisation}
            yield Atom(above | self._territory(place.commune), place.first, place.last)
        for organisation, commune in self.seats.items():
            yield Atom({"organisation": organisation} | self._territory(commune))

    def _territory(self, commune: str) -> dict[str, str]:
        epci, departement, region = self.communes[commune]
        return {"commune": commune, "epci": epci, "departement": departement, "region": region}

    def _advisers(self) -> dict[str, dict[str, int]]:
        codes = [period.code for period in WHOLE_YEAR.needed]
        return {name: dict.fromkeys(codes, self.advisers) for name in self.seats}

    def places_of(self, organisation: str) -> list[str]:
        return [place.code for place in self.places if place.organisation == organisation]


ONE_HOUSE = World(  # two places of one structure in one commune: nothing to widen but dropping
    places=(PlaceThere("lieu-a", "s1", "c1"), PlaceThere("lieu-b", "s1", "c1")),
    communes={"c1": ("e1", "35", "53")},
    seats={"s1": "c1"},
)
VALLEY = World(  # two EPCI, five communes, three structures
    places=(
        PlaceThere("quais", "mediatheque", "c1"),
        PlaceThere("halle", "mediatheque", "c2"),
        PlaceThere("val", "france-services", "c2"),
        PlaceThere("bourg", "france-services", "c3"),
        PlaceThere("pont", "centre-social", "c4"),
        PlaceThere("moulin", "centre-social", "c5"),
        PlaceThere("gare", "centre-social", "c4"),
    ),
    communes={
        "c1": ("e1", "35", "53"),
        "c2": ("e1", "35", "53"),
        "c3": ("e1", "35", "53"),
        "c4": ("e2", "35", "53"),
        "c5": ("e2", "35", "53"),
    },
    seats={"mediatheque": "c1", "france-services": "c2", "centre-social": "c4"},
)


def facts_of(
    directory: Path,
    world: World,
    rows: Iterable[LedgerRow],
    key: bytes = KEY,
    acts: Iterable[ActRow] = (),
) -> YearOfFacts:
    """Write the rows as the figures of the year, under a given key."""
    directory.mkdir(parents=True, exist_ok=True)
    written = write_year(
        directory, as_lines(rows), world.reference, key=key, salt="tests", acts=as_lines(acts)
    )
    (directory / REFERENCE).write_text(json.dumps(world.reference.to_json()), encoding="utf-8")
    return YearOfFacts(directory, YEAR, is_final=False, key=key, **written._asdict())


def rule_on(
    facts: YearOfFacts,
    *,
    organisations: frozenset[str] | None = None,
    own: frozenset[str] | None = None,
    policy: Policy = INTERACTIVE_5,
    period: Period = WHOLE_YEAR,
) -> Rule:
    """Give the rule on these figures, as members of all the structures counted see them."""
    seen = organisations or frozenset(facts.reference.labels["organisation"])
    counts = Counts(facts, seen, TableCache(), period.needed)
    return Rule(counts, policy, seen if own is None else own)


def held(**values: str) -> Clauses:
    """Write clauses by name."""
    return tuple(sorted(Clause(name, value) for name, value in values.items()))


def person_rows(
    subjects: Iterable[str], *, each: int = 1, in_month: int = 1, **facts: object
) -> list[LedgerRow]:
    """Give each subject some attendances that are all alike."""
    return [
        LedgerRow(
            attendance=f"{subject}-{in_month}-{visit}",
            subject=subject,
            month=month(YEAR, in_month),
            **facts,  # type: ignore[arg-type]
        )
        for subject in subjects
        for visit in range(each)
    ]


@dataclass(frozen=True)
class Habits:
    """What people are like in a synthetic year."""

    attendances: int = 4_000
    anonymous: float = 0.45
    visits: tuple[float, ...] = (0.55, 0.2, 0.1, 0.06, 0.04, 0.03, 0.02)
    workshops: float = 0.15
    passages: float = 0.06
    dealt: float = 0.0
    helped: float = 0.55
    weights: Mapping[str, Sequence[float]] = field(
        default_factory=lambda: {
            "age_band": (22, 19, 24, 17, 9, 4, 1.5, 3.5),
            "gender": (41, 54, 5),
            "status": (38, 24, 23, 7, 8),
            "mode": (88, 5, 5, 2),
            "home_connection": (45, 8, 6, 3, 8, 30),
        }
    )


def synthetic_year(world: World, seed: int, habits: Habits | None = None) -> list[LedgerRow]:
    """Make one believable year of attendances in a world, always the same for a seed."""
    habits = habits or Habits()
    chance = Random(seed)
    maker = _Maker(world, habits, chance)
    rows: list[LedgerRow] = []
    while len(rows) < habits.attendances:
        rows += maker.person(len(rows))
    return rows[: habits.attendances]


class _Maker:
    def __init__(self, world: World, habits: Habits, chance: Random) -> None:
        self.world, self.habits, self.chance = world, habits, chance
        self.labels = {name: list(values) for name, values in world.reference.labels.items()}
        popular = [1 / (rank + 1) for rank in range(len(world.places))]
        self.place_weights = popular
        self.theme_weights = [1 / (rank + 2) for rank in range(len(self.labels["theme"]))]

    def pick(self, name: str) -> str:
        return self.chance.choices(self.labels[name], self.habits.weights[name])[0]

    def person(self, serial: int) -> list[LedgerRow]:
        anonymous = self.chance.random() < self.habits.anonymous
        visits = 1 if anonymous else 1 + self.chance.choices(range(7), self.habits.visits)[0]
        place = self.chance.choices(self.world.places, self.place_weights)[0]
        profile = {name: self.pick(name) for name in ("age_band", "gender", "status")}
        if profile["age_band"] in ("soixante_dix_plus", "soixante_soixante_neuf"):
            profile["status"] = self.chance.choices(("retraite", profile["status"]), (4, 1))[0]
        equipment = self.equipment()
        connection = self.pick("home_connection")
        subject = None if anonymous else f"s{serial}"
        first = self.chance.randrange(12)
        return [
            self.visit(f"a{serial}-{n}", subject, place, profile, equipment, connection,
                       min(11, first + n * self.chance.randrange(3)))
            for n in range(visits)
        ]  # fmt: skip

    def equipment(self) -> tuple[str, ...]:
        weights = (40, 12, 8, 6, 4, 5, 25)
        found = self.chance.choices(self.labels["equipment"], weights, k=2)
        one = found[0] in ("adequate", "none", "unknown") or found[1] in ("adequate", "none")
        return (found[0],) if one else tuple(dict.fromkeys(found))

    def visit(
        self,
        attendance: str,
        subject: str | None,
        place: PlaceThere,
        profile: Mapping[str, str],
        equipment: tuple[str, ...],
        connection: str,
        in_month: int,
    ) -> LedgerRow:
        chance = self.chance
        workshop = chance.random() < self.habits.workshops
        if not workshop and chance.random() < self.habits.passages:
            return self.passage(attendance, subject, place, in_month)
        mode = "lieu_activite" if workshop else self.pick("mode")
        helped = self.helped() if not workshop and chance.random() < self.habits.helped else ()
        blockers = [code for act in helped for code in act.blockers]
        themes = chance.choices(self.labels["theme"], self.theme_weights, k=chance.randint(1, 2))
        more = Random(f"more of {attendance}")  # what was drawn before does not depend on it
        ticked = [d for d in self.labels["divide"] if chance.random() < 0.12]
        return LedgerRow(
            attendance=attendance,
            subject=subject,
            month=month(YEAR, in_month + 1),
            organisation=place.organisation,
            place=place.code if mode == "lieu_activite" else None,
            kind="workshop" if workshop else "individual",
            mode=mode,
            home_connection=connection,
            minutes=chance.choice((15, 30, 30, 45, 60, 60, 90)),
            dealt=workshop and subject is None and chance.random() < self.habits.dealt,
            level=more.choices(self.labels["level"], (6, 2, 1, 1))[0] if workshop else None,
            autonomy=more.choices(self.labels["autonomy"], (5, 4, 2, 9))[0],
            referral=more.choices(self.labels["referral"], (1, 1, 1, 1, 1, 1, 1, 1, 2, 30))[0],
            material=tuple(dict.fromkeys(more.choices(self.labels["material"], k=2))),
            themes=tuple(dict.fromkeys(themes)),
            procedures=helped,
            divides=divides_of(ticked, blockers, self.world.blockers, equipment, connection),
            equipment=equipment,
            **profile,
        )

    def passage(
        self, attendance: str, subject: str | None, place: PlaceThere, in_month: int
    ) -> LedgerRow:
        return LedgerRow(
            attendance=attendance,
            subject=subject,
            month=month(YEAR, in_month + 1),
            organisation=place.organisation,
            place=place.code,
            kind="passage",
        )

    def helped(self) -> tuple[HelpedWith, ...]:
        names = list(self.world.procedures)
        found = self.chance.choices(
            names, [1 / (n + 1) for n in range(len(names))], k=self.chance.choice((1, 1, 2))
        )
        return tuple(HelpedWith(name, *self.progress()) for name in dict.fromkeys(found))

    def progress(self) -> tuple[str, tuple[str, ...]]:
        outcome = self.chance.choices(self.labels["outcome"], (8, 12, 25, 42, 8, 5))[0]
        blockers = [code for code in self.world.blockers if self.chance.random() < 0.12]
        return outcome, tuple(blockers)
