"""Coded rows of closed months, as tests write them, and their lines as the ledger gives them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from app.statistics.ledger import FIELD, LENGTHS, NOT_GIVEN, WITHOUT_LENGTH, HelpedWith, What
from app.statistics.periods import Period


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


def as_lines(rows: Iterable[LedgerRow | ActRow]) -> Iterator[str]:
    """Write rows as the lines of the ledger."""
    for row in rows:
        codes = asdict(row)
        ids = [
            codes.pop(name) for name in ("attendance", "act", "what", "subject") if name in codes
        ]
        del codes["month"]
        yield FIELD.join((*(one or "" for one in ids), row.month.code, json.dumps(codes)))
