"""Scores of an assessment: bounded, never lowered by a better answer, the same in any order."""

from hypothesis import given
from hypothesis import strategies as st

from app.assessments.bank import UNKNOWN, bank
from app.assessments.scoring import changes, next_step, scores, strong_points, told
from app.reference import vocabularies

BANK = bank()
CODES = {q.id: [*(a.code for a in q.answers), UNKNOWN] for q in BANK.questions}
whole = st.fixed_dictionaries({name: st.sampled_from(codes) for name, codes in CODES.items()})


@given(whole, st.randoms())
def test_scores_are_bounded_and_know_no_order(answers: dict[str, str], chance: object) -> None:
    found = scores(BANK, answers)
    shuffled = sorted(answers.items(), key=lambda _: chance.random())  # type: ignore[attr-defined]

    assert set(found) == {theme.code for theme in BANK.themes}
    assert all(score is None or 0 <= score <= 4 for score in found.values())
    assert scores(BANK, dict(shuffled)) == found


@given(whole, st.sampled_from(BANK.questions), st.data())
def test_a_better_answer_never_lowers(answers: dict[str, str], question, data) -> None:  # type: ignore[no-untyped-def]
    low, high = sorted(
        data.draw(st.lists(st.integers(0, len(question.answers) - 1), min_size=2, max_size=2))
    )
    worse = scores(BANK, answers | {question.id: question.answers[low].code})
    better = scores(BANK, answers | {question.id: question.answers[high].code})

    for theme, score in worse.items():
        assert (score is None) == (better[theme] is None)
        assert score is None or score <= (better[theme] or 0)


@given(whole)
def test_i_do_not_know_counts_for_nothing(answers: dict[str, str]) -> None:
    known = {name: code for name, code in answers.items() if code != UNKNOWN}

    assert scores(BANK, known) == scores(BANK, answers)
    assert told(BANK, known) == told(BANK, answers)
    for theme in BANK.themes:
        asked = BANK.of_theme(theme.code)
        enough = 2 * sum(q.id in known for q in asked) >= len(asked)
        assert (scores(BANK, answers)[theme.code] is not None) is enough


@given(whole)
def test_there_is_one_next_step_in_the_lowest_theme_and_strong_points_are_the_best(
    answers: dict[str, str],
) -> None:
    found = scores(BANK, answers)
    known = [score for score in found.values() if score is not None]
    step, strong = next_step(BANK, found), strong_points(BANK, found)

    assert step.sentence
    if step.theme is not None and found[step.theme.code] is not None:
        assert found[step.theme.code] == min(known)
    if step.theme is None:
        assert known == [4] * 6
    if strong:
        assert found[strong[0].code] == max(known)
    else:
        assert not any(known)
    assert all(change.before == change.now for change in changes(BANK, found, found))


@given(whole)
def test_what_is_told_is_in_our_vocabularies(answers: dict[str, str]) -> None:
    found = told(BANK, answers)

    assert found.equipment
    assert set(found.equipment) <= set(vocabularies.codes("equipment"))
    assert found.home_connection in vocabularies.codes("home_connection")
    assert found.autonomy in (None, *vocabularies.codes("autonomy"))
    assert set(found.divides) <= set(vocabularies.codes("divide"))
    assert ("connection" in found.divides) is (found.home_connection not in ("good", "unknown"))


def test_who_answers_best_or_worst_everywhere() -> None:
    best = {q.id: q.answers[-1].code for q in BANK.questions}
    worst = {q.id: q.answers[0].code for q in BANK.questions}

    assert set(scores(BANK, best).values()) == {4}
    assert next_step(BANK, scores(BANK, best)).theme is None
    assert told(BANK, best).divides == ()
    assert told(BANK, best).autonomy == "autonome"
    assert strong_points(BANK, scores(BANK, worst)) == []
    assert told(BANK, worst).divides == ("connection", "equipment", "skills")
    assert told(BANK, worst).autonomy == "entierement_accompagne"
