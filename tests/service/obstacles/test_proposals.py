"""What is proposed for a report, each value with what led to it; the thesaurus is the project's own."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from index.documents import THEMES, Metadata
from index.types import DocumentCard
from service.library.concepts import NO_THESAURUS, read_thesaurus
from service.obstacles.model import Level, Proposal, Reason
from service.obstacles.proposals import (
    CUES,
    LEVEL_OF_LAW,
    LEVEL_OF_THEME,
    LEVEL_OF_TYPE,
    MOST_REASONS,
    TYPE_OF_THEME,
    Proposer,
)
from tests.service.obstacles.site import SALT, THESAURUS, TRAM


@pytest.fixture(scope="module")
def proposer() -> Proposer:
    return Proposer(read_thesaurus(THESAURUS))


def reasons(proposal: Proposal, field: str) -> list[Reason]:
    return [reason for reason in proposal.reasons if reason.field == field]


def test_the_law_a_concept_rests_on_says_who_can_act(proposer: Proposer) -> None:
    proposal = proposer.propose("La double imposition frappe nos frontaliers.", "fr", border="FR-LU")
    assert proposal.about.level is Level.NATIONAL
    paths = [reason.via for reason in reasons(proposal, "level")]
    assert ("theme/double-taxation", "instrument/fr-lu-tax-convention", "instrument/bilateral-treaty") in paths
    by_theme = [reason for reason in reasons(proposal, "level") if reason.via[0] == "theme/double-taxation"]
    assert all(reason.words == "double imposition" for reason in by_theme)


def test_a_treaty_counts_at_its_own_border_alone(proposer: Proposer) -> None:
    proposal = proposer.propose("La double imposition frappe nos frontaliers.", "fr", border="CH-FR")
    assert not [reason for reason in proposal.reasons if "instrument/fr-lu-tax-convention" in reason.via]


def test_union_law_named_in_the_text_is_for_the_union(proposer: Proposer) -> None:
    text = "Der Bus darf wegen der Kabotage keine Fahrgäste zwischen zwei Haltestellen im Ausland mitnehmen."
    assert proposer.propose(text, "de").about.level is Level.EUROPEAN


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        (SALT, "fr", "liability-insurance"),
        (TRAM, "fr", "pricing-mismatch"),
        ("Nobody knows whom to ask when a child falls ill at the crèche.", "en", "information-lack"),
        ("Der Abschluss wird nicht anerkannt.", "de", "document-recognition"),
        ("No hay convenio para los bomberos.", "es", "missing-legal-basis"),
        ("Le tariffe e gli abbonamenti sono diversi.", "it", "pricing-mismatch"),
        ("De subsidie geldt niet over de grens.", "nl", "funding-rules"),
    ],
)
def test_what_people_say_tells_the_kind_of_obstacle(proposer: Proposer, text: str, language: str, kind: str) -> None:
    proposal = proposer.propose(text, language)
    assert kind in proposal.about.types
    assert all(reason.words in text for reason in proposal.reasons)


def test_a_border_is_the_one_that_is_given_else_the_one_that_is_named(proposer: Proposer) -> None:
    given = proposer.propose(TRAM, "fr", border="CH-FR")
    assert given.about.borders == ("CH-FR",)
    assert given.about.countries == ("CH", "FR")
    assert reasons(given, "borders") == [Reason("borders", "CH-FR")]
    named = proposer.propose(TRAM, "fr")
    assert named.about.borders == ("DE-FR",)
    assert {reason.words for reason in reasons(named, "borders")} <= {"Strasbourg", "Kehl"}


def near(*names: str, **fields: object) -> list[DocumentCard]:
    return [DocumentCard(f"notes/{name}", Metadata(name, language="fr", **fields)) for name in names]  # type: ignore[arg-type]


def test_near_documents_speak_for_a_theme_where_they_agree() -> None:
    proposal = Proposer(NO_THESAURUS).propose("Rien ne va plus.", "fr", nearest=near("a", "b", themes=("health",)))
    assert proposal.about.themes == ("health",)
    assert reasons(proposal, "themes") == [Reason("themes", "health", document_id=f"notes/{name}") for name in "ab"]


def test_one_near_document_alone_speaks_for_nothing() -> None:
    law = ("Règlement (CE) n° 883/2004",)
    proposer = Proposer(read_thesaurus(THESAURUS))
    alone = near("a", themes=("innovation",), legal_instruments=law)
    assert proposer.propose("Rien ne va plus.", "fr", nearest=alone) == Proposal()
    disagreeing = near("a", themes=("innovation",)) + near("b", themes=("health",))
    assert proposer.propose("Rien ne va plus.", "fr", nearest=disagreeing) == Proposal()


def test_the_law_of_near_documents_says_who_can_act_where_nothing_else_does(proposer: Proposer) -> None:
    law = ("Règlement (CE) n° 883/2004",)
    proposal = proposer.propose("Cela n'avance pas.", "fr", nearest=near("a", "b", legal_instruments=law))
    assert proposal.about.level is Level.EUROPEAN
    assert {reason.document_id for reason in reasons(proposal, "level")} == {"notes/a", "notes/b"}


def test_one_word_is_too_little_for_a_theme_and_enough_to_tell_reports_apart(proposer: Proposer) -> None:
    proposal = proposer.propose("The tram is late.", "en")
    assert (proposal.about.themes, proposal.recognised) == ((), ("transport",))
    assert proposal.compared_themes == ("transport",)
    assert proposer.propose("The tram and the bus are late.", "en").about.themes == ("transport",)
    assert proposer.propose("The tram, the tram, the tram.", "en").about.themes == ()


def test_a_word_of_a_theme_nothing_else_speaks_for_says_nothing_of_who_can_act(proposer: Proposer) -> None:
    proposal = proposer.propose("Je filme avec un drone au-dessus de la vallée.", "fr")
    assert proposal.about.level is None


def test_how_long_something_lasts_is_no_obstacle_by_itself(proposer: Proposer) -> None:
    assert proposer.propose("We stayed there for six months.", "en").about.types == ()
    assert "procedure-length" in proposer.propose("Six months of paperwork.", "en").about.types


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I work remotely and would like a digital nomad visa to live for six months on each side.", "en"),
        ("Unser Hund hat keinen Heimtierausweis.", "de"),
        ("Vorremmo spargere le ceneri di nostro padre in mare dall'altra parte.", "it"),
        ("Las colmenas de mi primo pasan el verano al otro lado del monte.", "es"),
        ("Mijn parkeerschijf wordt in het Franse stadje niet aanvaard.", "nl"),
        ("Je filme des mariages avec un drone au-dessus de la vallée voisine.", "fr"),
    ],
)
def test_nothing_is_proposed_for_what_the_tables_know_nothing_of(proposer: Proposer, text: str, language: str) -> None:
    about = proposer.propose(text, language, nearest=near("a", themes=("innovation",))).about
    assert (about.themes, about.types, about.level) == ((), (), None)


def test_where_nothing_is_recognised_nothing_is_proposed(proposer: Proposer) -> None:
    assert proposer.propose("Bonjour.", "fr") == Proposal()


def test_reasons_are_few_each_once_and_only_for_what_is_proposed(proposer: Proposer) -> None:
    proposal = proposer.propose(f"{SALT} {TRAM} {SALT} {TRAM}", "fr")
    assert len(set(proposal.reasons)) == len(proposal.reasons)
    counts = Counter((reason.field, reason.value) for reason in proposal.reasons)
    assert max(counts.values()) <= MOST_REASONS
    for field, value in counts:
        assert value in ((proposal.about.level,) if field == "level" else getattr(proposal.about, field))


def test_a_proposal_is_the_same_after_it_was_kept(proposer: Proposer) -> None:
    proposal = proposer.propose(TRAM, "fr")
    assert Proposal.from_json(json.loads(json.dumps(proposal.as_json()))) == proposal
    older = proposal.as_json()
    del older["recognised"]
    assert Proposal.from_json(older).compared_themes == proposal.about.themes


def test_every_name_in_the_tables_is_one_of_the_thesaurus() -> None:
    known = read_thesaurus(THESAURUS).concepts
    types = {*TYPE_OF_THEME.values(), *CUES, *LEVEL_OF_TYPE}
    assert {f"obstacle/{name}" for name in types} <= known.keys()
    assert {f"theme/{name}" for name in (*TYPE_OF_THEME, *LEVEL_OF_THEME, *THEMES)} <= known.keys()
    assert LEVEL_OF_LAW.keys() <= known.keys()
    assert {*LEVEL_OF_TYPE.values(), *LEVEL_OF_THEME.values(), *LEVEL_OF_LAW.values()} == set(Level)
