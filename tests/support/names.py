"""People with names as the country has them, and the ways they are mistyped: a labelled set."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from uuid import UUID

from app.core.text import fold

GIVEN = (
    "Nicole Monique Françoise Jacqueline Sylvie Catherine Nathalie Isabelle Valérie Christine "
    "Martine Brigitte Danielle Chantal Annie Michèle Odile Ginette Simone Yvonne Suzanne Denise "
    "Paulette Colette Andrée Hélène Élisabeth Véronique Corinne Laurence Sandrine Stéphanie Céline "
    "Aurélie Émilie Julie Élodie Mélanie Laëtitia Audrey Camille Manon Léa Chloé Zoé Inès Maëlys "
    "Océane Noémie Gaëlle Morgane Solène Maëva Anaïs Clémence Margaux Agathe Philippe Michel Alain "
    "Bernard Jacques Daniel Patrick Gérard Christian André Pierre Claude René Roger Robert Marcel "
    "Georges Maurice Raymond Henri Lucien Émile Fernand Didier Thierry Laurent Pascal Éric Frédéric "
    "Christophe Stéphane Sébastien Nicolas Guillaume Jérôme Grégory Cédric Mickaël Ludovic Anthony "
    "Quentin Théo Hugo Lucas Enzo Mathis Nathan Raphaël Maxence Corentin Loïc Yann Erwan Gwénaël "
    "Mohamed Ahmed Fatima Khadija Aïcha Youssef Karim Rachid Samira Nadia Yasmina Abdelkader "
    "Abdallah Mustapha Zohra Malika Djamila Noureddine Hicham Soumia Houria Ibrahim Mamadou Fatou "
    "Aminata Ousmane Moussa Mariam Awa Seydou Kadiatou Boubacar João Maria António Fernanda Paulo "
    "Conceição Mehmet Ayşe Fatma Emine Hüseyin Gülsüm Ion Mihaela Gheorghe Elena Oleksandr Oksana "
    "Svitlana Volodymyr Olena Ahmad Farida Zahra Gul Nasrin Nguyen Linh Thi Giuseppe Rosa Carmen "
    "Jean-Pierre Jean-Claude Jean-François Jean-Marie Jean-Luc Marie-Claude Marie-Thérèse Anne-Marie "
    "Marie-Christine Jean-Baptiste Marie-Hélène Pierre-Yves Anne-Sophie Jean-Jacques Marie-Laure"
).split()  # fmt: skip
FAMILY = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre "
    "Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent "
    "Muller Lefèvre Faure André Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand "
    "Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier Masson "
    "Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly "
    "Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux "
    "Colin Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe "
    "Bourgeois Pierre Benoît Rey Leclerc Payet Rolland Leclercq Guillaume Lecomte López Jean Dupuy "
    "Guillot Hubert Berger Carpentier Sánchez Dupuis Moulin Louis Deschamps Huet Vasseur Perez "
    "Boucher Fleury Royer Klein Jacquet Adam Paris Poirier Marty Aubry Guyot Carré Charles Renault "
    "Charpentier Ménard Maillard Baron Bertin Bailly Hervé Schneider Fernandez Collet Léger Bouvier "
    "Julien Prévost Millet Perrot Daniel Cousin Germain Breton Besson Langlois Rémy Le-Gall "
    "Benali Bouchareb Haddad Belkacem Cherif Boukhari Mansouri Saïdi Hamidi Ziani Bensaïd Bouzid "
    "Traoré Diallo Coulibaly Diop N'Diaye Sow Camara Keïta Konaté Cissé Sissoko Touré Koné "
    "Ferreira Gonçalves Rodrigues Pereira Lopes Teixeira Carvalho Yılmaz Kaya Demir Şahin Çelik "
    "Öztürk Arslan Popescu Ionescu Dumitru Kovalenko Shevchenko Bondarenko Tkachenko Melnyk Karimi "
    "Ahmadi Rahimi Hosseini Nguyen Tran Pham Schwartz Zimmermann Weiss Wagner Kowalski Wisniewski"
).split()  # fmt: skip
WITH_PARTICLE = (
    "de La Fontaine|Le Roux|Le Goff|d'Angelo|de Oliveira|da Silva|dos Santos|El Amrani|Ben Ali|"
    "Ait Ahmed|van den Berg|Le Bihan|de Sousa|El Khoury|du Bois|Le Floch|Della Rocca|Ben Youssef|"
    "La Rocca|de Almeida|O'Connor|Abou Bakr|Ould Mohamed|von Arnim|Saint-Martin"
).split("|")
STARTS = (
    "Beau Mont Ville Char Bar Gran Cour Bel Cast Mar Lan Fro Gui Per Tan Vau Ro Mal Des Pol Cha Fer "
    "Dar Blan Plan Four Pich Sau Tour Verm Bou Cla Fou Gar Hau Jou Lam Mou Nav Ou Pra Quer Ray Sal "
    "Tri Val Wal Yv Zel"
).split()
MIDDLES = "chen ch d l t ss m n r ll nn ber din gu qu c b v f g z del lan mar".split()
ENDS = "ard eau ier et ot in on al ais ois ieux ac ault oux elle ette ine ou y ez er iot ain el".split()
KEYS = ("azertyuiop", "qsdfghjklm", "wxcvbn")


@dataclass(frozen=True)
class Person:
    """Somebody of the labelled set."""

    id: UUID
    given_name: str
    family_name: str
    birth_year: int
    phone: str
    email: str

    @property
    def words(self) -> list[str]:
        """The folded words of the name."""
        return fold(f"{self.given_name} {self.family_name}").split()


def people(count: int, *, seed: int = 1) -> list[Person]:
    """Make as many people, no two with the same folded name."""
    rng = Random(seed)
    families = [s + m + e for s in STARTS for m in MIDDLES for e in ENDS]
    rng.shuffle(families)
    found: dict[str, Person] = {}
    while len(found) < count:
        given, family = rng.choice(GIVEN), _family(rng, families)
        year = rng.randrange(1930, 2008)
        phone = f"06{rng.randrange(10**8):08d}"
        email = (
            f"{fold(given).replace(' ', '')}.{fold(family).replace(' ', '')}{year % 100}@exemple.fr"
        )
        person = Person(UUID(int=rng.getrandbits(128)), given, family, year, phone, email)
        found.setdefault("".join(sorted(person.words)), person)
    return list(found.values())


def _family(rng: Random, invented: list[str]) -> str:
    draw = rng.random()
    if draw < 0.5:
        return rng.choice(FAMILY)
    if draw < 0.56:
        return rng.choice(WITH_PARTICLE)
    if draw < 0.62:
        return f"{rng.choice(FAMILY)}-{rng.choice(FAMILY)}"
    return rng.choice(invented[:4_000])


Mistake = Callable[[Person, Random], str | None]
MISTAKES: dict[str, Mistake] = {}


def mistake(title: str) -> Callable[[Mistake], Mistake]:
    """Name a way of typing a person's name; None when it does not apply to her."""

    def keep(function: Mistake) -> Mistake:
        MISTAKES[title] = function
        return function

    return keep


@mistake("nom exact")
def _exact(who: Person, _: Random) -> str:
    return f"{who.given_name} {who.family_name}"


@mistake("nom avant prénom")
def _swapped(who: Person, _: Random) -> str:
    return f"{who.family_name} {who.given_name}"


@mistake("sans accents ni majuscules")
def _plain(who: Person, _: Random) -> str | None:
    plain = fold(_exact(who, _))
    return plain if plain != _exact(who, _).lower() else None


@mistake("trait d’union collé")
def _glued(who: Person, _: Random) -> str | None:
    return (
        _exact(who, _).replace("-", "").replace("'", "")
        if set("-'") & set(_exact(who, _))
        else None
    )


@mistake("trait d’union en espace")
def _spaced(who: Person, _: Random) -> str | None:
    return _exact(who, _).replace("-", " ") if "-" in _exact(who, _) else None


@mistake("lettre doublée ou simple")
def _doubled(who: Person, rng: Random) -> str:
    def change(word: str) -> str:
        if (pair := re.search(r"(.)\1", word)) is not None:
            return word[: pair.start()] + word[pair.start() + 1 :]
        places = [i for i, c in enumerate(word) if c in "lmnrstpfc"] or [0]
        place = rng.choice(places)
        return word[:place] + word[place] + word[place:]

    return _in_one_word(who, rng, change)


HEARD = (
    ("ph", "f"), ("eau", "o"), ("au", "o"), ("qu", "k"), ("y", "i"), ("ss", "s"), ("th", "t"),
    ("ch", "sh"), ("ou", "u"), ("ai", "e"), ("ck", "k"), ("ll", "l"), ("ie", "i"), ("ck", "k"),
    ("an", "en"), ("c", "k"), ("x", ""), ("t", ""), ("d", ""), ("h", ""), ("s", "z"), ("ei", "e"),
)  # fmt: skip


@mistake("écrit comme on l’entend")
def _heard(who: Person, rng: Random) -> str | None:
    def change(word: str) -> str:
        for spelled, said in rng.sample(HEARD, len(HEARD)):
            if spelled in word and not (said == "" and not word.endswith(spelled)):
                return word[: -len(spelled)] if said == "" else word.replace(spelled, said, 1)
        return word

    typed = _in_one_word(who, rng, change)
    return typed if typed != " ".join(who.words) else None


@mistake("touche voisine")
def _neighbour(who: Person, rng: Random) -> str:
    def change(word: str) -> str:
        place = rng.randrange(1, len(word))
        row = next((row for row in KEYS if word[place] in row), KEYS[0])
        at = max(row.find(word[place]), 0)
        other = row[at - 1] if at == len(row) - 1 or (at and rng.random() < 0.5) else row[at + 1]
        return word[:place] + other + word[place + 1 :]

    return _in_one_word(who, rng, change)


@mistake("deux lettres échangées")
def _crossed(who: Person, rng: Random) -> str:
    def change(word: str) -> str:
        place = rng.randrange(len(word) - 1)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    return _in_one_word(who, rng, change)


@mistake("lettre oubliée")
def _dropped(who: Person, rng: Random) -> str:
    def change(word: str) -> str:
        place = rng.randrange(1, len(word))
        return word[:place] + word[place + 1 :]

    return _in_one_word(who, rng, change)


@mistake("lettre en trop")
def _added(who: Person, rng: Random) -> str:
    def change(word: str) -> str:
        place = rng.randrange(1, len(word) + 1)
        return word[:place] + rng.choice("aeiourstln") + word[place:]

    return _in_one_word(who, rng, change)


@mistake("débuts de mots")
def _beginnings(who: Person, _: Random) -> Iterator[str]:
    given, family = fold(who.given_name).split(), fold(who.family_name).split()
    for length in range(3, 12):
        yield f"{given[0][:length]} {' '.join(w[:length] for w in family)}"


@mistake("nom puis début du prénom")
def _narrowed(who: Person, _: Random) -> Iterator[str]:
    for length in range(1, 12):
        yield f"{who.family_name} {fold(who.given_name)[:length]}"


@mistake("initiale et nom")
def _initial(who: Person, _: Random) -> Iterator[str]:
    parts = re.split(r"[- ]", who.given_name)
    short = "-".join(f"{part[0]}." for part in parts)
    yield f"{short} {who.family_name}"
    yield f"{''.join(part[0] for part in parts)} {who.family_name} {who.birth_year}"


@mistake("particule oubliée ou collée")
def _particle(who: Person, rng: Random) -> str | None:
    if who.family_name not in WITH_PARTICLE:
        return None
    family = fold(who.family_name).split()
    return f"{who.given_name} {''.join(family) if rng.random() < 0.5 else family[-1]}"


@mistake("un seul des deux noms")
def _one_of_two(who: Person, rng: Random) -> Iterator[str]:
    if "-" in who.family_name:
        yield f"{who.given_name} {rng.choice(who.family_name.split('-'))}"
        yield f"{who.given_name} {who.family_name.split('-')[0]} {who.birth_year}"


@mistake("tout attaché")
def _as_one(who: Person, _: Random) -> str:
    return "".join(who.words)


@mistake("téléphone")
def _phone(who: Person, rng: Random) -> str:
    spaced = " ".join(who.phone[i : i + 2] for i in range(0, 10, 2))
    return rng.choice([who.phone, spaced, "+33 " + spaced[1:], spaced[:14]])


@mistake("adresse e-mail")
def _email(who: Person, rng: Random) -> str:
    return rng.choice([who.email, who.email.split("@")[0] + "@", who.email.upper()])


def _in_one_word(who: Person, rng: Random, change: Callable[[str], str]) -> str:
    words = who.words
    place = rng.choice([i for i, w in enumerate(words) if len(w) > 3] or [0])
    words[place] = change(words[place])
    return " ".join(words)


@dataclass(frozen=True)
class Asked:
    """One line of the labelled set: what was typed, in which way, and whom it was for."""

    kind: str
    typed: str
    wanted: Person


def labelled(everybody: list[Person], count: int, *, seed: int = 7) -> list[Asked]:
    """Make as many questions, every kind as often; one that others answer as exactly is not asked.

    What narrows (beginnings, initials) is typed until nobody else's name starts so.
    """
    rng = Random(seed)
    judge = _Others(everybody)
    kinds = list(MISTAKES)
    found: list[Asked] = []
    while len(found) < count:
        kind, who = kinds[len(found) % len(kinds)], rng.choice(everybody)
        made = MISTAKES[kind](who, rng)
        candidates = [made] if made is None or isinstance(made, str) else list(made)
        typed = next((t for t in candidates if t and judge.is_hers(t, who)), None)
        if typed is not None:
            found.append(Asked(kind, typed, who))
    return found


class _Others:
    """Tells whether somebody else answers a typed text by beginnings alone as well as she does."""

    def __init__(self, everybody: list[Person]) -> None:
        self._by_start: dict[str, set[UUID]] = {}
        self._year = {person.id: str(person.birth_year) for person in everybody}
        for person in everybody:
            words = person.words
            given = fold(person.given_name).split()
            joined = ["".join(words), "".join(fold(person.family_name).split()), "".join(given)]
            for word in {*words, *joined, "".join(w[0] for w in given)}:
                for end in range(1, len(word) + 1):
                    self._by_start.setdefault(word[:end], set()).add(person.id)

    def is_hers(self, typed: str, who: Person) -> bool:
        """Say whether nobody else has all the typed words as beginnings of hers."""
        if "@" in typed or any(c.isdigit() for c in typed[:4]):
            return True
        alike: set[UUID] | None = None
        for word in fold(typed).split():
            if word.isdigit():
                held = {i for i, year in self._year.items() if year == word}
            else:
                held = self._by_start.get(word, set())
            alike = held if alike is None else alike & held
        return not (alike or set()) - {who.id}
