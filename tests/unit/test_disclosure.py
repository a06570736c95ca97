"""The rule of disclosure control, on people few enough to count by hand."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from app.statistics.answers import EMPTY, HIDDEN, Answer, Status
from app.statistics.disclosure import Rule
from app.statistics.ledger import HelpedWith
from app.statistics.periods import Level, Period, month
from app.statistics.policy import INTERACTIVE_5, cell_key, hmac32
from app.statistics.vocabulary import MEASURES
from tests.support.closed import LedgerRow
from tests.support.population import (
    ONE_HOUSE,
    VALLEY,
    WHOLE_YEAR,
    PlaceThere,
    World,
    facts_of,
    held,
    person_rows,
    rule_on,
)

TEST_KEY = b"escale-test-vector"
RESIDENTS = MEASURES["residents"]
ATTENDANCES = MEASURES["attendances"]


def published(value: int) -> Answer:
    return Answer(Status.PUBLISHED, value, INTERACTIVE_5.spread)


@pytest.fixture(scope="module")
def worked_example(tmp_path_factory: pytest.TempPathFactory) -> Rule:
    """Sixty-four persons, all in one month, with keys anybody can compute."""
    rows: list[LedgerRow] = []
    for number in range(1, 65):
        gender = "feminin" if number <= 36 else "masculin"
        rows += person_rows(
            [f"r{number:03d}"],
            organisation="s1",
            place="lieu-a" if number <= 40 else "lieu-b",
            gender=gender if number <= 60 else "non_communique",
            equipment=("phone_only",) if number <= 36 else ("adequate",),
        )
    return rule_on(facts_of(tmp_path_factory.mktemp("vector"), ONE_HOUSE, rows, TEST_KEY))


def test_keys_are_those_of_the_worked_example() -> None:
    persons = [hmac32(TEST_KEY, f"person:r00{number}") for number in range(1, 5)]
    among = sha256(b"s1").hexdigest()[:16]
    names = [f"cell:{of}@month|{among}" for of in ("", "gender", "place", "equipment")]
    cells = [hmac32(TEST_KEY, name) for name in names]

    assert persons == [3225737014, 427654378, 3286506850, 1577657876]
    assert among == "e8bc163c82eee187"
    assert cells == [770489678, 4200297435, 2710717756, 497544621]
    hashed = hmac32(TEST_KEY, f"{names[0]}#3974210814")
    assert hashed == cell_key(TEST_KEY, names[0], 3974210814) == 1596390545
    assert hashed == cell_key(TEST_KEY, names[0], 3974210814 + 2**32)


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({}, published(63)),
        ({"gender": "feminin"}, published(36)),
        ({"gender": "masculin"}, HIDDEN),
        ({"gender": "non_communique"}, HIDDEN),
        ({"place": "lieu-a"}, published(42)),
        ({"place": "lieu-b"}, published(25)),
        ({"equipment": "phone_only"}, published(36)),
        ({"place": "lieu-a", "gender": "feminin"}, HIDDEN),
    ],
)
def test_figures_are_those_of_the_worked_example(
    worked_example: Rule, values: dict[str, str], answer: Answer
) -> None:
    assert worked_example.answer(held(**values), WHOLE_YEAR, RESIDENTS) == answer


def test_people_of_one_open_month_have_one_figure_whatever_the_length_of_the_period(
    worked_example: Rule,
) -> None:
    """Doors closed the rest of the year are known: four noises would be averaged."""
    june = next(p for p in WHOLE_YEAR.needed if worked_example.answer((), p, RESIDENTS) != EMPTY)
    for clauses in ((), held(place="lieu-a"), held(equipment="phone_only")):
        for measure in (RESIDENTS, ATTENDANCES, MEASURES["duration_min"]):
            figures = {
                worked_example.answer(clauses, period, measure)
                for period in WHOLE_YEAR.needed
                if period.bits & june.bits
            }
            assert len(figures - {EMPTY}) == 1


def test_two_readers_of_whom_one_sees_one_more_structure_do_not_share_their_noise(
    tmp_path: Path,
) -> None:
    """Equal figures would prove that the one more has nobody there, different ones somebody."""
    world = World(
        (
            PlaceThere("ici", "s1", "c1"),
            PlaceThere("la", "s2", "c2"),
            PlaceThere("bas", "s3", "c3"),
        ),
        dict.fromkeys(("c1", "c2", "c3"), ("e1", "d1", "r1")),
        {"s1": "c1", "s2": "c2", "s3": "c3"},
    )
    themes = list(world.reference.labels["theme"])
    rows = [  # every theme has people in two structures only; the third is there for another
        row
        for number, theme in enumerate(themes[:-1])
        for at, (place, who) in enumerate((("ici", "s1"), ("la", "s2")))
        for row in person_rows(
            [f"{number}-{at}-{n}" for n in range(40)],
            organisation=who,
            place=place,
            themes=(theme,),
        )
    ]
    rows += person_rows(
        [f"bas-{n}" for n in range(60)], organisation="s3", place="bas", themes=(themes[-1],)
    )
    facts = facts_of(tmp_path, world, rows)
    two, three = (
        rule_on(facts, organisations=frozenset(seen)) for seen in (("s1", "s2"), ("s1", "s2", "s3"))
    )
    figures = [
        (one.value, other.value)
        for theme in themes[:-1]
        if (one := two.answer(held(theme=theme), WHOLE_YEAR, RESIDENTS)).value
        and (other := three.answer(held(theme=theme), WHOLE_YEAR, RESIDENTS)).value
    ]
    equal = sum(one == other for one, other in figures)

    assert len(figures) >= 20
    assert equal < len(figures) / 2  # by chance, one in seven
    of_one = [rule.answer(held(organisation="s1"), WHOLE_YEAR, RESIDENTS) for rule in (two, three)]
    assert of_one[0] == of_one[1]  # what is asked of the same structures stays one figure


def test_finished_procedures_are_procedures_with_that_outcome(tmp_path: Path) -> None:
    """By another name, they would be told though their row hides them, and averaged."""
    rows = [
        row
        for outcome, number in (("finished", 60), ("prepared", 64), ("abandoned", 4))
        for row in crowd(outcome, number, procedures=(HelpedWith("apl", outcome),))
    ]
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))
    finished = rule.answer((), WHOLE_YEAR, MEASURES["completed_procedures"])

    assert finished == rule.answer(held(outcome="finished"), WHOLE_YEAR, MEASURES["procedures"])
    assert finished == HIDDEN
    assert rule.answer(held(outcome="abandoned"), WHOLE_YEAR, MEASURES["procedures"]) == HIDDEN


def people(name: str, number: int) -> list[str]:
    return [f"{name}{serial}" for serial in range(number)]


def crowd(name: str, number: int, **facts: object) -> list[LedgerRow]:
    """People who came once to one place of the one house."""
    return person_rows(people(name, number), **({"organisation": "s1", "place": "lieu-a"} | facts))


def valley(name: str, number: int, place: str, **facts: object) -> list[LedgerRow]:
    """People who came once to one place of the valley."""
    structure = next(there.organisation for there in VALLEY.places if there.code == place)
    return person_rows(people(name, number), organisation=structure, place=place, **facts)


def of_all_sorts(place: str, number: int, **facts: object) -> list[LedgerRow]:
    """People of every gender and status, as many of each."""
    maker = crowd if place.startswith("lieu") else valley
    return [
        row
        for gender in ("feminin", "masculin", "non_communique")
        for status in ("retraite", "sans_emploi", "en_emploi", "scolarise", "non_communique")
        for row in maker(
            f"{place}-{gender}-{status}",
            number,
            place=place,
            gender=gender,
            status=status,
            **facts,
        )
    ]


def test_a_figure_is_taken_from_at_least_fifty_persons(tmp_path: Path) -> None:
    rows = [
        row
        for place, number in (("lieu-a", 16), ("lieu-b", 40))
        for gender in ("feminin", "masculin", "non_communique")
        for row in crowd(f"{place}-{gender}", number, gender=gender, place=place)
    ]
    facts = facts_of(tmp_path, ONE_HOUSE, rows)
    asked = (held(gender="feminin", place="lieu-a"), WHOLE_YEAR, RESIDENTS)

    from_any_number = rule_on(facts, policy=replace(INTERACTIVE_5, base=11))

    assert from_any_number.answer(*asked).status is Status.PUBLISHED
    assert rule_on(facts).answer(*asked) == HIDDEN  # sixteen of forty-eight


def test_a_group_of_one_answer_is_hidden(tmp_path: Path) -> None:
    rows = crowd("r", 80, status="retraite") + crowd("e", 4, status="en_emploi")
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    answers = [
        rule.answer(held(status=status), WHOLE_YEAR, RESIDENTS)
        for status in ("retraite", "en_emploi", "scolarise")
    ]

    assert answers == [HIDDEN, HIDDEN, HIDDEN]


def test_zero_is_hidden_like_any_small_number(tmp_path: Path) -> None:
    rows = crowd("r", 60, status="retraite") + crowd("e", 60, status="en_emploi")
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    assert rule.answer(held(status="scolarise"), WHOLE_YEAR, RESIDENTS) == HIDDEN


def test_a_value_that_leaves_few_people_out_is_hidden_even_where_answers_overlap(
    tmp_path: Path,
) -> None:
    rows = crowd("both", 60, themes=("email", "bureautique"))
    rows += crowd("one", 40, themes=("email", "sante"))
    rows += crowd("other", 5, themes=("bureautique",))
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    email = rule.answer(held(theme="email"), WHOLE_YEAR, RESIDENTS)
    office = rule.answer(held(theme="bureautique"), WHOLE_YEAR, RESIDENTS)

    assert email == HIDDEN  # five persons came for something else only
    assert office.status is Status.PUBLISHED


def test_an_only_child_is_asked_as_its_parent(tmp_path: Path) -> None:
    rows = valley("q", 80, "quais") + valley("h", 70, "halle") + valley("v", 90, "val")
    rows += valley("b", 60, "bourg") + valley("p", 60, "pont") + valley("m", 90, "moulin")
    rule = rule_on(facts_of(tmp_path, VALLEY, rows))

    place = rule.answer(held(place="moulin"), WHOLE_YEAR, RESIDENTS)
    commune = rule.answer(held(commune="c5"), WHOLE_YEAR, RESIDENTS)
    département = rule.answer(held(departement="35"), WHOLE_YEAR, RESIDENTS)
    everybody = rule.answer((), WHOLE_YEAR, RESIDENTS)

    assert place == commune
    assert place.status is Status.PUBLISHED
    assert département == everybody


@pytest.mark.parametrize(("elsewhere", "is_asked_as_commune"), [(0, True), (4, True), (60, False)])
def test_the_only_place_of_a_commune_is_asked_as_it_unless_many_came_elsewhere(
    tmp_path: Path, elsewhere: int, is_asked_as_commune: bool
) -> None:
    rows = valley("q", 90, "quais") + valley("h", 70, "halle") + valley("v", 90, "val")
    rows += valley("b", 60, "bourg") + valley("p", 60, "pont") + valley("m", 90, "moulin")
    rows += [replace(row, place=None, mode="domicile") for row in valley("e", elsewhere, "quais")]
    rule = rule_on(facts_of(tmp_path, VALLEY, rows))

    place = rule.answer(held(place="quais"), WHOLE_YEAR, RESIDENTS)
    commune = rule.answer(held(commune="c1"), WHOLE_YEAR, RESIDENTS)

    assert place.status is commune.status is Status.PUBLISHED
    assert (place == commune) is is_asked_as_commune
    assert abs((place.value or 0) - 90) <= 6 + (elsewhere if is_asked_as_commune else 0)


def test_a_clause_implied_by_a_finer_one_changes_nothing(tmp_path: Path) -> None:
    rows = valley("q", 80, "quais") + valley("h", 70, "halle") + valley("v", 90, "val")
    rows += valley("b", 60, "bourg") + valley("p", 80, "pont") + valley("g", 90, "gare")
    rows += valley("m", 60, "moulin")
    rule = rule_on(facts_of(tmp_path, VALLEY, rows))

    alone = rule.answer(held(place="gare"), WHOLE_YEAR, RESIDENTS)
    said_again = rule.answer(
        held(place="gare", commune="c4", epci="e2", organisation="centre-social"),
        WHOLE_YEAR,
        RESIDENTS,
    )

    assert alone == said_again
    assert alone.status is Status.PUBLISHED


def test_a_place_is_compared_with_its_commune_and_with_its_structure(tmp_path: Path) -> None:
    rows = valley("q", 80, "quais") + valley("h", 70, "halle") + valley("b", 60, "bourg")
    rows += valley("p", 60, "pont") + valley("m", 60, "moulin")

    few_beside = rule_on(facts_of(tmp_path / "few", VALLEY, [*rows, *valley("v", 5, "val")]))
    many_beside = rule_on(facts_of(tmp_path / "many", VALLEY, [*rows, *valley("v", 90, "val")]))

    asked = (held(place="halle"), WHOLE_YEAR, RESIDENTS)
    assert few_beside.answer(*asked) == HIDDEN  # its structure is large, its commune tells
    assert many_beside.answer(*asked).status is Status.PUBLISHED


def test_a_structure_within_one_commune_is_compared_with_that_commune(tmp_path: Path) -> None:
    rows = valley("q", 80, "quais") + valley("x", 5, "quais", mode="domicile")
    world = World(
        places=(PlaceThere("quais", "mediatheque", "c1"), PlaceThere("pont", "centre", "c1")),
        communes={"c1": ("e1", "35", "53"), "c2": ("e2", "35", "53")},
        seats={"mediatheque": "c1", "centre": "c2"},
    )
    rows += person_rows(people("p", 6), organisation="centre", place="pont")
    rows += person_rows(people("e", 90), organisation="centre", place=None, mode="domicile")
    rule = rule_on(facts_of(tmp_path, world, rows))

    assert rule.answer(held(organisation="mediatheque"), WHOLE_YEAR, RESIDENTS) == HIDDEN


def test_profiles_dealt_at_random_count_alone_and_never_crossed(tmp_path: Path) -> None:
    rows = of_all_sorts("lieu-a", 60)
    dealt = of_all_sorts("lieu-b", 90, dealt=True)
    with_them = rule_on(facts_of(tmp_path / "with", ONE_HOUSE, rows + dealt))
    without = rule_on(facts_of(tmp_path / "without", ONE_HOUSE, rows))

    crossed = (held(gender="feminin", status="retraite"), WHOLE_YEAR, RESIDENTS)
    alone = (held(status="retraite"), WHOLE_YEAR, RESIDENTS)

    assert with_them.answer(*crossed) == without.answer(*crossed)
    assert with_them.answer(*crossed).status is Status.PUBLISHED
    assert abs((with_them.answer(*alone).value or 0) - 450) <= 6


def test_a_structure_with_one_adviser_takes_one_clause_besides_its_name(tmp_path: Path) -> None:
    rows = [row for place in VALLEY.places for row in of_all_sorts(place.code, 60)]
    alone = rule_on(facts_of(tmp_path / "one", replace(VALLEY, advisers=1), rows))
    team = rule_on(facts_of(tmp_path / "four", VALLEY, rows))

    one = (held(organisation="mediatheque", gender="feminin"), WHOLE_YEAR, ATTENDANCES)
    two = (
        held(organisation="mediatheque", gender="feminin", status="retraite"),
        WHOLE_YEAR,
        ATTENDANCES,
    )

    assert alone.answer(*one).status is Status.PUBLISHED
    assert alone.answer(*two) == HIDDEN
    assert team.answer(*two).status is Status.PUBLISHED


@pytest.mark.parametrize(
    "where", [{"organisation": "centre-social"}, {"epci": "e2"}, {"commune": "c4"}]
)
def test_a_territory_of_one_structure_is_no_way_round_its_one_adviser(
    tmp_path: Path, where: dict[str, str]
) -> None:
    """The structure whose places are all those of a territory is asked as that territory."""
    rows = [row for place in VALLEY.places for row in of_all_sorts(place.code, 60)]
    alone = rule_on(facts_of(tmp_path, replace(VALLEY, advisers=1), rows))

    one = alone.answer(held(**where, gender="feminin"), WHOLE_YEAR, ATTENDANCES)
    two = alone.answer(held(**where, gender="feminin", status="retraite"), WHOLE_YEAR, ATTENDANCES)

    assert one.status is Status.PUBLISHED
    assert two == HIDDEN


@pytest.mark.parametrize(
    "values",
    [
        {"procedure": "apl", "procedure_theme": "transport"},
        {"place": "quais", "organisation": "centre-social"},
        {"place": "gare"},
    ],
)
def test_what_cannot_be_and_closed_doors_are_empty(tmp_path: Path, values: dict[str, str]) -> None:
    rows = valley("q", 80, "quais") + valley("h", 70, "halle") + valley("m", 90, "moulin")
    rule = rule_on(facts_of(tmp_path, VALLEY, rows))

    assert rule.answer(held(**values), WHOLE_YEAR, RESIDENTS) == EMPTY


def test_time_has_no_figure_where_there_is_no_length(tmp_path: Path) -> None:
    rows = crowd("p", 80, kind="passage") + crowd("i", 80, kind="individual", minutes=30)
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    assert rule.answer(held(kind="passage"), WHOLE_YEAR, MEASURES["duration_min"]) == EMPTY


def test_minutes_stand_for_those_who_have_some(tmp_path: Path) -> None:
    """Passages have none: ten of them hid that a sum was that of five people."""
    rows = crowd("w", 120, gender="feminin", minutes=30) + crowd(
        "m", 90, gender="masculin", minutes=30
    )
    passages = crowd("p", 30, gender="non_communique", kind="passage")
    few = crowd("f", 5, gender="non_communique", minutes=60)
    enough = crowd("e", 40, gender="non_communique", minutes=60)
    asked = (held(gender="non_communique"), WHOLE_YEAR, MEASURES["duration_min"])

    of_few = rule_on(facts_of(tmp_path / "few", ONE_HOUSE, rows + passages + few))
    of_more = rule_on(facts_of(tmp_path / "more", ONE_HOUSE, rows + passages + enough))

    assert of_few.answer(asked[0], WHOLE_YEAR, RESIDENTS).status is Status.PUBLISHED
    assert of_few.answer(*asked) == HIDDEN
    assert of_more.answer(*asked).status is Status.PUBLISHED


def test_a_figure_knows_how_far_noise_may_put_it_and_no_more(tmp_path: Path) -> None:
    rows = crowd("r", 200, minutes=45) + crowd("often", 1, each=5, minutes=45)
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    spreads = [rule.answer((), WHOLE_YEAR, one).spread for one in (RESIDENTS, ATTENDANCES)]
    of_minutes = rule.answer((), WHOLE_YEAR, MEASURES["duration_min"]).spread

    assert spreads == [6, 6 * 8]  # five visits of one person: to the next power of two
    assert of_minutes == 6 * 256  # 225 minutes of hers, rounded as the noise is


def test_one_person_who_makes_most_of_a_sum_hides_it(tmp_path: Path) -> None:
    rows = crowd("w", 100, gender="feminin") + crowd("m", 60, gender="masculin")
    rows += crowd("often", 1, gender="feminin", each=150)
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    persons = rule.answer(held(gender="feminin"), WHOLE_YEAR, RESIDENTS)
    visits = rule.answer(held(gender="feminin"), WHOLE_YEAR, ATTENDANCES)

    assert persons.status is Status.PUBLISHED
    assert visits == HIDDEN


def test_acts_are_never_fewer_than_the_persons_shown_and_minutes_go_by_five(
    tmp_path: Path,
) -> None:
    rows = crowd("r", 200, minutes=45) + crowd("s", 200, minutes=30, place="lieu-b")
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    for place in ("lieu-a", "lieu-b"):
        asked = (held(place=place), WHOLE_YEAR)
        persons = rule.answer(*asked, RESIDENTS)
        visits = rule.answer(*asked, ATTENDANCES)
        minutes = rule.answer(*asked, MEASURES["duration_min"])

        assert (visits.value or 0) >= (persons.value or 0)
        assert (minutes.value or 0) % 5 == 0
        assert abs((minutes.value or 0) - (9000 if place == "lieu-a" else 6000)) <= 6 * 50


def test_two_names_are_not_one_number_apart() -> None:
    """Whoever learned it from one pair of tables would know it for every other."""
    sums = range(0, 2**32, 2**26 + 1)

    apart = {
        (cell_key(TEST_KEY, "cell:gender@year", s) - cell_key(TEST_KEY, "cell:place@year", s))
        % 2**32
        for s in sums
    }

    assert len(apart) == len(sums)


def test_minutes_do_not_share_the_noise_of_visits_and_show_none_of_it(tmp_path: Path) -> None:
    places = [f"lieu-{number}" for number in range(30)]
    world = World(
        places=tuple(PlaceThere(place, "s1", "c1") for place in places),
        communes={"c1": ("e1", "35", "53")},
        seats={"s1": "c1"},
    )
    rows = [row for p in places for row in crowd(p, 40, place=p, minutes=45)]
    rule = rule_on(facts_of(tmp_path, world, rows))

    noises = []
    for place in places:
        asked = (held(place=place), WHOLE_YEAR)
        visits = (rule.answer(*asked, ATTENDANCES).value or 0) - 40
        minutes = (rule.answer(*asked, MEASURES["duration_min"]).value or 0) - 40 * 45
        assert minutes % 15 == 0
        if visits > 0:  # under it, persons are what is shown
            noises.append((visits, minutes // 45))

    assert len(noises) > 5
    assert sum(visits == steps for visits, steps in noises) < len(noises) / 2


def test_a_figure_is_hidden_when_a_shown_part_of_its_period_leaves_few_people(
    tmp_path: Path,
) -> None:
    """The year less its second half would tell of the few who came before only."""
    rows = crowd("others", 100)
    for name in ONE_HOUSE.procedures:
        there = {"procedures": (HelpedWith(name, "finished"),)}
        regulars = crowd(name, 40 if name == "apl" else 20, in_month=2, **there)
        before = crowd(f"{name}-left", 42 - len(regulars), in_month=2, **there)
        since = crowd(f"{name}-new", 20, in_month=8, **there)
        again = [
            replace(row, attendance=f"{row.attendance}+", month=since[0].month) for row in regulars
        ]
        rows += [*regulars, *before, *since, *again]
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    def status(procedure: str, period: Period) -> Status:
        return rule.answer(held(procedure=procedure), period, RESIDENTS).status

    for half in WHOLE_YEAR.parts:
        assert {status(name, half) for name in ("apl", "permis")} == {Status.PUBLISHED}
    assert status("apl", WHOLE_YEAR) is Status.HIDDEN  # two people before only
    assert status("permis", WHOLE_YEAR) is Status.PUBLISHED


def test_procedures_are_hidden_when_few_people_had_none(tmp_path: Path) -> None:
    helped = (HelpedWith("apl", "finished"),)
    rows = crowd("h", 100, procedures=helped) + crowd("w", 100, place="lieu-b", procedures=helped)
    few = rule_on(facts_of(tmp_path / "few", ONE_HOUSE, rows + crowd("n", 4)))
    many = rule_on(facts_of(tmp_path / "many", ONE_HOUSE, rows + crowd("n", 60)))

    assert few.answer((), WHOLE_YEAR, MEASURES["procedures"]) == HIDDEN
    assert many.answer((), WHOLE_YEAR, MEASURES["procedures"]).status is Status.PUBLISHED


def test_procedures_outcome_and_blockers_hold_on_the_same_act(tmp_path: Path) -> None:
    blocked = HelpedWith("apl", "waiting", ("gestes",))
    finished = HelpedWith("passeport", "finished", ())
    rows = crowd("two", 100, procedures=(blocked, finished)) + crowd("none", 100)
    rows += crowd("more", 100, procedures=(finished,)) + crowd("other", 100, procedures=(blocked,))
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    on_one_act = rule.answer(held(procedure="apl", outcome="finished"), WHOLE_YEAR, RESIDENTS)
    blocked_acts = rule.answer((), WHOLE_YEAR, MEASURES["blocked_procedures"])

    assert on_one_act == HIDDEN  # nobody: no act is both
    assert abs((blocked_acts.value or 0) - 200) <= 6


def test_a_quarter_is_hidden_when_its_only_hidden_month_is_small(tmp_path: Path) -> None:
    rows = crowd("j", 80, in_month=1) + crowd("f", 80, in_month=2) + crowd("m", 5, in_month=3)
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))

    assert rule.answer((), month(2026, 2), RESIDENTS).status is Status.PUBLISHED
    assert rule.answer((), Period(2026, Level.QUARTER, 1), RESIDENTS) == HIDDEN


def test_the_last_month_gives_way_when_a_small_one_could_be_told_from_the_quarter(
    tmp_path: Path,
) -> None:
    rows = crowd("j", 80, in_month=1) + crowd("f", 5, in_month=2) + crowd("m", 80, in_month=3)
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, rows))
    quarter = Period(2026, Level.QUARTER, 1)

    assert rule.answer((), month(2026, 1), RESIDENTS).status is Status.PUBLISHED
    assert rule.answer((), month(2026, 2), RESIDENTS) == HIDDEN
    assert rule.answer((), month(2026, 3), RESIDENTS) == HIDDEN  # the last one gives way
    assert rule.answer((), quarter, RESIDENTS).status is Status.PUBLISHED  # two are hidden


def test_a_total_of_nearly_one_structure_is_not_shown_to_another(tmp_path: Path) -> None:
    rows = valley("q", 400, "quais") + valley("v", 30, "val") + valley("m", 30, "moulin")
    facts = facts_of(tmp_path, VALLEY, rows)

    stranger = rule_on(facts, own=frozenset({"france-services"}))
    member = rule_on(facts, own=VALLEY.organisations)

    assert stranger.answer((), WHOLE_YEAR, ATTENDANCES) == HIDDEN
    assert member.answer((), WHOLE_YEAR, ATTENDANCES).status is Status.PUBLISHED


def test_a_small_structure_is_named_to_its_members_only(tmp_path: Path) -> None:
    rows = valley("q", 80, "quais") + valley("v", 6, "val") + valley("m", 90, "moulin")
    rule = rule_on(facts_of(tmp_path, VALLEY, rows), own=frozenset({"mediatheque"}))

    assert rule.names_structure("mediatheque", WHOLE_YEAR)
    assert rule.names_structure("centre-social", WHOLE_YEAR)
    assert not rule.names_structure("france-services", WHOLE_YEAR)


def test_nothing_steps_outside_the_structures_counted(tmp_path: Path) -> None:
    rows = valley("q", 80, "quais") + valley("h", 70, "halle") + valley("v", 90, "val")
    facts = facts_of(tmp_path, VALLEY, rows)
    one = rule_on(facts, organisations=frozenset({"mediatheque"}))

    assert abs((one.answer((), WHOLE_YEAR, RESIDENTS).value or 0) - 150) <= 6
    assert one.answer(held(place="val"), WHOLE_YEAR, RESIDENTS) == EMPTY
