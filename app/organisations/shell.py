"""What the page's frame shows of a signed-in person: her places, her entries, where she stands."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Request

from app.accounts.actor import Actor
from app.accounts.current import OptionalActor, own_reading
from app.accounts.permissions import Permission, Role
from app.core.db import ReadSession
from app.core.text import plural
from app.organisations import service
from app.web.render import is_partial


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation."""

    href: str
    label: str
    icon: str
    permission: Permission
    is_primary: bool = False
    narrow_href: str = ""  # where the bar of small screens leads, when not to the same
    also: tuple[str, ...] = ()  # other pages of the same entry


ENTRIES = (
    Entry("/activites/nouvelle", "Noter", "plus", Permission.LOG_SESSION, is_primary=True),
    Entry("/", "Aujourd’hui", "house", Permission.PLAN),
    Entry("/activites", "Activités", "square-pen", Permission.READ_SESSIONS),
    Entry("/beneficiaires", "Bénéficiaires", "users", Permission.READ_RESIDENTS),
    Entry(
        "/agenda",
        "Agenda",
        "calendar-days",
        Permission.PLAN,
        narrow_href="/agenda?vue=jour",
        also=("/ateliers", "/permanences", "/suivis"),
    ),
    Entry("/demarches", "Démarches", "list-checks", Permission.LOG_SESSION),
    Entry("/statistiques", "Chiffres", "chart-no-axes-column", Permission.READ_STATISTICS),
    Entry("/demarches/barometre", "Baromètre", "list-checks", Permission.SHARE_REPORTS),
    Entry("/rapports", "Rapports", "file-text", Permission.READ_REPORTS),
    Entry("/demarches", "Démarches", "layers", Permission.READ_CATALOGUE),
    Entry("/administration", "Administration", "sliders-horizontal", Permission.ADMINISTER),
    Entry("/conformite", "Conformité", "shield-check", Permission.OVERSEE),
    Entry("/methode", "Méthode", "info", Permission.READ_REPORTS),
)


async def fill_shell(request: Request, actor: OptionalActor) -> None:
    """Say how the frame is made; only a whole page makes it, a fragment or a redirect does not."""

    def make() -> dict[str, Any]:
        if actor is not None and actor.lent_to is not None:
            return {}  # whoever holds a lent browser learns nothing of the adviser
        shell: dict[str, Any] = {"actor": actor, "nav": navigation(actor, request.url.path)}
        if actor is not None and not is_partial(request):
            with own_reading(request, actor) as db:
                shell["places"], shell["place_label"] = _places(db, actor)
        return shell

    request.state.shell = make


class Link(NamedTuple):
    """One entry as somebody sees it from a page."""

    entry: Entry
    is_current: bool


def navigation(actor: Actor | None, path: str) -> tuple[Link, ...]:
    """List the entries this person may open; the longest address that matches is current."""
    if actor is None:
        return ()
    allowed: dict[str, Entry] = {}
    for entry in ENTRIES:
        if entry.permission in actor.permissions:
            allowed.setdefault(entry.href, entry)
    leading = (
        e for e in allowed.values() if any(_leads_to(one, path) for one in (e.href, *e.also))
    )
    current = max(leading, key=lambda entry: len(entry.href), default=None)
    return tuple(Link(entry, entry is current) for entry in allowed.values())


def _leads_to(href: str, path: str) -> bool:
    return path == href or (href != "/" and path.startswith(f"{href}/"))


def _places(db: ReadSession, actor: Actor) -> tuple[list[dict[str, Any]], str]:
    """List where an adviser may be now; for others, say how many structures they look at."""
    if Role.ADVISER not in actor.roles:
        return [], _wide_label(db, actor)
    choices: list[dict[str, Any]] = []
    label = ""
    advised = frozenset(s.organisation_id for s in actor.standings if Role.ADVISER in s.roles)
    for organisation, open_places in service.open_places_of(db, advised):
        here = actor.current is not None and organisation.id == actor.current.organisation_id
        chosen = current_place_id(actor, [p.id for p in open_places]) if here else None
        for place in open_places:
            is_current = here and place.id == chosen
            label = place.name if is_current else label
            choices.append(
                {
                    "id": str(place.id),
                    "organisation": organisation.name,
                    "label": place.name,
                    "current": is_current,
                }
            )
    return choices, label


def current_place_id(actor: Actor, open_places: list[UUID]) -> UUID | None:
    """Choose the place somebody works at: the one she chose, else the first that is open."""
    if actor.place_id in open_places:
        return actor.place_id
    return open_places[0] if open_places else None


def _wide_label(db: ReadSession, actor: Actor) -> str:
    mine = service.organisations(db, frozenset(s.organisation_id for s in actor.standings))
    if len(mine) == 1:
        return mine[0].name
    return plural(len(mine), "structure") if mine else ""
