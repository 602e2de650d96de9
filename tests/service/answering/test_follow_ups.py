"""What a turn leaves open is taken from the turns before it; a new subject takes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.follow_ups import LONGEST_TURN, MOST_TURNS, resolve
from service.library.concepts import NO_THESAURUS, Thesaurus, read_thesaurus
from tests.service.thesaurus import THESAURUS

TRAM = "Quand le tram de Strasbourg est-il arrivé à Kehl ?"


@pytest.fixture(scope="module")
def thesaurus() -> Thesaurus:
    return read_thesaurus(THESAURUS)


@pytest.mark.parametrize(
    ("before", "turn", "question"),
    [
        (
            "Où un frontalier employé en Suisse paie-t-il l'impôt ?",
            "Et pour la Belgique ?",
            "Où un frontalier employé paie-t-il l'impôt ? Et pour la Belgique ?",
        ),
        (
            "Who pays for an ambulance in Belgium?",
            "What about Spain?",
            "Who pays for an ambulance? What about Spain?",
        ),
        (
            "Wer zahlt den Rettungswagen in Belgien?",
            "Und für die Schweiz?",
            "Wer zahlt den Rettungswagen? Und für die Schweiz?",
        ),
        (
            "¿Quién paga la ambulancia en Portugal?",
            "¿Y en Francia?",
            "¿Quién paga la ambulancia? ¿Y en Francia?",
        ),
        ("Chi paga l'ambulanza in Francia?", "E per la Svizzera?", "Chi paga l'ambulanza? E per la Svizzera?"),
        ("Wie betaalt de ambulance in België?", "En voor Duitsland?", "Wie betaalt de ambulance? En voor Duitsland?"),
    ],
)
def test_another_place_takes_the_place_of_the_one_before(
    before: str, turn: str, question: str, thesaurus: Thesaurus
) -> None:
    assert resolve(turn, [before], thesaurus).text.replace(" ?", "?") == question.replace(" ?", "?")


@pytest.mark.parametrize(
    ("before", "turn", "question"),
    [
        (TRAM, "Et qui l'exploite ?", "qui l'exploite ? (tram, Strasbourg, Kehl)"),
        ("When did the hospital in Cerdanya open?", "Who paid for it?", "Who paid for it? (hospital, Cerdanya)"),
        ("Was macht INFOBEST in Kehl?", "Kostet das etwas?", "Kostet das etwas? (INFOBEST, Kehl)"),
        ("¿Cuándo se abrió el hospital?", "¿Quién lo financia?", "¿Quién lo financia? (hospital)"),
        ("Quando è nato il GECT GO?", "Chi lo finanzia?", "Chi lo finanzia? (GECT GO)"),
        ("Wanneer is de EGTS opgericht?", "Wie zijn de leden?", "Wie zijn de leden? (EGTS)"),
    ],
)
def test_another_question_is_asked_about_the_same_thing(
    before: str, turn: str, question: str, thesaurus: Thesaurus
) -> None:
    assert resolve(turn, [before], thesaurus).text == question


@pytest.mark.parametrize(
    "turn",
    [
        "Un taxi luxembourgeois peut-il prendre un client à Thionville ?",
        "Et comment crée-t-on une crèche avec une ville allemande ?",
        "Faut-il un permis pour pêcher dans la Bidassoa ?",
        "Combien de temps faut-il pour créer un GECT ?",
        "Can we fine drivers with German plates?",
        "Muss eine Krankenschwester eine Prüfung machen?",
        "télétravail Luxembourg 34 jours",
    ],
)
def test_a_new_subject_takes_nothing_over(turn: str, thesaurus: Thesaurus) -> None:
    resolved = resolve(turn, [TRAM], thesaurus)
    assert (resolved.text, resolved.carried, resolved.conversation) == (turn, (), ())


def test_a_third_turn_goes_on_from_the_second(thesaurus: Thesaurus) -> None:
    resolved = resolve("Et à Bâle ?", [TRAM, "Et qui l'exploite ?"], thesaurus)
    assert resolved.text == "qui l'exploite ? Et à Bâle ? (tram)"
    assert resolved.conversation == (TRAM, "Et qui l'exploite ?")
    assert resolved.names_territory


def test_after_a_new_subject_the_one_before_it_is_forgotten(thesaurus: Thesaurus) -> None:
    turns = ["Qui paie l'ambulance en Belgique ?", TRAM]
    assert resolve("Et qui l'exploite ?", turns, thesaurus).conversation == (TRAM,)


def test_of_two_countries_the_one_that_borders_on_the_new_one_stays(thesaurus: Thesaurus) -> None:
    resolved = resolve("Et en Belgique ?", ["Un frontalier français employé en Suisse paie-t-il ?"], thesaurus)
    assert resolved.text == "Un frontalier français employé paie-t-il ? Et en Belgique ?"


def test_what_is_removed_is_not_asked(thesaurus: Thesaurus) -> None:
    assert resolve("Et qui l'exploite ?", [TRAM], thesaurus, ["Kehl"]).text == "qui l'exploite ? (tram, Strasbourg)"
    placed = resolve("Et en Suisse ?", ["Qui paie l'ambulance et le pompier en Belgique ?"], thesaurus, ["ambulance"])
    assert "ambulance" not in placed.text
    everything = [carried.text for carried in resolve("Et qui l'exploite ?", [TRAM], thesaurus).carried]
    assert resolve("Et qui l'exploite ?", [TRAM], thesaurus, everything).text == "Et qui l'exploite ?"


def test_a_kind_of_document_is_carried_and_replaced(thesaurus: Thesaurus) -> None:
    turns = ["Y a-t-il des notes juridiques sur le télétravail ?"]
    assert "kind" in {carried.kind for carried in resolve("Et pour la Belgique ?", turns, thesaurus).carried}
    replaced = resolve("Et des articles de presse ?", turns, thesaurus)
    assert "notes juridiques" not in replaced.text


def test_earlier_turns_are_bounded_in_number_and_length(thesaurus: Thesaurus) -> None:
    old = ["Où est l'hôpital de Cerdagne ?", *["Et la suite ?"] * MOST_TURNS]
    assert "Cerdagne" not in resolve("Et qui le gère ?", old, thesaurus).text
    long = "x " * LONGEST_TURN + "tram"
    assert "tram" not in resolve("Et qui l'exploite ?", [long], thesaurus).text


def test_without_earlier_turns_a_question_is_asked_as_it_is(thesaurus: Thesaurus) -> None:
    assert resolve("Et qui l'exploite ?", ["", "  "], thesaurus).text == "Et qui l'exploite ?"


@given(st.lists(st.text(max_size=80), max_size=4), st.text(max_size=80))
def test_what_is_carried_stands_in_an_earlier_turn(conversation: list[str], turn: str) -> None:
    resolved = resolve(turn, conversation, NO_THESAURUS)
    assert all(any(carried.text in earlier for earlier in conversation) for carried in resolved.carried)
    assert resolved.carried or resolved.text == turn
