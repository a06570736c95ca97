"""What the demonstration draws from: names, structures, procedures and their usual fate.

Everything is fictional; the shares were chosen to look like a real year, no source stands behind.
"""

from dataclasses import dataclass
from datetime import date

GIVEN = {
    "feminin": (
        "Nicole", "Fatima", "Monique", "Jeanne", "Sylvie", "Aïcha", "Chantal", "Marie-Thérèse",
        "Denise", "Rosa", "Olga", "Danièle", "Khadija", "Yvette", "Françoise", "Inès", "Lucienne",
        "Mireille", "Zohra", "Bernadette", "Camille", "Élodie", "Nathalie", "Thi-Lan",
    ),
    "masculin": (
        "Michel", "Mohamed", "Jean-Pierre", "André", "Alain", "Ibrahima", "Gérard", "René",
        "Karim", "Yves", "Manuel", "Daniel", "Roger", "Serge", "Youssef", "Lucien", "Patrick",
        "Thomas", "Kévin", "Ahmed", "Marcel", "Hervé", "Loïc", "Mamadou",
    ),
}  # fmt: skip
FAMILY = (
    "Leroux", "Benali", "Morel", "Keita", "Da Silva", "Le Goff", "Martin", "Diarra", "Petit",
    "Hamon", "Nguyen", "Robert", "Traoré", "Le Bihan", "Garnier", "Haddad", "Rousseau", "Pereira",
    "Blanchard", "Guérin", "Kaya", "Fontaine", "Le Gall", "Chevalier", "Moreau", "Ba", "Lefebvre",
    "Marchand", "Costa", "Vandenbroucke-Rakotomalala", "Perrot", "Cohen", "Rolland", "Sow",
    "Gauthier", "Tanguy", "Lopez", "Mercier", "Boucher", "Jaouen", "Kowalski", "Dupuis",
)  # fmt: skip
STRUCTURES = (
    ("Médiathèque des Quais", "35236", ("Médiathèque des Quais", "Antenne de la Gare")),
    ("France services du Val", "35168", ("France services du Val", "Mairie annexe")),
    ("Maison du Canal", "35238", ("Maison du Canal",)),
    ("Espace Beauregard", "35360", ("Espace Beauregard",)),
    ("Tiers-lieu La Fabrique", "35115", ("Tiers-lieu La Fabrique",)),
    ("Centre social des Tilleuls", "35047", ("Centre social des Tilleuls",)),
    ("Médiathèque du Port", "35288", ("Médiathèque du Port",)),
    ("CCAS de la Vallée", "35240", ("CCAS de la Vallée",)),
)
STREETS = ("2 quai des Tanneurs", "14 rue de la Gare", "1 place de la Mairie", "8 rue du Canal")
HOURS = "Du mardi au samedi, de 9 heures à 18 heures."
ADVISERS = (
    ("Awa Diallo", "Chloé Le Goff", "Marc Tessier", "Samira Ouali"),
    ("Bruno Petit", "Nadia Ferhat", "Gaëlle Morvan", "Hugo Lambert"),
)


@dataclass(frozen=True)
class Usual:
    """How often a procedure comes, how it ends, and what blocks it (weights)."""

    slug: str
    share: float
    finished: float
    blockers: tuple[tuple[str, int], ...]
    months: tuple[int, ...] = ()  # busy months, three times as often


USUAL = (
    Usual("aide-logement", 11, 0.58, (("piece-manquante", 5), ("mot-de-passe", 4), ("equipement-telephone-seul", 3), ("site-peu-clair", 2))),
    Usual("france-travail-actualisation", 9, 0.86, (("mot-de-passe", 4), ("equipement-pas-de-mobile", 3), ("connexion-cout", 1))),
    Usual("carte-grise-occasion", 7, 0.46, (("piece-manquante", 6), ("piece-refusee", 4), ("site-peu-clair", 4), ("franceconnect", 2))),
    Usual("ameli-compte", 7, 0.66, (("email-aucun", 4), ("mot-de-passe", 4), ("equipement-pas-de-mobile", 3), ("franceconnect", 2))),
    Usual("impots-declaration-revenus", 6, 0.80, (("crainte", 5), ("mot-de-passe", 3), ("formulaire", 3)), (4, 5, 6)),
    Usual("carte-identite-predemande", 5, 0.84, (("pas-de-creneau", 5), ("equipement-scanner", 2), ("email-acces", 2))),
    Usual("titre-sejour-anef", 4, 0.34, (("pas-de-reponse", 5), ("site-panne", 4), ("langue", 4), ("piece-refusee", 3))),
    Usual("retraite-demande", 4, 0.48, (("piece-manquante", 5), ("formulaire", 3), ("erreur-dossier", 2), ("gestes", 2))),
    Usual("caf-espace", 4, 0.70, (("mot-de-passe", 5), ("compte-bloque", 3), ("equipement-partage", 2))),
    Usual("logement-social-demande", 3, 0.55, (("piece-manquante", 4), ("equipement-scanner", 3), ("formulaire", 2))),
)  # fmt: skip
OTHERS = (
    "impots-espace-particulier", "passeport-predemande", "france-travail-espace", "rsa-demande",
    "france-travail-inscription", "prime-activite", "ameli-attestation-droits", "impots-avis",
    "acte-naissance", "doctolib-rdv", "info-retraite-compte", "rdv-mairie-titres",
    "changement-adresse", "rsa-declaration-trimestrielle",
)  # fmt: skip
OTHER_SHARE = 1.6
OTHER_BLOCKERS = (
    ("mot-de-passe", 4), ("piece-manquante", 3), ("email-acces", 3), ("site-peu-clair", 2),
    ("gestes", 2), ("connexion-absente", 2), ("equipement-ancien", 2), ("formulaire", 2),
    ("connexion-zone", 1), ("equipement-scanner", 1), ("temps", 1),
)  # fmt: skip
SKILLS = (
    ("email", 6), ("prendre_en_main_du_materiel", 8), ("navigation_sur_internet", 3),
    ("gere_ses_contenus_numeriques", 2), ("securite_numerique", 2), ("bureautique", 2),
    ("reseaux_sociaux", 1), ("banque_et_achats_en_ligne", 1), ("diagnostic_numerique", 2),
)  # fmt: skip
WORKSHOPS = (
    ("Premiers e-mails", "email"),
    ("Clavier et souris", "prendre_en_main_du_materiel"),
    ("Reconnaître une arnaque", "securite_numerique"),
    ("Ranger ses photos", "gere_ses_contenus_numeriques"),
)
AGES = (
    ("moins_de_douze", 1), ("douze_dix_huit", 2), ("dix_huit_vingt_quatre", 7),
    ("vingt_cinq_trente_neuf", 17), ("quarante_cinquante_neuf", 24),
    ("soixante_soixante_neuf", 22), ("soixante_dix_plus", 24), ("non_communique", 3),
)  # fmt: skip
EQUIPMENT = (
    ("adequate", 42),
    ("phone_only", 24),
    ("outdated", 10),
    ("shared", 6),
    ("none", 10),
    ("no_printer", 8),
)
CONNECTION = (
    ("good", 66),
    ("too_costly", 10),
    ("poor_coverage", 9),
    ("none", 7),
    ("cut_off", 3),
    ("unknown", 5),
)
MATERIAL = (("ordinateur", 56), ("telephone", 30), ("tablette", 6), ("aucun", 8))
LEVELS = (("debutant", 6), ("intermediaire", 3), ("avance", 1))
REFERRED = 0.09
HERE = "lieu_activite"
MODES = ((HERE, 92), ("a_distance", 5), ("domicile", 3))
DURATIONS = ((15, 14), (30, 42), (45, 22), (60, 16), (90, 6))
# School holidays of the zone of Rennes (B), by the national calendar; enough for two years.
HOLIDAYS = (
    (date(2025, 2, 8), date(2025, 2, 24)), (date(2025, 4, 5), date(2025, 4, 22)),
    (date(2025, 7, 5), date(2025, 9, 1)), (date(2025, 10, 18), date(2025, 11, 3)),
    (date(2025, 12, 20), date(2026, 1, 5)), (date(2026, 2, 14), date(2026, 3, 2)),
    (date(2026, 4, 11), date(2026, 4, 27)), (date(2026, 7, 4), date(2026, 9, 1)),
    (date(2026, 10, 17), date(2026, 11, 2)), (date(2026, 12, 19), date(2027, 1, 4)),
)  # fmt: skip
MARKET_DAY = 4  # Friday


def busyness(day: date) -> float:
    """Say how busy a day is: market day, school holidays, closed days."""
    if day.weekday() == 6 or (day.month, day.day) in {
        (1, 1),
        (5, 1),
        (5, 8),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    }:
        return 0.0
    weight = {0: 0.8, MARKET_DAY: 1.5, 5: 0.5}.get(day.weekday(), 1.0)
    if any(start <= day < end for start, end in HOLIDAYS):
        weight *= 0.55
    if day.month in (4, 5):
        weight *= 1.2  # tax season
    return weight
