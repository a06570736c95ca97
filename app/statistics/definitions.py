"""What each measure and dimension says, in plain French: shown on the method page, read by all.

For each: one sentence of definition, its unit, what it counts and what it does not.
"""

from dataclasses import dataclass

_ONE = "une valeur par accompagnement"
_SEVERAL = "plusieurs valeurs possibles par accompagnement"
_AN_ACT = "une valeur par démarche accompagnée"


@dataclass(frozen=True)
class Words:
    """A definition in one sentence, its unit, what is counted and what is left out."""

    definition: str
    unit: str
    counts: str
    leaves_out: str


MEASURES = {
    "attendances": Words(
        "Personnes présentes à une activité, comptées à chaque fois.",
        "un accompagnement",
        "Un accompagnement individuel compte un ; un atelier, autant que de participants ; "
        "un passage rapide, un.",
        "Les suivis prévus et les inscriptions à un atelier, tant que la personne n’est pas venue.",
    ),
    "residents": Words(
        "Personnes différentes.",
        "une personne",
        "Une personne suivie compte une fois dans la période, une personne anonyme à chacune "
        "de ses venues.",
        "Qui n’est pas venu dans la période. Une personne suivie par deux structures compte "
        "dans chacune.",
    ),
    "procedures": Words(
        "Démarches en ligne pour lesquelles une personne a été aidée.",
        "une démarche, à un accompagnement",
        "Chaque démarche notée, à chaque venue pour elle.",
        "Les compétences numériques travaillées, et les démarches dont on a seulement parlé "
        "sans les noter.",
    ),
    "completed_procedures": Words(
        "Démarches accompagnées dont l’issue est « Terminée ».",
        "une démarche, à un accompagnement",
        "Une démarche, le jour où elle est notée terminée.",
        "Les démarches envoyées dont on attend la réponse.",
    ),
    "blocked_procedures": Words(
        "Démarches accompagnées qui ont rencontré au moins un blocage et ne sont pas terminées.",
        "une démarche, à un accompagnement",
        "Une démarche avec un blocage, une fois par venue, quel que soit le nombre de blocages.",
        "Les démarches qui ont rencontré un blocage et sont terminées quand même.",
    ),
    "duration_min": Words(
        "Minutes de présence des bénéficiaires.",
        "une minute",
        "La durée d’un accompagnement individuel ; celle d’un atelier, une fois par "
        "participant. Par pas de 15 minutes.",
        "Le temps de préparation et de trajet du conseiller ; un passage rapide n’a pas de durée.",
    ),
    "workshops": Words(
        "Ateliers collectifs tenus. C’est un chiffre de lieux, pas de personnes : il est exact.",
        "un atelier",
        "Un atelier compte un, quel que soit le nombre de participants, même si personne "
        "n’est venu.",
        "Les ateliers prévus qui n’ont pas été tenus ou notés.",
    ),
    "follow_ups": Words(
        "Suivis dont on connaît la fin : la personne a été revue, ou elle n’est pas venue.",
        "un suivi",
        "Un suivi compte dans le mois où il était prévu. Un suivi sans personne nommée "
        "compte comme une personne à lui seul.",
        "Les suivis encore à faire, et ceux qui ont été annulés, par la personne ou par le "
        "conseiller.",
    ),
    "no_shows": Words(
        "Suivis où la personne n’est pas venue.",
        "un suivi",
        "Un suivi noté « Pas venu », dans le mois où il était prévu.",
        "Les rendez-vous reportés ou annulés avant l’heure.",
    ),
    "assessments": Words(
        "Diagnostics numériques terminés.",
        "un diagnostic",
        "Un diagnostic compte dans le mois où il est terminé, au lieu où la personne est "
        "venue ce jour-là.",
        "Les diagnostics commencés et laissés en route.",
    ),
}

DIMENSIONS = {
    "place": Words(
        "Lieu d’activité où l’accompagnement a eu lieu.",
        "une valeur au plus par accompagnement",
        "Ce qui s’est passé dans un lieu de la structure.",
        "Ce qui s’est passé à domicile, à distance ou dans un autre lieu.",
    ),
    "organisation": Words(
        "Structure du conseiller.",
        _ONE,
        "Tout ce que la structure a noté, où que ce soit.",
        "Ce qu’une autre structure a noté dans les mêmes murs.",
    ),
    "commune": Words(
        "Commune du lieu d’activité.",
        _ONE,
        "Ce qui s’est passé ailleurs que dans un lieu compte dans la commune de la structure.",
        "La commune où vit la personne.",
    ),
    "epci": Words(
        "Intercommunalité du lieu d’activité, pour sa part dans un seul département.",
        "une valeur au plus par accompagnement",
        "Les communes d’une intercommunalité, département par département.",
        "La commune où vit la personne.",
    ),
    "departement": Words(
        "Département du lieu d’activité.",
        _ONE,
        "Toutes les communes du département.",
        "Le département où vit la personne.",
    ),
    "region": Words(
        "Région du lieu d’activité.",
        _ONE,
        "Tous les départements de la région.",
        "La région où vit la personne.",
    ),
    "age_band": Words(
        "Âge de la personne, le jour de l’accompagnement.",
        _ONE,
        "Les huit tranches du programme national.",
        "L’âge de qui ne l’a pas dit : « Non précisé ».",
    ),
    "age_group": Words(
        "Âge de la personne, en trois groupes.",
        _ONE,
        "Moins de 25 ans, 25 à 59 ans, 60 ans et plus.",
        "L’âge de qui ne l’a pas dit.",
    ),
    "gender": Words(
        "Genre de la personne, tel qu’elle le dit.",
        _ONE,
        "Les valeurs du programme national.",
        "Le genre de qui ne l’a pas dit.",
    ),
    "status": Words(
        "Situation de la personne face à l’emploi et aux études.",
        _ONE,
        "Les valeurs du programme national.",
        "La situation de qui ne l’a pas dite.",
    ),
    "kind": Words(
        "Accompagnement individuel, atelier ou passage rapide.",
        _ONE,
        "Chaque accompagnement.",
        "Rien.",
    ),
    "level": Words(
        "Niveau auquel un atelier était annoncé.",
        "une valeur par atelier",
        "Les ateliers et leurs participants ; sans niveau noté : « Non précisé ».",
        "Les accompagnements individuels et les passages : un niveau ne s’y applique pas.",
    ),
    "mode": Words(
        "Où et comment l’accompagnement s’est passé.",
        _ONE,
        "Sur place, à domicile, à distance, autre lieu.",
        "Rien.",
    ),
    "duration_class": Words(
        "Durée de l’accompagnement individuel ou de l’atelier, par classes.",
        _ONE,
        "Moins de 30 minutes, de 30 minutes à moins d’une heure, d’une heure à moins de "
        "deux, deux heures et plus ; un passage rapide est « Sans durée ».",
        "Le temps de préparation.",
    ),
    "autonomy": Words(
        "Comment la personne se débrouille en repartant, comme le demande le programme national.",
        _ONE,
        "Les trois degrés du programme ; sans réponse : « Non précisé ».",
        "L’autonomie en arrivant.",
    ),
    "referral": Words(
        "Vers quel service la personne a été orientée ce jour-là.",
        _ONE,
        "Les sept services du programme national, « Pas d’orientation » quand c’est dit, et "
        "« Non précisé » quand ce n’était pas demandé.",
        "Les démarches de l’outil national d’avant mai 2025 : cette case y voulait dire "
        "autre chose.",
    ),
    "material": Words(
        "Appareils utilisés pendant l’accompagnement.",
        _SEVERAL,
        "Chaque appareil coché, et « Pas de matériel » ; rien de coché : « Non précisé ».",
        "Ce que la personne possède : voir l’équipement.",
    ),
    "theme": Words(
        "Ce sur quoi on a travaillé, selon les 30 thématiques du programme national.",
        _SEVERAL,
        "Chaque thématique cochée, ou tirée de la démarche notée.",
        "Les accompagnements sans thématique.",
    ),
    "procedure": Words(
        "Démarche en ligne accompagnée.",
        _AN_ACT,
        "Les démarches du catalogue ; les démarches propres à une structure, réunies par thème.",
        "Les accompagnements sans démarche.",
    ),
    "procedure_theme": Words(
        "Thème de la démarche accompagnée.",
        _AN_ACT,
        "Toutes les démarches du thème.",
        "Les accompagnements sans démarche.",
    ),
    "provider": Words(
        "Organisme chez qui se fait la démarche.",
        _AN_ACT,
        "Toutes les démarches de l’organisme.",
        "Les accompagnements sans démarche.",
    ),
    "outcome": Words(
        "Où en est la démarche en fin d’accompagnement.",
        _AN_ACT,
        "De « Préparée » à « Terminée », « Orientée » ou « Abandonnée ».",
        "Ce que la démarche devient ensuite, hors de la structure.",
    ),
    "blocker": Words(
        "Ce qui a bloqué la démarche.",
        "plusieurs valeurs possibles par démarche accompagnée",
        "Chaque blocage coché.",
        "Les démarches sans blocage.",
    ),
    "blocker_family": Words(
        "Famille de ce qui a bloqué : compétences, équipement, connexion, service, autre.",
        "plusieurs valeurs possibles par démarche accompagnée",
        "Chaque famille une fois par démarche.",
        "Les démarches sans blocage.",
    ),
    "divide": Words(
        "Fracture numérique rencontrée : connexion, équipement, compétences.",
        _SEVERAL,
        "Ce qui est coché pour la personne, un blocage de cette famille, ou ce que dit son "
        "équipement ou sa connexion ; pour un diagnostic, ce qu’il a trouvé.",
        "Ce qui n’est pas précisé : ces nombres sont des minimums.",
    ),
    "equipment": Words(
        "Équipement que la personne a chez elle.",
        _SEVERAL,
        "Chaque réponse cochée, et « Non précisé ».",
        "Ce qui a servi pendant l’accompagnement : voir le matériel.",
    ),
    "home_connection": Words(
        "Connexion que la personne a chez elle.",
        _ONE,
        "Chaque réponse, et « Non précisé ».",
        "La connexion du lieu d’activité.",
    ),
    "follow_up_kind": Words(
        "Rendez-vous, quand le suivi a une heure ; sinon, rappel de revenir à la personne.",
        "une valeur par suivi",
        "Chaque suivi dont on connaît la fin.",
        "Rien.",
    ),
}
