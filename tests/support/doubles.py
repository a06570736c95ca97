"""Files of one structure in which some people have two, and some pairs only look alike."""

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from app.core.text import fold
from app.residents.search import Entry
from tests.support.names import GIVEN, MISTAKES, Person, people

TYPED_BADLY = (
    "nom exact", "sans accents ni majuscules", "trait d’union collé", "lettre doublée ou simple",
    "écrit comme on l’entend", "touche voisine", "deux lettres échangées", "lettre oubliée",
    "lettre en trop",
)  # fmt: skip


@dataclass
class Files:
    """Entries, the pairs that are one person, and the pairs that only look so, by kind."""

    entries: list[Entry] = field(default_factory=list)
    doubles: dict[frozenset[UUID], str] = field(default_factory=dict)
    two_people: dict[frozenset[UUID], str] = field(default_factory=dict)


def labelled_files(count: int, *, seed: int) -> Files:
    """Make as many files: one person in twenty has a second file, one in twenty a look-alike."""
    rng = Random(seed)
    files = Files()
    for person in people(int(count / 1.1), seed=seed):
        first = _entry(person, rng)
        files.entries.append(first)
        draw = rng.random()
        if draw < 0.05:
            kind, second = _again(person, first, rng)
            files.doubles[frozenset((first.resident_id, second.resident_id))] = kind
            files.entries.append(second)
        elif draw < 0.1:
            kind, second = _look_alike(person, first, rng)
            files.two_people[frozenset((first.resident_id, second.resident_id))] = kind
            files.entries.append(second)
    rng.shuffle(files.entries)
    return files


def _entry(person: Person, rng: Random) -> Entry:
    return Entry.of(
        person.id,
        person.given_name,
        person.family_name,
        birth_year=person.birth_year if rng.random() < 0.85 else None,
        phone=person.phone if rng.random() < 0.6 else None,
        email=person.email if rng.random() < 0.3 else None,
    )


def _again(person: Person, first: Entry, rng: Random) -> tuple[str, Entry]:
    """Make a second file of somebody, as a colleague in a hurry does."""
    kind = rng.choice(TYPED_BADLY)
    typed = MISTAKES[kind](person, rng)
    given, family = fold(person.given_name), fold(person.family_name)
    if isinstance(typed, str):
        length = len(given.split())
        words = fold(typed).split()
        if len(words) == len(person.words):
            given, family = " ".join(words[:length]), " ".join(words[length:])
    if rng.random() < 0.1:
        kind, given, family = "nom et prénom inversés", family, given
    year = first.birth_year
    draw = rng.random()
    if draw < 0.1 and year and kind == "nom exact":
        kind, year = "chiffres de l’année échangés", year[:2] + year[3] + year[2]
    elif draw < 0.25 and kind in ("nom exact", "sans accents ni majuscules"):
        kind, year = "année inconnue", ""
    return kind, Entry.of(
        UUID(int=rng.getrandbits(128)),
        given,
        family,
        birth_year=year,
        phone=first.phone if rng.random() < 0.5 else None,
        email=first.email if rng.random() < 0.5 else None,
    )


def _look_alike(person: Person, first: Entry, rng: Random) -> tuple[str, Entry]:
    """Make somebody else whose file looks like this one."""
    kind = rng.choice(("couple", "parent et enfant du même nom", "jumeaux", "frère et sœur"))
    given = rng.choice([name for name in GIVEN if name[:2] != person.given_name[:2]])
    year, phone = str(person.birth_year), first.phone
    if kind == "couple":
        year = str(person.birth_year + rng.randrange(-6, 7))
    elif kind == "parent et enfant du même nom":
        given, year = person.given_name, str(person.birth_year - rng.randrange(20, 40))
    elif kind == "frère et sœur":
        year = str(person.birth_year + rng.choice((-3, -2, 2, 3)))
    return kind, Entry.of(
        UUID(int=rng.getrandbits(128)), given, person.family_name, birth_year=year, phone=phone
    )
