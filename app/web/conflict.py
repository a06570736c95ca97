"""Two people, or two tabs, changed the same thing: what differs, said as both wrote it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.web.forms import F, Submitted

NOTHING = "rien"
UNSAID = {"", "non_communique"}


@dataclass(frozen=True)
class Difference:
    """One thing that the two versions say otherwise."""

    label: str
    stored: str
    typed: str


def differences(
    stored: Submitted[F],
    typed: Submitted[F],
    names: Iterable[str],
    *,
    label: Callable[[str], str],
    say: Callable[[str], Callable[[str], str]],
    normal: Callable[[str, str], str] = lambda _, value: value,
) -> list[Difference]:
    """List what differs among some fields; no answer and « non précisé » are the same.

    `normal(name, value)` writes a value as it is stored, where several ways of typing are alike.
    """
    found = []
    for name in names:
        ours, theirs = ([normal(name, v) for v in _given(form, name)] for form in (stored, typed))
        if ours != theirs:
            found.append(Difference(label(name), _said(ours, say(name)), _said(theirs, say(name))))
    return found


def _given(form: Submitted[F], name: str) -> list[str]:
    return sorted(v.strip() for v in form.values(name) if v.strip() not in UNSAID)


def _said(values: list[str], say: Callable[[str], str]) -> str:
    return ", ".join(map(say, values)) or NOTHING
