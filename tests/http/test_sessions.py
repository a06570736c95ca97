"""Noting an activity: what is saved, what is refused, what stays typed."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.core.scope import Scope
from app.procedures.models import Outcome, Procedure, ProcedureCase
from app.procedures.service import changed
from app.residents.models import Resident
from app.sessions.draft_models import Draft
from app.sessions.forms import SessionForm
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp, SessionTheme
from app.sessions.service import correct_session, log_session, remove_session
from app.web.forms import check
from tests.support.build import NOW, TODAY, Builder
from tests.support.client import Browser


def typed(build: Builder, by: str = "awa", **changes: Any) -> dict[str, Any]:
    """Fill the form as a browser would post it."""
    return {
        "id": str(new_id()),
        "held_on": TODAY.isoformat(),
        "place_id": str(build.structure_of(by).place.id),
        "mode": "lieu_activite",
        "duration_min": "30",
        "who": "anonymous",
        "age_band": "soixante_dix_plus",
        "gender": "feminin",
        "procedures": "aide-logement",
        "outcome-aide-logement": "started",
        "blockers-aide-logement": ["mot-de-passe", "piece-manquante"],
        "papers-aide-logement": "bail",
    } | changes


def as_lists(form: dict[str, Any]) -> dict[str, list[str]]:
    """Give a form as the server reads it."""
    return {name: value if isinstance(value, list) else [value] for name, value in form.items()}


def saved(database: Database, build: Builder, model: type[Any], who: str = "awa") -> list[Any]:
    """Read back what is stored, as somebody sees it."""
    with database.reading(build.actor(who).scope) as db:
        return list(db.exec(select(model)))


def test_an_anonymous_session_is_saved_whole(
    client: Browser, build: Builder, database: Database
) -> None:
    response = client.as_("awa").post("/activites", data=typed(build))

    assert response.status_code == 303
    (session,) = saved(database, build, AssistedSession)
    (attendance,) = saved(database, build, Attendance)
    (helped,) = saved(database, build, ProcedureHelp)
    assert (session.duration_min, session.held_on) == (30, TODAY)
    assert (attendance.age_band, attendance.gender) == ("soixante_dix_plus", "feminin")
    assert helped.outcome is Outcome.STARTED
    assert helped.blockers == ["mot-de-passe", "piece-manquante"]
    assert {t.theme for t in saved(database, build, SessionTheme)} == {
        "aide_aux_demarches_administratives",
        "logement",
    }


def test_a_double_tap_saves_one_session(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build)

    client.as_("awa").post("/activites", data=form)
    client.post("/activites", data=form)

    assert len(saved(database, build, AssistedSession)) == 1


def test_two_taps_at_the_very_same_time_save_one_session(
    build: Builder, database: Database
) -> None:
    data = check(SessionForm, as_lists(typed(build))).data
    both = Barrier(2)

    def tap(_: int) -> UUID:
        both.wait()
        with database.writing(build.actor("awa").scope) as db:
            return log_session(db, build.actor("awa"), data, now=NOW).id

    build.everybody()
    with ThreadPoolExecutor(2) as taps:
        ids = set(taps.map(tap, range(2)))

    assert ids == {data.id}
    assert len(saved(database, build, AssistedSession)) == 1


def test_of_two_who_change_or_remove_one_session_at_once_the_second_is_told(
    build: Builder, database: Database
) -> None:
    actor, person = build.actor("awa"), build.a_resident()
    hers = {"who": "resident", "resident_id": person.id}
    session = build.a_session()
    build.a_session(**hers)
    both = Barrier(2)

    def correct(minutes: int) -> bool:
        data = build.a_form(id=session.id, version=1, duration_min=minutes, **hers)
        both.wait()
        with suppress(Conflict), database.writing(actor.scope) as db:
            correct_session(db, actor, session.id, data, now=NOW)
            return True
        return False

    def remove(_: int) -> bool:
        both.wait()
        with suppress(NotFound), database.writing(actor.scope) as db:
            remove_session(db, actor, session.id, now=NOW)
            return True
        return False

    for deed, visits in ((correct, 2), (remove, 1)):
        with ThreadPoolExecutor(2) as taps:
            assert sorted(taps.map(deed, (20, 40))) == [False, True]
        assert [row.visits for row in saved(database, build, Resident)] == [visits]


def test_the_id_of_a_foreign_session_opens_and_changes_nothing(
    client: Browser, build: Builder, database: Database
) -> None:
    foreign = typed(build, "bruno")
    client.as_("bruno").post("/activites", data=foreign)

    response = client.as_("awa").post("/activites", data=typed(build) | {"id": foreign["id"]})

    assert response.status_code == 422
    assert foreign["id"] not in response.text
    assert saved(database, build, AssistedSession) == []


def test_the_same_form_saved_again_with_other_answers_shows_both(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build, note="Rappeler.", mode="domicile", commune="Lille (Nord)")
    path = f"/activites/{form['id']}"
    client.as_("awa").post("/activites", data=form)

    same = client.post("/activites", data=form)
    other = client.post("/activites", data=form | {"duration_min": "45"})
    kept = client.post(path, data=form | {"duration_min": "45", "version": "1"})

    assert same.status_code == 303
    assert other.status_code == 409
    assert "<td>30\u00a0min</td><td>45\u00a0min</td>" in other.text
    assert other.text.count("<td>") == 2, "nothing else differs"
    assert f'action="{path}"' in other.text
    assert kept.status_code == 303
    assert saved(database, build, AssistedSession)[0].duration_min == 45


def test_saving_again_what_a_colleague_removed_notes_it_anew(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build)
    client.as_("awa").post("/activites", data=form)
    client.post(f"/activites/{form['id']}/retirer")

    asked = client.post("/activites", data=form)
    fresh = asked.text.split('name="id" value="')[1].split('"')[0]
    again = client.post("/activites", data=form | {"id": fresh})

    assert asked.status_code == 422
    assert "a été supprimée" in asked.text
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"duration_min": "0"}, "duration_min", "entre 5 min et 8 h"),
        ({"duration_min": "500"}, "duration_min", "entre 5 min et 8 h"),
        ({"duration_min": "vite"}, "duration_min", "entre 5 min et 8 h"),
        ({"held_on": "2999-01-01"}, "held_on", "à venir"),
        ({"held_on": "31 février"}, "held_on", "une date qui existe"),
        ({"procedures": ""}, "procedures", "Choisissez une démarche ou un sujet"),
        ({"procedures": "inconnue", "outcome-inconnue": "started"}, "procedures", "du catalogue"),
        ({"outcome-aide-logement": ""}, "outcome-aide-logement", "Dites où en est"),
        ({"outcome-aide-logement": "gagné"}, "outcome-aide-logement", "réponses proposées"),
        ({"who": "resident"}, "resident_id", "Choisissez la personne"),
        ({"who": "resident", "resident_id": str(new_id())}, "resident_id", "de votre structure"),
        ({"place_id": str(new_id())}, "place_id", "Choisissez un lieu de votre structure"),
        ({"age_band": "vieux"}, "age_band", "réponses proposées"),
        ({"note": "x" * 10_000}, "note", "500 caractères"),
        ({"note": "son mot de passe est soleil35"}, "note", "ne se garde pas ici"),
        ({"note": "2 55 08 14 168 025 38"}, "note", "sécurité sociale"),
        ({"note": "FR14 2004 1010 0505 0001 3M02 606"}, "note", "IBAN"),
        ({"note": "elle a un cancer"}, "note", "santé"),
        ({"follow_up": "date"}, "follow_up_on", "date du suivi"),
        ({"follow_up": "date", "follow_up_on": "2020-01-01"}, "follow_up_on", "Ce jour est passé"),
    ],
)
def test_a_wrong_field_says_what_to_do_and_keeps_the_typing(
    client: Browser,
    build: Builder,
    database: Database,
    changes: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    form = typed(build, **changes)

    response = client.as_("awa").post("/activites", data=form)

    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert f'href="#f-{field}"' in response.text
    assert sentence in response.text
    assert "<title>Erreur" in response.text
    assert f'value="{form["id"]}"' in response.text
    assert 'value="feminin" id="c-gender-feminin" checked' in response.text
    assert saved(database, build, AssistedSession) == []


def test_a_place_or_person_of_another_structure_is_refused(
    client: Browser, build: Builder, database: Database
) -> None:
    theirs = build.a_resident(of="bruno", given_name="Paul", family_name="Martin")
    place = build.structure_of("bruno").place

    client.as_("awa")
    by_place = client.post("/activites", data=typed(build, place_id=str(place.id)))
    by_person = client.post(
        "/activites", data=typed(build, who="resident", resident_id=str(theirs.id))
    )

    assert by_place.status_code == by_person.status_code == 422
    assert "Martin" not in by_person.text
    assert saved(database, build, AssistedSession) == []


def test_a_health_word_can_be_kept_on_purpose(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build, note="handicapée, vient avec sa fille", note_confirmed="true")

    response = client.as_("awa").post("/activites", data=form)

    assert response.status_code == 303
    assert len(saved(database, build, AssistedSession)) == 1


def test_a_visit_moves_the_residents_procedure_and_plans_a_follow_up(
    client: Browser, build: Builder, database: Database
) -> None:
    person = build.a_resident()
    form = typed(build, who="resident", resident_id=str(person.id), follow_up="week")

    response = client.as_("awa").post("/activites", data=form)

    assert response.status_code == 303
    (case,) = saved(database, build, ProcedureCase)
    assert (case.outcome, case.closed_on) == (Outcome.STARTED, None)
    (attendance,) = saved(database, build, Attendance)
    assert attendance.is_first is True
    assert attendance.age_band == "soixante_dix_plus"


def test_a_new_person_is_filed_with_the_visit(
    client: Browser, build: Builder, database: Database
) -> None:
    new = {
        "who": "new",
        "given_name": "محمد",
        "family_name": "O’Brien 🙂",
        "birth_year": "1984",
        "informed_how": "oral",
    }

    response = client.as_("awa").post("/activites", data=typed(build, **new))

    assert response.status_code == 303
    (attendance,) = saved(database, build, Attendance)
    assert attendance.resident_id is not None


def test_a_new_person_needs_to_have_been_told(client: Browser, build: Builder) -> None:
    new = {"who": "new", "given_name": "Léa", "family_name": "Roy"}

    response = client.as_("awa").post("/activites", data=typed(build, **new))

    assert response.status_code == 422
    assert "informée" in response.text
    assert 'value="Léa"' in response.text


def test_two_tabs_correcting_show_both_values(
    client: Browser, build: Builder, database: Database
) -> None:
    session = build.a_session()
    path = f"/activites/{session.id}"

    client.as_("awa")
    first = client.post(path, data=typed(build, version="1", duration_min="45", note="Rappeler."))
    second = client.post(path, data=typed(build, version="1", duration_min="60"))

    assert first.status_code == 303
    assert second.status_code == 409
    assert "corrigée dans un autre onglet" in second.text
    assert "<td>45\u00a0min</td><td>1\u00a0h</td>" in second.text
    assert "<td>Rappeler.</td><td>rien</td>" in second.text
    assert 'value="60" id="c-duration-60" checked' in second.text
    (stored,) = saved(database, build, AssistedSession)
    assert stored.duration_min == 45


def test_a_correction_keeps_the_attendance_that_figures_know(
    client: Browser, build: Builder, database: Database
) -> None:
    session = build.a_session()
    before = saved(database, build, Attendance)[0].id

    client.as_("awa").post(f"/activites/{session.id}", data=typed(build, version="1"))

    (after,) = saved(database, build, Attendance)
    assert after.id == before
    assert after.gender == "feminin"


def test_another_structures_session_does_not_exist(client: Browser, build: Builder) -> None:
    theirs = build.a_session(by="bruno")

    client.as_("awa")
    read = client.get(f"/activites/{theirs.id}/corriger")
    write = client.post(f"/activites/{theirs.id}", data=typed(build, version="1"))

    assert read.status_code == write.status_code == 404


def test_without_javascript_a_search_and_a_choice_keep_the_typing(
    client: Browser, build: Builder
) -> None:
    form = typed(build, procedures="", step="search", q="carte grize")

    found = client.as_("awa").post("/activites", data=form)
    picked = client.post(
        "/activites", data=typed(build, procedures="", pick="procedures:carte-grise-occasion")
    )

    assert found.status_code == 200
    assert "procedures:carte-grise-occasion" in found.text
    assert 'value="feminin" id="c-gender-feminin" checked' in found.text
    assert 'name="outcome-carte-grise-occasion"' in picked.text


def test_signed_out_while_typing_loses_nothing(
    client: Browser, build: Builder, database: Database
) -> None:
    from tests.support.build import PASSWORD

    client.as_("awa")
    with database.writing(Scope.system("tests")) as db:
        from app.accounts.models import Login

        for login in db.exec(select(Login)):
            login.ends_at = login.created_at
    form = typed(build)

    asked = client.post("/activites", data=form)
    kept = asked.text.split('name="kept" value="')[1].split('"')[0]
    back = client.post(
        "/connexion",
        data={"email": "awa@exemple.fr", "password": PASSWORD, "next": "/", "kept": kept},
    )
    other = client.post(
        "/connexion",
        data={"email": "bruno@exemple.fr", "password": PASSWORD, "next": "/", "kept": kept},
    )

    assert "Max-Age=2592000" in back.headers["set-cookie"], "a dead cookie still names its owner"
    assert asked.status_code == 401
    assert form["id"] in back.text
    assert 'action="/activites"' in back.text
    assert other.status_code == 303, "a colleague on the same tablet never sees it"


def test_a_new_person_starts_from_what_was_typed_in_the_search(
    client: Browser, build: Builder
) -> None:
    form = typed(build, who="new", step="continue", person_q="Émilie Le Goff")

    page = client.as_("awa").post("/activites", data=form).text

    assert re.search('id="f-given_name"[^>]*value="Émilie"', page)
    assert re.search('id="f-family_name"[^>]*value="Le Goff"', page)


def test_every_wrong_field_is_told_at_once_and_the_day_is_said_in_words(
    client: Browser, build: Builder
) -> None:
    form = typed(build, held_on="2999-12-25", duration_min="0", note="a" * 10_000)

    page = client.as_("awa").post("/activites", data=form).text

    assert "3 choses à revoir" in page
    assert "25 décembre 2999" in page.replace("\u00a0", " ")
    assert "Garder la note telle quelle" not in page


def test_undoing_a_note_comes_back_where_one_was(client: Browser, build: Builder) -> None:
    session = build.a_session()

    undone = client.as_("awa").post(f"/activites/{session.id}/retirer", data={"back": "/"})
    page = client.get(undone.headers["location"]).text
    given_back = client.post(f"/activites/{session.id}/rendre", data={"back": "/"})

    assert undone.headers["location"] == f"/?retire={session.id}"
    assert f"/activites/{session.id}/rendre" in page
    assert given_back.headers["location"] == "/?geste=rendu"


def test_correcting_shows_a_commune_in_words_that_are_taken_back(
    client: Browser, build: Builder, database: Database
) -> None:
    session = build.a_session(mode="domicile", commune="Lille")
    path = f"/activites/{session.id}"

    page = client.as_("awa").get(f"{path}/corriger").text
    typed_again = re.search('id="f-commune"[^>]*value="([^"]+)"', page)
    assert typed_again is not None
    client.post(
        path,
        data=typed(build, version="1", mode="domicile", commune=html.unescape(typed_again[1])),
    )

    assert typed_again[1].startswith("Lille")
    assert saved(database, build, AssistedSession)[0].commune == "59350"


def test_only_the_papers_of_the_catalogue_are_kept(
    client: Browser, build: Builder, database: Database
) -> None:
    papers = ["mot de passe : azerty12", "<script>", "x" * 5_000]

    client.as_("awa").post("/activites", data=typed(build) | {"papers-aide-logement": papers})

    (helped,) = saved(database, build, ProcedureHelp)
    assert helped.papers == []


@pytest.mark.parametrize("year", ["54", "2999", "99999999999", "mille"])
def test_a_new_persons_year_is_checked_beside_its_field(
    client: Browser, build: Builder, year: str
) -> None:
    form = typed(
        build,
        who="new",
        given_name="Nicole",
        family_name="Leroux",
        informed_how="oral",
        birth_year=year,
    )

    answer = client.as_("awa").post("/activites", data=form)

    assert answer.status_code == 422
    assert 'href="#f-birth_year"' in answer.text
    assert f'value="{year}"' in answer.text


def test_a_secret_is_refused_in_the_reason_of_a_follow_up(client: Browser, build: Builder) -> None:
    form = typed(build, follow_up="week", follow_up_reason="mot de passe : azerty12")

    answer = client.as_("awa").post("/activites", data=form)

    assert answer.status_code == 422
    assert 'href="#f-follow_up_reason"' in answer.text


def test_too_many_procedures_are_counted_as_procedures(client: Browser, build: Builder) -> None:
    slugs = [f"demarche-{number}" for number in range(13)]

    page = client.as_("awa").post("/activites", data=typed(build) | {"procedures": slugs}).text

    assert "12 démarches au plus" in page


def test_several_people_are_each_counted_and_a_correction_doubles_nobody(
    client: Browser, build: Builder, database: Database
) -> None:
    one, other = build.a_resident(), build.a_resident(given_name="Paul")
    form = typed(build, who="resident", resident_id=str(one.id), companions="1")
    form |= {"others": [str(other.id)]}
    client.as_("awa").post("/activites", data=form)
    before = saved(database, build, Attendance)
    path = f"/activites/{form['id']}"

    shown = client.get(f"{path}/corriger").text
    client.post(path, data=form | {"version": "1", "companions": "2"})

    after = saved(database, build, Attendance)
    (helped,) = saved(database, build, ProcedureHelp)
    assert len(before) == 3
    assert f'name="others" value="{other.id}"' in shown
    assert {a.id for a in before} < {a.id for a in after}
    assert len(after) == 4
    assert {a.resident_id for a in after} == {one.id, other.id, None}
    assert helped.attendance_id == next(a.id for a in after if a.resident_id == one.id)


def test_two_who_came_together_change_places_and_one_of_them_is_the_anonymous_one(
    client: Browser, build: Builder, database: Database
) -> None:
    one, other = build.a_resident(), build.a_resident(given_name="Paul")
    session = build.a_session(who="resident", resident_id=one.id, others=[other.id])
    swapped = {"id": session.id, "version": 1, "who": "resident", "resident_id": other.id}
    before = {a.id for a in saved(database, build, Attendance)}
    with database.writing(build.actor("awa").scope) as db:
        data = build.a_form(**swapped, others=[one.id])
        correct_session(db, build.actor("awa"), session.id, data, now=NOW)
    first, second = sorted(saved(database, build, Attendance), key=lambda a: a.id)
    unnamed = build.a_session(others=[one.id])
    named = client.as_("awa").post(
        f"/activites/{unnamed.id}/nommer", data={"resident_id": str(one.id)}
    )

    assert (first.resident_id, second.resident_id) == (other.id, one.id)
    assert {first.id, second.id} == before
    assert named.status_code == 303
    assert sorted(r.visits for r in saved(database, build, Resident)) == [1, 2]
    assert len(saved(database, build, Attendance)) == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"companions": "-1"}, "companions"),
        ({"companions": "30"}, "companions"),
        ({"others": [str(new_id())]}, "others"),
        ({"tags": ["ailleurs"]}, "tags"),
    ],
)
def test_others_and_tags_are_those_of_the_structure(
    client: Browser, build: Builder, changes: dict[str, Any], field: str
) -> None:
    answer = client.as_("awa").post("/activites", data=typed(build) | changes)

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text


def test_without_script_somebody_else_is_found_and_added(client: Browser, build: Builder) -> None:
    other = build.a_resident(given_name="Paul")
    form = typed(build)

    found = (
        client.as_("awa").post("/activites", data=form | {"step": "other", "other_q": "paul"}).text
    )
    added = client.post("/activites", data=form | {"pick_other": str(other.id)}).text

    assert f'name="pick_other" value="{other.id}"' in found
    assert f'name="others" value="{other.id}"' in added


def test_a_note_left_in_the_middle_is_taken_up_again_then_gone_once_saved(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build, note="à rappeler demain")
    client.as_("awa")

    kept = client.post("/activites/brouillons", data=form)
    offered = client.get("/activites/nouvelle").text
    resumed = client.get(f"/activites/nouvelle?brouillon={form['id']}").text
    drafts = saved(database, build, Draft)
    client.post("/activites", data=form)
    client.post("/activites/brouillons", data=form)
    after = client.get("/activites/nouvelle").text

    assert kept.status_code == 204
    assert f"/activites/nouvelle?brouillon={form['id']}" in offered
    assert "à rappeler demain" in resumed
    assert 'value="soixante_dix_plus" id="c-age_band-soixante_dix_plus" checked' in resumed
    assert b"rappeler" not in bytes(drafts[0].typed)
    assert "brouillon=" not in after
    assert saved(database, build, Draft) == []


def test_a_draft_is_its_authors_alone_and_can_be_thrown_away(
    client: Browser, build: Builder
) -> None:
    form = typed(build)
    client.as_("awa").post("/activites/brouillons", data=form)

    foreign = client.as_("bruno").get(f"/activites/nouvelle?brouillon={form['id']}")
    client.post(f"/activites/brouillons/{form['id']}/jeter")
    still = client.as_("awa").get("/activites/nouvelle").text
    client.post(f"/activites/brouillons/{form['id']}/jeter")
    gone = client.get("/activites/nouvelle").text

    assert foreign.status_code == 404
    assert "Reprendre la note" in still
    assert "Reprendre la note" not in gone


def test_a_draft_under_somebody_elses_number_is_neither_kept_nor_told(
    client: Browser, build: Builder
) -> None:
    hers = typed(build, note="à rappeler demain")
    client.as_("awa").post("/activites/brouillons", data=hers)

    answer = client.as_("bruno").post(
        "/activites/brouillons", data=typed(build, by="bruno", id=hers["id"], note="de Bruno")
    )
    offered = client.get("/activites/nouvelle").text
    still = client.as_("awa").get(f"/activites/nouvelle?brouillon={hers['id']}").text

    assert (answer.status_code, answer.text) == (204, "")
    assert "Reprendre la note" not in offered
    assert "à rappeler demain" in still


def test_a_correction_keeps_a_procedure_that_the_catalogue_retired_since(
    client: Browser, build: Builder, database: Database
) -> None:
    form = typed(build)
    client.as_("awa").post("/activites", data=form)
    with database.writing(Scope.system("tests")) as db:
        procedure = db.get(Procedure, "aide-logement")
        assert procedure is not None
        procedure.retired_on = TODAY
        changed(db)

    corrected = client.post(
        f"/activites/{form['id']}", data=form | {"version": "1", "duration_min": "45"}
    )
    fresh = client.post("/activites", data=typed(build))

    assert corrected.status_code == 303
    assert fresh.status_code == 422


def test_a_list_names_whom_it_shows_in_eight_statements_the_record_included(
    client: Browser, database: Database, build: Builder
) -> None:
    nicole = build.a_resident()
    build.a_session(who="resident", resident_id=nicole.id)
    build.a_session()
    said: list[str] = []
    client.as_("awa").get("/activites")  # the catalogue is read once
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda _, __, text, *___: said.append(text)
    )

    page = client.get("/activites")

    asked = [s for s in said if not s.startswith(("BEGIN", "PRAGMA")) and "set_config" not in s]
    assert page.text.count("Nicole Leroux") == 1
    assert page.text.count("Anonyme") == 1
    assert len(asked) <= 8
    with database.reading(Scope.system("tests")) as db:
        lines = db.exec(
            select(AccessRecord.shown).where(AccessRecord.did == Did.LIST_RESIDENTS)
        ).all()
    assert lines == [1, 1]
