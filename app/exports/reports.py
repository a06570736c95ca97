"""What each report holds: a list of questions, never a query of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import Invalid, NotBuilt
from app.reference import vocabularies
from app.statistics.periods import Level, Period
from app.statistics.service import Counter
from app.statistics.tables import PublishedCell, PublishedTable

TOP = 20


@dataclass(frozen=True)
class Column:
    """One column of a block: a measure, perhaps under a filter."""

    title: str
    measure: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """One block of a report: rows by one dimension (or none), one figure a column."""

    title: str
    columns: tuple[Column, ...]
    by: str | None = None
    keep: frozenset[str] | None = None  # values to show, None: all
    is_ranked: bool = False  # the twenty largest, then « autres » without figure


@dataclass(frozen=True)
class Report:
    """A named list of blocks."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Line:
    """One row of a block: None is a hidden figure."""

    label: str
    figures: tuple[int | None, ...]


@dataclass(frozen=True)
class FilledBlock:
    """A block with its figures."""

    title: str
    row_title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class FilledReport:
    """A report for one period, ready for a page or a file."""

    report: Report
    period: Period
    scope: tuple[str, ...]
    data_version: str
    blocks: tuple[FilledBlock, ...]
    notes: tuple[str, ...]
    hidden: int
    cells: int


_HELPED = (Column("Accompagnements", "attendances"),)
_PROFILES = frozenset({"gender", "age_band", "status"})
_PEOPLE = (Column("Bénéficiaires", "residents"),)
_PROCEDURES = (
    Column("Aides", "procedures"),
    Column("Terminées", "completed_procedures"),
    Column("Bloquées", "blocked_procedures"),
)


def _themes(family: str) -> frozenset[str]:
    return frozenset(t.code for t in vocabularies.themes() if t.family == family)


NATIONAL = Report(
    "programme-national",
    "Programme national de médiation numérique",
    (
        Block("Statistiques générales : accompagnements", _HELPED),
        Block("Statistiques générales : bénéficiaires accompagnés", _PEOPLE),
        Block("Accompagnements par type", _HELPED, "kind"),
        Block("Accompagnements par mois", _HELPED, by="month"),
        Block("Thématiques Médiation numérique", _HELPED, "theme", _themes("digital")),
        Block("Thématiques Démarches administratives", _HELPED, "theme", _themes("administrative")),
        Block("Canaux des activités", _HELPED, "mode"),
        Block("Accompagnements par lieux", _HELPED, "place"),
        Block("Accompagnements par structure", _HELPED, "organisation"),
        Block("Genre", _PEOPLE, "gender"),
        Block("Tranches d’âge", _PEOPLE, "age_band"),
        Block("Statuts", _PEOPLE, "status"),
        Block("Les trois fractures numériques", _PEOPLE, "divide"),
        Block("Équipement des personnes", _PEOPLE, "equipment"),
        Block("Connexion au domicile", _PEOPLE, "home_connection"),
        Block("Baromètre : thèmes de démarches", _PROCEDURES, "procedure_theme"),
        Block("Baromètre : démarches", _PROCEDURES, "procedure", is_ranked=True),
        Block("Baromètre : organismes", _PROCEDURES, "provider", is_ranked=True),
        Block(
            "Baromètre : familles de blocages",
            (Column("Démarches bloquées", "blocked_procedures"),),
            "blocker_family",
        ),
        Block(
            "Baromètre : blocages",
            (Column("Démarches bloquées", "blocked_procedures"),),
            "blocker",
            is_ranked=True,
        ),
    ),
)
REPORTS = {NATIONAL.name: NATIONAL}
LATER = frozenset({"departement", "commune", "caf", "fse", "lieu"})


def report_named(name: str) -> Report:
    """Find a report. Raises NotBuilt for one of a later version, Invalid for no report at all."""
    if name in REPORTS:
        return REPORTS[name]
    if name in LATER:
        raise NotBuilt(f"Le rapport « {name} » : pas encore dans cette version d’Escale.")
    raise Invalid("report", f"Aucun rapport « {name} ». Il y a : {', '.join(REPORTS)}.")


def fill(report: Report, count: Counter, period: str | None) -> FilledReport:
    """Ask every table of a report at once. Raises Invalid for a period that is not closed."""
    when = count.ask("attendances", period=period).period
    blocks = [b for b in report.blocks if not (b.by == "month" and when.level is Level.MONTH)]
    asked = [
        count.ask(c.measure, (b.by,) if b.by else (), c.where, when.code)
        for b in blocks
        for c in b.columns
    ]
    tables = iter(count.answer(asked))
    filled = tuple(_filled(block, [next(tables) for _ in block.columns]) for block in blocks)
    figures = [figure for b in filled for line in b.lines for figure in line.figures]
    labels = count.view.reference(when.year).labels["organisation"]
    return FilledReport(
        report=report,
        period=when,
        scope=tuple(labels[slug] for slug in labels if slug in count.view.organisations),
        data_version=count.view.version.data_version,
        blocks=filled,
        notes=_notes(count, when),
        hidden=sum(figure is None for figure in figures),
        cells=len(figures),
    )


def _filled(block: Block, tables: Sequence[PublishedTable]) -> FilledBlock:
    lines = []
    for cells in zip(*(table.cells for table in tables), strict=True):
        code = cells[0].values[block.by] if block.by else ""
        if block.keep is not None and code not in block.keep:
            continue
        label = _label(cells[0], block.by) if block.by else "Ensemble"
        lines.append(Line(label, tuple(cell.answer.value for cell in cells)))
    if block.is_ranked:
        lines = _ranked(lines)
    row_title = "Mois" if block.by == "month" else "Réponse" if block.by else ""
    return FilledBlock(block.title, row_title, tuple(c.title for c in block.columns), tuple(lines))


def _label(cell: PublishedCell, by: str) -> str:
    """Name an answer as the national file does, where it has a word of its own."""
    if by in _PROFILES:
        return vocabularies.value(by, cell.values[by]).national_label
    return cell.labels[by]


def _ranked(lines: list[Line]) -> list[Line]:
    """Keep the twenty largest shown, ties by title; the rest has no figure (§ 3.5)."""
    shown = [line for line in lines if line.figures[0] is not None]
    best = sorted(shown, key=lambda line: (-(line.figures[0] or 0), line.label))[:TOP]
    return [*best, Line("Autres", (None,) * len(lines[0].figures))] if lines else []


def _notes(count: Counter, when: Period) -> tuple[str, ...]:
    table = count.answer([count.ask("attendances", period=when.code)])[0]
    return (
        "Brouillon, chiffres protégés : ce fichier n’est pas une publication numérotée.",
        *table.notes,
        "L’outil national ne connaît pas les passages rapides (sans durée ni question) : ils sont "
        "comptés ici, sous « Passage rapide » par type, « non communiqué » pour la personne.",
        "Un bénéficiaire suivi compte une fois dans la période ; une personne anonyme compte à "
        "chaque venue. Un accompagnement est une personne aidée pendant une activité.",
        "Une démarche est bloquée quand elle a rencontré un obstacle et n’est pas terminée.",
        "L’âge est celui du jour de l’activité. Le territoire est celui de l’activité.",
    )
