"""What can be counted and by what: measures and dimensions, as data.

A dimension's values and what stands above them come with a `Reference`; disclosure control and
the tables follow from what is declared here.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.statistics import definitions
from app.statistics.definitions import Words
from app.statistics.periods import Level


class Table(StrEnum):
    """Tables of the fact store; a person has several rows in all of them."""

    ATTENDANCES = "attendances"
    THEMES = "themes"
    ACTS = "acts"
    BLOCKERS = "blockers"
    DIVIDES = "divides"
    EQUIPMENT = "equipment"
    MATERIAL = "material"
    WORKSHOPS = "workshops"
    FOLLOW_UPS = "follow_ups"
    ASSESSMENTS = "assessments"
    ASSESSED_DIVIDES = "assessed_divides"


class Acts(StrEnum):
    """Which acts a measure counts: only some people have any, so it narrows like a clause.

    Follow-ups and assessments are worlds of their own: who has one need not have come, so nothing
    is wider than all those who have one (docs/decisions/0011).
    """

    PROCEDURES = "procedures"
    COMPLETED = "completed_procedures"
    BLOCKED = "blocked_procedures"
    FOLLOW_UPS = "follow_ups"
    NO_SHOWS = "no_shows"
    ASSESSMENTS = "assessments"

    __hash__ = str.__hash__  # part of the key of every selection

    @property
    def wider(self) -> "Acts | None":
        """The acts of which these are a part; None is everybody, or nothing in its own world."""
        return _WIDER_ACTS.get(self)

    @property
    def world(self) -> "Acts | None":
        """The acts that are the whole of its world; None is the world of who came."""
        return _WORLDS.get(self)


_WIDER_ACTS = {
    Acts.COMPLETED: Acts.PROCEDURES,
    Acts.BLOCKED: Acts.PROCEDURES,
    Acts.NO_SHOWS: Acts.FOLLOW_UPS,
}
_WORLDS = {
    Acts.FOLLOW_UPS: Acts.FOLLOW_UPS,
    Acts.NO_SHOWS: Acts.FOLLOW_UPS,
    Acts.ASSESSMENTS: Acts.ASSESSMENTS,
}


class Counted(StrEnum):
    """What a measure adds up; workshops are no figure of persons, and exact."""

    PERSONS = "persons"
    ACTS = "acts"
    MINUTES = "minutes"
    WORKSHOPS = "workshops"


@dataclass(frozen=True)
class Measure:
    """A figure that can be asked for, and the dimensions it can be cut by, periods apart."""

    name: str
    title: str
    unit: str
    counted: Counted
    acts: Acts | None = None
    dimensions: frozenset[str] = frozenset()

    @property
    def with_unit(self) -> str:
        """Its title, and what it is told in when the title does not say it."""
        return self.title if self.title.lower() == self.unit else f"{self.title} ({self.unit})"

    @property
    def words(self) -> Words:
        """What it is, what it counts and what it does not, in plain French."""
        return definitions.MEASURES[self.name]

    @property
    def definition(self) -> str:
        """What it is, in one sentence."""
        return self.words.definition


@dataclass(frozen=True)
class Dimension:
    """Something figures can be cut by.

    `parents` are the dimensions one step wider. `family` is shared by dimensions that cut the same
    thing more or less finely. `is_person`: an attribute of the person, dealt at random in some
    workshops. `covers`: every attendance has exactly one value.
    """

    name: str
    label: str
    table: Table = Table.ATTENDANCES
    family: str = ""
    parents: tuple[str, ...] = ()
    is_person: bool = False
    covers: bool = True

    @property
    def group(self) -> str:
        """Its family, or itself when it stands alone."""
        return self.family or self.name

    @property
    def words(self) -> Words:
        """What it says, of whom, and what it does not, in plain French."""
        return definitions.DIMENSIONS[self.name]


WHERE, AGE, KIND, PROCEDURE, BLOCKER = "where", "age", "kind", "procedure", "blocker"

# Within a family the finest come first: what is known of one value decides those after it.
_DIMENSIONS = (
    Dimension(
        "place", "Lieu d’activité", family=WHERE, parents=("commune", "organisation"), covers=False
    ),
    Dimension("organisation", "Structure", family=WHERE),
    Dimension("commune", "Commune", family=WHERE, parents=("epci",)),
    Dimension("epci", "Intercommunalité (part dans le département)", family=WHERE,
              parents=("departement",), covers=False),
    Dimension("departement", "Département", family=WHERE, parents=("region",)),
    Dimension("region", "Région", family=WHERE),
    Dimension("age_band", "Tranche d’âge", family=AGE, parents=("age_group",), is_person=True),
    Dimension("age_group", "Groupe d’âge", family=AGE, is_person=True),
    Dimension("gender", "Genre", is_person=True),
    Dimension("status", "Statut", is_person=True),
    Dimension("level", "Niveau de l’atelier", family=KIND, parents=("kind",), covers=False),
    Dimension("kind", "Type d’accompagnement", family=KIND),
    Dimension("mode", "Canal"),
    Dimension("duration_class", "Durée"),
    Dimension("autonomy", "Autonomie en repartant"),
    Dimension("referral", "Orientée vers"),
    Dimension("material", "Matériel utilisé", Table.MATERIAL, covers=False),
    Dimension("theme", "Thématique", Table.THEMES, covers=False),
    Dimension("procedure", "Démarche", Table.ACTS, PROCEDURE, ("procedure_theme", "provider"),
              covers=False),
    Dimension("procedure_theme", "Thème de démarche", Table.ACTS, PROCEDURE, covers=False),
    Dimension("provider", "Organisme", Table.ACTS, PROCEDURE, covers=False),
    Dimension("outcome", "Où en est la démarche", Table.ACTS, covers=False),
    Dimension("blocker", "Blocage", Table.BLOCKERS, BLOCKER, ("blocker_family",), covers=False),
    Dimension("blocker_family", "Famille de blocages", Table.BLOCKERS, BLOCKER, covers=False),
    Dimension("divide", "Fracture numérique", Table.DIVIDES, covers=False),
    Dimension("equipment", "Équipement de la personne", Table.EQUIPMENT, covers=False),
    Dimension("home_connection", "Connexion à domicile"),
    Dimension("follow_up_kind", "Type de suivi", Table.FOLLOW_UPS),
)  # fmt: skip
DIMENSIONS = {dimension.name: dimension for dimension in _DIMENSIONS}
ORDER = {name: position for position, name in enumerate(DIMENSIONS)}
PERIOD_DIMENSIONS = {
    Level.MONTH: "Mois",
    Level.QUARTER: "Trimestre",
    Level.SEMESTER: "Semestre",
    Level.YEAR: "Année",
}
_PLACES = frozenset(name for name, dimension in DIMENSIONS.items() if dimension.family == WHERE)
ATTENDED = frozenset(DIMENSIONS) - {"follow_up_kind"}  # of who came
ACT_TABLES = frozenset({Table.ACTS, Table.BLOCKERS})

AGE_GROUPS = {
    "soixante_dix_plus": "60_plus",
    "soixante_soixante_neuf": "60_plus",
    "quarante_cinquante_neuf": "25_59",
    "vingt_cinq_trente_neuf": "25_59",
    "dix_huit_vingt_quatre": "moins_25",
    "douze_dix_huit": "moins_25",
    "moins_de_douze": "moins_25",
    "non_communique": "non_communique",
}

# Which dimensions the values of two families of facts can be told by (atoms of `Reference`).
KINDS = (
    *({"level": level, "kind": "workshop"} for level in (
        "debutant", "intermediaire", "avance", "non_communique")),
    {"kind": "individual"},
    {"kind": "passage"},
)  # fmt: skip

_MEASURES = (
    Measure("attendances", "Accompagnements", "accompagnements", Counted.ACTS, None, ATTENDED),
    Measure("residents", "Bénéficiaires", "bénéficiaires", Counted.PERSONS, None, ATTENDED),
    Measure("procedures", "Démarches accompagnées", "démarches", Counted.ACTS, Acts.PROCEDURES,
            ATTENDED),
    Measure("completed_procedures", "Démarches terminées", "démarches", Counted.ACTS,
            Acts.COMPLETED, ATTENDED),
    Measure("blocked_procedures", "Démarches bloquées", "démarches", Counted.ACTS, Acts.BLOCKED,
            ATTENDED),
    Measure("duration_min", "Temps d’accompagnement", "minutes", Counted.MINUTES, None, ATTENDED),
    Measure("workshops", "Ateliers tenus", "ateliers", Counted.WORKSHOPS, None,
            _PLACES | {"theme", "level"}),
    Measure("follow_ups", "Suivis", "suivis", Counted.ACTS, Acts.FOLLOW_UPS,
            _PLACES | {"follow_up_kind"}),
    Measure("no_shows", "Suivis où personne n’est venu", "suivis", Counted.ACTS, Acts.NO_SHOWS,
            _PLACES | {"follow_up_kind"}),
    Measure("assessments", "Diagnostics", "diagnostics", Counted.ACTS, Acts.ASSESSMENTS,
            _PLACES | {"divide"}),
)  # fmt: skip
MEASURES = {measure.name: measure for measure in _MEASURES}
LATER_MEASURES = frozenset({"satisfaction"})
