"""A structure's own procedure is counted by its theme: alone, it would name the structure."""

from app.core.db import Database
from app.core.scope import Scope
from app.procedures import local
from app.procedures.forms import LocalProcedureForm
from app.statistics.coding import Coder
from app.statistics.grounds import reference_of
from app.statistics.standing import not_closed
from tests.support.build import NOW, Builder


def test_own_procedures_of_a_theme_are_one_in_the_figures(
    build: Builder, database: Database
) -> None:
    build.everybody()
    made = []
    with database.writing(build.actor("alix").scope) as db:
        for title in ("Carte du bus de la ville", "Carte de la piscine"):
            data = LocalProcedureForm(title=title, short_title=title, theme="citoyennete")
            made.append(local.add(db, build.actor("alix"), data, now=NOW).slug)
    first, second = made
    build.a_session(
        procedures=[first, second, "aide-logement"],
        outcome={first: "started", second: "finished", "aide-logement": "finished"},
        blockers={first: ["mot-de-passe"]},
    )

    with database.reading(Scope.system("tests")) as db:
        ((attendance,),) = not_closed(db)
        coded = Coder(db).codes(attendance)["procedures"]
        reference = reference_of(db, 2026)

    assert [one["procedure"] for one in coded] == ["aide-logement", "autre-citoyennete"]
    assert coded[1]["outcome"] == "finished"
    assert list(coded[1]["blockers"]) == ["mot-de-passe"]
    assert not set(made) & set(reference.labels["procedure"])
    assert "autre-citoyennete" in reference.labels["procedure"]
    assert "piscine" not in str(reference.labels).lower()
