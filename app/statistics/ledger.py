"""Coded rows of closed months: all that the fact store is made of, and all that it ever sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.statistics.periods import Period

STEP_MIN = 15  # in which lengths count
NOT_GIVEN = "non_communique"
WITHOUT_LENGTH = "none"
LENGTHS = ((30, "30"), (60, "60"), (120, "120"))  # minutes under which a class is


@dataclass(frozen=True, slots=True)
class HelpedWith:
    """One procedure during one attendance."""

    procedure: str
    outcome: str
    blockers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One attendance, as it was coded when its month closed.

    `attendance` and `subject` are opaque; no subject: nobody known. `place`: none when it was held
    elsewhere. `divides` are already derived (`divides_of`). `dealt`: the profile was dealt at
    random among a workshop's participants. `level`: of a workshop, else none.
    """

    attendance: str
    subject: str | None
    month: Period
    organisation: str
    place: str | None
    age_band: str = "non_communique"
    gender: str = "non_communique"
    status: str = "non_communique"
    kind: str = "individual"
    mode: str = "lieu_activite"
    home_connection: str = "unknown"
    minutes: int = 0
    dealt: bool = False
    autonomy: str = NOT_GIVEN
    level: str | None = None
    referral: str = NOT_GIVEN
    themes: tuple[str, ...] = ()
    procedures: tuple[HelpedWith, ...] = ()
    divides: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ("unknown",)
    material: tuple[str, ...] = (NOT_GIVEN,)

    @property
    def duration_class(self) -> str:
        """Its length in classes; a quick passage has none."""
        if self.kind == "passage":
            return WITHOUT_LENGTH
        return next((name for under, name in LENGTHS if self.minutes < under), "more")


class What(StrEnum):
    """What stands in the ledger beside attendances."""

    WORKSHOP = "workshop"
    FOLLOW_UP = "follow_up"
    ASSESSMENT = "assessment"


@dataclass(frozen=True, slots=True)
class ActRow:
    """One workshop held, one follow-up that ended, one finished assessment, as it was closed.

    `subject`: the same as where the person came in that year. `kind` and `no_show` are of a
    follow-up, `themes` and `level` of a workshop, `divides` what an assessment found.
    """

    act: str
    what: What
    subject: str | None
    month: Period
    organisation: str
    place: str | None
    kind: str | None = None
    no_show: bool = False
    themes: tuple[str, ...] = ()
    level: str | None = None
    divides: tuple[str, ...] = ()


NO_DIVIDE = frozenset({"adequate", "good", "unknown"})
DIVIDES = ("skills", "equipment", "connection")


def divides_of(
    ticked: Iterable[str],
    blockers: Iterable[str],
    families: Mapping[str, str],
    equipment: Iterable[str],
    home_connection: str | None,
) -> tuple[str, ...]:
    """Derive the divides of one attendance: ticked, or a blocker's family, or what she has.

    `families` gives the family of each blocker; those that are no divide count for none.
    """
    found = set(ticked) | {families[blocker] for blocker in blockers if blocker in families}
    if set(equipment) - NO_DIVIDE:
        found.add("equipment")
    if home_connection and home_connection not in NO_DIVIDE:
        found.add("connection")
    return tuple(divide for divide in DIVIDES if divide in found)
