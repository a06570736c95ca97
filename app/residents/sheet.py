"""The sheet handed to a resident: its sentences, in her language, and its PDF.

What it may hold is decided here: what was done, papers, the next appointment, whom to call and the
official sites. Never a credential, a file's number, a follow-up's reason or anybody else's data.
"""

import base64
import io
import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date, time
from functools import cache
from typing import Any

import segno
import typst
from babel.dates import format_date

from app.core import languages
from app.core.languages import Translator, day_in, hour_in, translator
from app.core.phones import spoken_phone
from app.core.settings import ROOT
from app.residents.papers import Paper, paper

FONTS = ROOT / "data" / "fonts"
SOURCE = ROOT / "templates" / "print" / "sheet.typ"
DRAWINGS = ROOT / "static" / "vendor" / "lucide"
ICONS = ("check", "backpack", "phone", "shield-check")
PAPERS = {"a4": "A4", "a5": "A5"}
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ISOLATE = "\u2068{}\u2069"  # keeps a French name whole inside a text written right to left
DONE = {
    "finished": ("C’est terminé\u00a0: {what}.", "Votre démarche est terminée."),
    "waiting": (
        "Votre demande est envoyée\u00a0: {what}. Nous attendons la réponse.",
        "Votre demande est envoyée. Nous attendons la réponse.",
    ),
    "started": (
        "Votre demande est commencée\u00a0: {what}. Elle n’est pas finie.",
        "Votre demande est commencée. Elle n’est pas finie.",
    ),
    "prepared": ("Nous avons préparé\u00a0: {what}.", "Nous avons préparé votre démarche."),
    "redirected": (
        "Un autre service vous aide pour\u00a0: {what}.",
        "Un autre service vous aide pour votre démarche.",
    ),
    "abandoned": ("Nous avons arrêté\u00a0: {what}.", "Nous avons arrêté votre démarche."),
}
LEARNT = "Nous avons travaillé\u00a0: {what}."
BEFORE = ("{what}\u00a0: à faire avant le {day}.", "À faire avant le {day}.")
# Without her agreement its title stays out: people write the procedure in it.
WORKSHOP = ("Vous avez participé à un atelier\u00a0: {what}.", "Vous avez participé à un atelier.")


@dataclass(frozen=True)
class Line:
    """One line to tick, and what it means."""

    text: str
    detail: str = ""


@dataclass(frozen=True)
class Meeting:
    """The next appointment: a leaf of a calendar, and where."""

    weekday: str
    number: str
    month: str
    title: str
    lines: list[str]


@dataclass(frozen=True)
class Site:
    """An official site and its QR code, as an SVG drawing."""

    host: str
    sentence: str
    code: str

    @property
    def picture(self) -> str:
        """The same code as an address that a page shows."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.code.encode()).decode()


@dataclass(frozen=True)
class Visit:
    """What was done: a procedure and how far it got, or something learnt; `what` is French."""

    kind: str  # an outcome, "learnt" or "workshop"
    what: str


@dataclass(frozen=True)
class Appointment:
    """The next appointment: when, where (a place, its address), and with whom."""

    on: date
    at: time
    where: list[str]
    adviser: str


@dataclass(frozen=True)
class Facts:
    """What a sheet may say, before words: everything here is about one resident."""

    name: str
    adviser: str
    structure: str
    today: date
    visited_on: date | None
    done: list[Visit]
    papers: list[str]
    deadlines: list[tuple[str, date]]
    meeting: Appointment | None
    phone: str
    hours: str
    hosts: list[str]
    more_done: str = ""
    more_to_bring: str = ""


@dataclass(frozen=True)
class Sheet:
    """A finished sheet, in one language: every string is as printed."""

    language: str
    direction: str
    structure: str
    day: str
    title: str
    greeting: str
    done_title: str
    done: list[str]
    bring_title: str
    bring: list[Line]
    meeting: Meeting | None
    call_title: str
    call: list[str]
    sites: list[Site]
    warning: str
    to_review: str


def compose(facts: Facts, language: str, *, names: bool) -> Sheet:
    """Write the sheet; without `names`, no procedure or site can be told from it."""
    say = translator(language)
    apart = _ISOLATE if language in languages.RIGHT_TO_LEFT else "{}"
    visits = [_said(one, language, names=names, apart=apart) for one in facts.done]
    done = list(dict.fromkeys(visits)) + ([facts.more_done] if facts.more_done else [])
    return Sheet(
        language=language,
        direction=languages.direction(language),
        structure=facts.structure,
        day=day_in(language, facts.today),
        title=_title(facts, language),
        greeting=" ".join(_greeting(facts, language, apart)),
        done_title=say("C’est fait"),
        done=done,
        bring_title=say("À apporter la prochaine fois"),
        bring=_to_bring(facts, language, names=names, apart=apart),
        meeting=_meeting(facts, language, apart),
        call_title=say("Vous avez une question\u00a0?"),
        call=_call(facts, language),
        sites=[_site(host, language) for host in facts.hosts] if names else [],
        warning=say(
            "Ne donnez jamais votre mot de passe. Ni au téléphone. Ni par message. "
            "Votre conseiller ne le demande jamais."
        ),
        to_review=""
        if languages.is_reviewed(language)
        else "Traduction à faire relire par une personne dont c’est la langue.",
    )


def _said(one: Visit, language: str, *, names: bool, apart: str) -> str:
    say, what = translator(language), apart.format(one.what)
    if one.kind == "learnt":
        return say(LEARNT).format(what=what)
    named, alone = WORKSHOP if one.kind == "workshop" else DONE[one.kind]
    return say(named).format(what=what) if names else say(alone)


def _title(facts: Facts, language: str) -> str:
    say = translator(language)
    if facts.visited_on is None:
        return say("Votre fiche")
    if facts.visited_on == facts.today:
        return say("Ce que nous avons fait aujourd’hui")
    return say("Ce que nous avons fait le {day}").format(day=day_in(language, facts.visited_on))


def _greeting(facts: Facts, language: str, apart: str) -> list[str]:
    say = translator(language)
    return [
        say("Bonjour {name}.").format(name=apart.format(facts.name)),
        say("Vous avez vu {name}.").format(name=apart.format(facts.adviser)),
    ]


def _to_bring(facts: Facts, language: str, *, names: bool, apart: str) -> list[Line]:
    say = translator(language)
    known = {one.said: one for one in map(paper, facts.papers)}
    found = [_paper_line(one, say, apart) for one in known.values()]
    if facts.more_to_bring:
        found.append(Line(facts.more_to_bring))
    for what, day in facts.deadlines:
        words = BEFORE[0] if names else BEFORE[1]
        found.append(Line(say(words).format(what=apart.format(what), day=day_in(language, day))))
    return found


def _paper_line(one: Paper, say: Translator, apart: str) -> Line:
    """Say a paper; in another language its French name follows, since it is written on it."""
    said = say(one.said)
    words = said[:1].upper() + said[1:]
    if said == one.said:
        return Line(apart.format(f"{words}."), one.explained and apart.format(one.explained))
    return Line(f"{words} ({apart.format(one.code)}).")


def _meeting(facts: Facts, language: str, apart: str) -> Meeting | None:
    if facts.meeting is None:
        return None
    say = translator(language)
    what = facts.meeting
    locale = languages.locale(language)
    return Meeting(
        weekday=format_date(what.on, "EEEE", locale=locale),
        number=format_date(what.on, "d", locale=locale),
        month=format_date(what.on, "MMMM", locale=locale),
        title=say("Prochain rendez-vous\u00a0: {hour}").format(hour=hour_in(language, what.at)),
        lines=[
            apart.format(", ".join(what.where) + "."),
            say("Avec {name}. C’est gratuit.").format(name=apart.format(what.adviser)),
        ],
    )


def _call(facts: Facts, language: str) -> list[str]:
    say = translator(language)
    apart = _ISOLATE if language in languages.RIGHT_TO_LEFT else "{}"
    if facts.phone:
        lines = [say("Appelez le {phone}.").format(phone=apart.format(spoken_phone(facts.phone)))]
    else:
        lines = [say("Venez nous voir\u00a0: {place}.").format(place=apart.format(facts.structure))]
    return [*lines, apart.format(facts.hours)] if facts.hours else lines


def _site(host: str, language: str) -> Site:
    drawn = io.BytesIO()
    segno.make(f"https://{host}", error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, border=2, unit="mm", scale=1
    )
    sentence = translator(language)("Le bon site est {host}.").format(host=host)
    return Site(host, sentence, drawn.getvalue().decode())


def is_host(text: str) -> bool:
    """Tell whether a site can be printed as an address: a bare host name, nothing after."""
    return _HOST.fullmatch(text) is not None


def as_pdf(sheet: Sheet, size: str) -> bytes:
    """Draw a sheet as a tagged PDF (PDF/UA-1, ISO 14289-1), A4 or A5, 14 points at least.

    Same sheet, same bytes. The texts are data to Typst: none is read as its language.
    """
    content = json.dumps(_drawable(asdict(sheet) | {"size": size}), ensure_ascii=False)
    return typst.compile(  # type: ignore[call-overload,no-any-return]
        SOURCE.read_bytes(),
        format="pdf",
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"sheet": content, "icons": json.dumps(_drawings())},
        pdf_standards=["ua-1"],
        timestamp=0,
    )


def _drawable(value: Any) -> Any:
    """Write what no font of ours draws without its accents, else as a dot, in every text.

    PDF/UA refuses a letter that is missing. Before it is JSON, which hides control characters.
    """
    if isinstance(value, dict):
        return {name: _drawable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_drawable(one) for one in value]
    if not isinstance(value, str):
        return value
    letters = _letters()
    plain = {one: unicodedata.normalize("NFD", one)[0] for one in set(value) - letters}
    return value.translate({ord(one): p if p in letters else "·" for one, p in plain.items()})


@cache
def _letters() -> frozenset[str]:
    with (FONTS / "letters.txt").open(encoding="utf-8", newline="") as file:
        return frozenset(file.read()) - {"\0"} | {*"\u2068\u2069\n"}


@cache
def _drawings() -> dict[str, str]:
    return {name: (DRAWINGS / f"{name}.svg").read_text(encoding="utf-8") for name in ICONS}
