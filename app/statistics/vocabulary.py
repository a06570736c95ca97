"""What can be counted and by what: measures and dimensions, as data.

A dimension's values and what stands above them come with a `Reference`; disclosure control and
the tables follow from what is declared here.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.statistics.periods import Level


class Table(StrEnum):
    """Tables of the fact store; a person has several rows in all of them."""

    ATTENDANCES = "attendances"
    THEMES = "themes"
    ACTS = "acts"
    BLOCKERS = "blockers"
    DIVIDES = "divides"
    EQUIPMENT = "equipment"


class Acts(StrEnum):
    """Which procedures a measure counts: only some people have any, so it narrows like a clause."""

    PROCEDURES = "procedures"
    COMPLETED = "completed_procedures"
    BLOCKED = "blocked_procedures"

    __hash__ = str.__hash__  # part of the key of every selection

    @property
    def wider(self) -> "Acts | None":
        """The acts of which these are a part; None is everybody."""
        return None if self is Acts.PROCEDURES else Acts.PROCEDURES


class Counted(StrEnum):
    """What a measure adds up."""

    PERSONS = "persons"
    ACTS = "acts"
    MINUTES = "minutes"


@dataclass(frozen=True)
class Measure:
    """A figure that can be asked for."""

    name: str
    title: str
    unit: str
    definition: str
    counted: Counted
    acts: Acts | None = None


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


WHERE, AGE, PROCEDURE, BLOCKER = "where", "age", "procedure", "blocker"

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
    Dimension("kind", "Type d’accompagnement"),
    Dimension("mode", "Canal"),
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
)  # fmt: skip
DIMENSIONS = {dimension.name: dimension for dimension in _DIMENSIONS}
ORDER = {name: position for position, name in enumerate(DIMENSIONS)}
PERIOD_DIMENSIONS = {
    Level.MONTH: "Mois",
    Level.QUARTER: "Trimestre",
    Level.SEMESTER: "Semestre",
    Level.YEAR: "Année",
}
LATER_DIMENSIONS = frozenset({"autonomy", "material", "duration_class", "level", "referral"})
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

_MEASURES = (
    Measure(
        "attendances",
        "Accompagnements",
        "accompagnements",
        "Personnes présentes à une activité, comptées à chaque fois : un accompagnement "
        "individuel compte un, un atelier autant que de participants.",
        Counted.ACTS,
    ),
    Measure(
        "residents",
        "Bénéficiaires",
        "bénéficiaires",
        "Personnes différentes : une personne suivie compte une fois dans la période, "
        "une personne anonyme à chacune de ses venues.",
        Counted.PERSONS,
    ),
    Measure(
        "procedures",
        "Démarches accompagnées",
        "démarches",
        "Démarches en ligne pour lesquelles une personne a été aidée.",
        Counted.ACTS,
        Acts.PROCEDURES,
    ),
    Measure(
        "completed_procedures",
        "Démarches terminées",
        "démarches",
        "Démarches accompagnées dont l’issue est « Terminée ».",
        Counted.ACTS,
        Acts.COMPLETED,
    ),
    Measure(
        "blocked_procedures",
        "Démarches bloquées",
        "démarches",
        "Démarches accompagnées qui ont rencontré au moins un blocage et ne sont pas terminées.",
        Counted.ACTS,
        Acts.BLOCKED,
    ),
    Measure(
        "duration_min",
        "Temps d’accompagnement",
        "minutes",
        "Minutes de présence des bénéficiaires : la durée d’un accompagnement individuel ; "
        "celle d’un atelier, une fois par participant. Par pas de 15 minutes ; un passage "
        "rapide n’a pas de durée.",
        Counted.MINUTES,
    ),
)
MEASURES = {measure.name: measure for measure in _MEASURES}
LATER_MEASURES = frozenset({"workshops", "follow_ups", "no_shows", "assessments", "satisfaction"})
