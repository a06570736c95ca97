"""What is stored of an activity, told as a file would: to compare both, and to keep the rest.

A column that a file has not says nothing: what is stored stays. An empty cell empties it.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any

from app.imports.activities import Facts, Person, PlaceName
from app.imports.gathering import Activity
from app.sessions.models import AssistedSession, SessionKind

_COMMUNE = frozenset({"commune", "postcode", "insee"})
_HOME = frozenset({"home_commune", "home_postcode", "home_insee"})
# What fills each field: it is left alone when the file has none of these columns.
_FACTS = {
    **{name: frozenset({name}) for name in ("material", "themes", "tags", "precision", "source")},
    "title": frozenset({"title"}),
    "autonomy_or_level": frozenset({"autonomy_or_level", "level"}),
}
_PERSON = {
    **{name: frozenset({name}) for name in ("age_band", "gender", "status")},
    **{name: frozenset({name}) for name in ("is_referred", "referral")},
    "commune": _HOME,
    "autonomy": frozenset({"autonomy_or_level", "autonomy"}),
    "resident_id": frozenset({"name"}),
}
_OF_WORKSHOPS = ("title", "autonomy_or_level")


def told(session: AssistedSession, place: PlaceName | None, note: str, precision: str) -> Activity:
    """Tell a stored activity as a row of a file does; `place`: where it was, if in a place."""
    facts = Facts(
        held_on=session.held_on,
        kind=session.kind,
        mode=session.mode,
        place=place,
        commune=None if place else session.commune,
        duration_min=session.duration_min or 0,
        title=session.title or "",
        autonomy_or_level=session.level,
        material=tuple(session.material),
        themes=tuple(theme.theme for theme in session.themes),
        tags=tuple(session.tags),
        precision=precision,
        source=any(one.has_random_profile for one in session.attendances),
        recorded_at=session.recorded_at,
        changed_at=session.changed_at,
    )
    return Activity(session.source_id or "", facts, 0, note, told_persons(session))


def told_persons(session: AssistedSession) -> list[Person]:
    """Tell the people of a stored activity as rows of a file do, in its order."""
    names = Person._fields
    return [Person(*(getattr(one, name) for name in names)) for one in session.attendances]


def completed(activity: Activity, stored: Activity, absent: Set[str]) -> Activity:
    """Give an activity of a file with what the file has no column for, as it is stored.

    Of a workshop whose rows are not all there, nobody who is stored goes away.
    """
    return replace(
        activity,
        facts=_facts(activity.facts, stored.facts, absent),
        persons=_persons(activity, stored.persons, absent),
        note=stored.note if "note" in absent else activity.note,
    )


def lost_persons(activity: Activity, stored: Activity, absent: Set[str]) -> int:
    """Count who, in a workshop whose rows are not all there, is like nobody stored."""
    if not _is_part(activity, stored.persons):
        return 0
    return len(activity.persons) - len(pairs(activity.persons, stored.persons, absent))


def _facts(facts: Facts, stored: Facts, absent: Set[str]) -> Facts:
    kept: dict[str, Any] = {
        name: getattr(stored, name)
        for name, columns in _FACTS.items()
        if columns <= absent
        and (name not in _OF_WORKSHOPS or facts.kind is stored.kind is SessionKind.WORKSHOP)
    }
    if "themes" in kept:  # those that the kind implies are there already
        kept["themes"] = tuple(dict.fromkeys((*facts.themes, *kept["themes"])))
    if facts.mode == stored.mode:
        if "place" in absent:
            kept |= {"place": stored.place, "commune": stored.commune if not stored.place else None}
        elif absent >= _COMMUNE and facts.place and stored.place:
            kept["place"] = facts.place._replace(commune=stored.place.commune)
        elif absent >= _COMMUNE:
            kept["commune"] = stored.commune
    return facts._replace(**kept)


def _is_part(activity: Activity, stored: Sequence[Person]) -> bool:
    return activity.is_cut and len(stored) >= len(activity.persons)


def _persons(activity: Activity, stored: Sequence[Person], absent: Set[str]) -> list[Person]:
    lacking = [name for name, columns in _PERSON.items() if columns <= absent]
    paired = pairs(activity.persons, stored, absent)
    if _is_part(activity, stored):
        whole = list(stored)
        for place, at in paired.items():
            resident_id = stored[at].resident_id or activity.persons[place].resident_id
            whole[at] = stored[at]._replace(resident_id=resident_id)
        return whole
    if not lacking:
        return activity.persons
    free = [at for at in range(len(stored)) if at not in paired.values()]
    others = [place for place in range(len(activity.persons)) if place not in paired]
    paired |= dict(zip(others, free, strict=False))
    persons = list(activity.persons)
    for place, at in paired.items():
        kept = {name: getattr(stored[at], name) for name in lacking}
        persons[place] = persons[place]._replace(**kept)
    return persons


def pairs(
    persons: Sequence[Person], stored: Sequence[Person], absent: Set[str] = frozenset()
) -> dict[int, int]:
    """Pair people of a file with those stored: by file, then by what the file has columns for.

    Among those who are alike, who has a file takes one that is nobody's yet.
    """
    known = [n for n, columns in _PERSON.items() if n != "resident_id" and not columns <= absent]
    hers = {one.resident_id: at for at, one in enumerate(stored) if one.resident_id is not None}
    found = {
        place: hers[one.resident_id]
        for place, one in enumerate(persons)
        if one.resident_id is not None and one.resident_id in hers
    }
    alike: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    taken = set(found.values())
    for at, one in sorted(enumerate(stored), key=lambda each: each[1].resident_id is not None):
        if at not in taken:
            alike[tuple(getattr(one, name) for name in known)].append(at)
    for place, one in enumerate(persons):
        same = alike[tuple(getattr(one, name) for name in known)]
        if place not in found and same:
            found[place] = same.pop(0 if one.resident_id else -1)
    return found
