"""The bank of questions (`data/assessment-N.toml`): a version in use never changes.

Where the model comes from: docs/diagnostic.md.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from app.reference import files

CURRENT = 1
UNKNOWN = "unknown"  # « Je ne sais pas »: an answer to every question
BEST = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its level, 0 to 4, and what it tells of the person's equipment or connection."""

    code: str
    text: str
    icon: str
    level: int
    equipment: str = ""
    home_connection: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, its answers from the lowest level to the highest."""

    id: str
    theme: str
    text: str
    answers: tuple[Answer, ...]

    def answer(self, code: str) -> Answer | None:
        """Find an answer; None for « Je ne sais pas » and for what is no answer here."""
        return next((a for a in self.answers if a.code == code), None)

    def takes(self, code: str) -> bool:
        """Tell whether this can be answered."""
        return code == UNKNOWN or self.answer(code) is not None


@dataclass(frozen=True, slots=True)
class Theme:
    """One of the six themes: its divide, words for what is strong, next steps, what helps.

    `steps`: for a score of 0 or 1, of 2, of 3. `workshops`: national themes; `procedures`: slugs.
    """

    code: str
    label: str
    icon: str
    divide: str
    strong: str
    steps: tuple[str, str, str]
    workshops: tuple[str, ...]
    procedures: tuple[str, ...]
    resource: str
    host: str


@dataclass(frozen=True, slots=True)
class Bank:
    """One version of the questions, in the order asked."""

    version: int
    written_on: date
    themes: tuple[Theme, ...]
    questions: tuple[Question, ...]

    def theme(self, code: str) -> Theme:
        """Find a theme. Raises KeyError."""
        return {theme.code: theme for theme in self.themes}[code]

    def rank(self, question_id: str) -> int:
        """Give a question's place from 1. Raises KeyError for one that is not in this version."""
        return {one.id: rank for rank, one in enumerate(self.questions, 1)}[question_id]

    def of_theme(self, code: str) -> tuple[Question, ...]:
        """List a theme's questions."""
        return tuple(one for one in self.questions if one.theme == code)

    def unanswered(self, answers: Mapping[str, str]) -> tuple[Question, ...]:
        """List the questions still to be answered."""
        return tuple(one for one in self.questions if one.id not in answers)


@cache
def bank(version: int = CURRENT) -> Bank:
    """Read one version. Raises FileNotFoundError for one that was never written."""
    found = tomllib.loads(files.text(f"assessment-{version}.toml"))
    return Bank(
        version=found["version"],
        written_on=found["written_on"],
        themes=tuple(_theme(code, facts) for code, facts in found["themes"].items()),
        questions=tuple(_question(name, facts) for name, facts in found["questions"].items()),
    )


def _theme(code: str, facts: dict[str, Any]) -> Theme:
    first, second, third = facts["steps"]
    return Theme(
        code=code,
        label=facts["label"],
        icon=facts["icon"],
        divide=facts["divide"],
        strong=facts["strong"],
        steps=(first, second, third),
        workshops=tuple(facts["workshops"]),
        procedures=tuple(facts["procedures"]),
        resource=facts["resource"]["label"],
        host=facts["resource"]["host"],
    )


def _question(question_id: str, facts: dict[str, Any]) -> Question:
    answers = (Answer(code=code, **told) for code, told in facts["answers"].items())
    return Question(question_id, facts["theme"], facts["text"], tuple(answers))
