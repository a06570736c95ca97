"""From answers to scores, strong points and one next step. Pure: the same answers say the same.

Levels and thresholds are ours; what they rest on is told in docs/diagnostic.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.assessments.bank import BEST, Bank, Question, Theme

Answers = Mapping[str, str]  # question → answer
Scores = Mapping[str, int | None]  # theme → 0 to 4; None: too little is known

STRONG = 3  # from this score on, a theme is a strong point
WEAK = 1  # up to this score, a theme of skills is a divide
NEEDS_GUIDING, ALONE = 1.5, 3  # mean levels of the answers on skills
SHOWN_STRONG = 3
NO_DIVIDE = {"adequate", "good", "unknown"}
GRAVEST_FIRST = ("cut_off", "none", "too_costly", "poor_coverage", "good")


@dataclass(frozen=True)
class Step:
    """What to do next, one thing, in one theme; no theme when all is well."""

    theme: Theme | None
    sentence: str


@dataclass(frozen=True)
class Told:
    """What answers say in the words of the national form and of our vocabularies."""

    equipment: tuple[str, ...]
    home_connection: str
    autonomy: str | None
    divides: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """How one theme moved since the assessment before."""

    label: str
    before: int
    now: int


def scores(bank: Bank, answers: Answers) -> dict[str, int | None]:
    """Give each theme's score: the rounded mean level of its answers.

    « Je ne sais pas » counts for nothing; with less than half of a theme known, it has no score.
    """
    found: dict[str, int | None] = {}
    for theme in bank.themes:
        questions = bank.of_theme(theme.code)
        known = _levels(questions, answers)
        enough = known and 2 * len(known) >= len(questions)
        found[theme.code] = (2 * sum(known) + len(known)) // (2 * len(known)) if enough else None
    return found


def _levels(questions: tuple[Question, ...], answers: Answers) -> list[int]:
    chosen = (one.answer(answers.get(one.id, "")) for one in questions)
    return [answer.level for answer in chosen if answer is not None]


def strong_points(bank: Bank, scored: Scores) -> list[Theme]:
    """List what the person can lean on, the strongest first; her best theme when none is strong."""
    known = [(theme, scored.get(theme.code)) for theme in bank.themes]
    ranked = sorted(((theme, score) for theme, score in known if score), key=lambda one: -one[1])
    strong = [theme for theme, score in ranked if score >= STRONG]
    return strong[:SHOWN_STRONG] or [theme for theme, _ in ranked[:1]]


def next_step(bank: Bank, scored: Scores) -> Step:
    """Choose one next step: in the lowest theme, the first of the bank when several are.

    A theme that the answers do not tell comes after those known to be low, before the others.
    """
    theme = min(bank.themes, key=lambda one: _urgency(scored.get(one.code)))
    score = scored.get(theme.code)
    if score is None:
        return Step(theme, f"Regarder ensemble\u00a0: {theme.label.lower()}.")
    if score >= BEST:
        return Step(None, "Continuer ainsi, et montrer à d’autres ce que vous savez.")
    return Step(theme, theme.steps[max(0, score - 1)])


def _urgency(score: int | None) -> float:
    return WEAK + 0.5 if score is None else score


def changes(bank: Bank, before: Scores, now: Scores) -> list[Change]:
    """Tell how each theme known both times moved, in the bank's order."""
    found = []
    for theme in bank.themes:
        first, last = before.get(theme.code), now.get(theme.code)
        if first is not None and last is not None:
            found.append(Change(theme.label, first, last))
    return found


def told(bank: Bank, answers: Answers) -> Told:
    """Say what answers tell of equipment, connection, autonomy and the three divides."""
    chosen = [a for q in bank.questions if (a := q.answer(answers.get(q.id, "")))]
    equipment = {a.equipment for a in chosen if a.equipment}
    if equipment - {"no_printer"} != {"adequate"}:
        equipment.discard("adequate")
    at_home = {a.home_connection for a in chosen}
    connection = next((code for code in GRAVEST_FIRST if code in at_home), "unknown")
    scored = scores(bank, answers)
    skills = [theme for theme in bank.themes if theme.divide == "skills"]
    low = [s for theme in skills if (s := scored[theme.code]) is not None and s <= WEAK]
    found = (
        ("connection", connection not in NO_DIVIDE),
        ("equipment", bool(equipment - NO_DIVIDE)),
        ("skills", bool(low)),
    )
    return Told(
        equipment=tuple(sorted(equipment)) or ("unknown",),
        home_connection=connection,
        autonomy=_autonomy(bank, skills, answers),
        divides=tuple(divide for divide, is_met in found if is_met),
    )


def _autonomy(bank: Bank, skills: list[Theme], answers: Answers) -> str | None:
    """Give the national code of autonomy from the mean level of skills; None when unknown."""
    questions = tuple(q for theme in skills for q in bank.of_theme(theme.code))
    known = _levels(questions, answers)
    if 2 * len(known) < len(questions):
        return None
    mean = sum(known) / len(known)
    if mean < NEEDS_GUIDING:
        return "entierement_accompagne"
    return "partiellement_autonome" if mean < ALONE else "autonome"
