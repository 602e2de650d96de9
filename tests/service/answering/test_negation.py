"""A sentence that says the contrary of its quotes is found out; one that shortens them is not."""

from __future__ import annotations

import pytest

from service.answering.negation import turns_round

CONTRARY = [
    ("fr", "Le frontalier est imposé en France.", "Le frontalier n'est pas imposé en France."),
    ("fr", "Le frontalier n'est plus imposé en France.", "Le frontalier est imposé en France."),
    ("fr", "Le GLCT peut lever l'impôt.", "Le GLCT ne peut en aucun cas lever l'impôt."),
    ("fr", "Aucune autorisation n'est requise.", "Une autorisation est requise."),
    ("en", "The worker pays tax in France.", "The worker does not pay tax in France."),
    ("en", "A permit isn't needed.", "A permit is needed."),
    ("de", "Der EVTZ darf Steuern erheben.", "Der EVTZ darf keine Steuern erheben."),
    ("de", "Die Karte gilt nicht in Basel.", "Die Karte gilt in Basel."),
    ("es", "La AECT puede recaudar impuestos.", "La AECT no puede recaudar impuestos."),
    ("it", "Il lavoratore paga le imposte in Italia.", "Il lavoratore non paga le imposte in Italia."),
    ("nl", "De pas geldt in Luik.", "De pas geldt niet in Luik."),
    ("nl", "Er is geen vergunning nodig.", "Er is een vergunning nodig."),
]
FAITHFUL = [
    ("fr", "Le frontalier est imposé au Luxembourg.", "Le frontalier n'est pas imposé en France, mais au Luxembourg."),
    ("fr", "Le salarié n'est pas imposé en France.", "Le salarié n'est plus imposé en France depuis 2020."),
    ("fr", "Il est interdit de lever l'impôt.", "Le GLCT ne peut pas lever l'impôt."),
    ("fr", "Le tram roule depuis 2017.", "Le tram roule depuis 2017. Il ne va pas à Offenbourg."),
    ("en", "A permit is needed in Italy.", "A permit is needed in Italy, but not in Spain."),
    ("en", "Regulation (EC) No 883/2004 applies.", "Regulation (EC) 883/2004 applies."),
    ("de", "Die Karte gilt in Basel.", "Die Karte gilt in Basel. Im Elsass gilt sie nicht."),
    ("it", "La carta vale a Como.", "La carta vale a Como, ma non a Milano."),
]


@pytest.mark.parametrize(("language", "sentence", "quote"), CONTRARY)
def test_a_negation_put_in_or_left_out_is_found(language: str, sentence: str, quote: str) -> None:
    assert turns_round(sentence, quote, language, language)


@pytest.mark.parametrize(("language", "sentence", "quote"), FAITHFUL)
def test_what_is_drawn_from_another_clause_is_not_taken_for_the_contrary(
    language: str, sentence: str, quote: str
) -> None:
    assert not turns_round(sentence, quote, language, language)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("The worker is not taxed in France.", True), ("The worker is taxed in France.", False)],
)
def test_across_languages_a_negation_put_in_is_found(sentence: str, expected: bool) -> None:
    assert turns_round(sentence, "Le travailleur est imposé en France.", "en", "fr") is expected


def test_a_sentence_never_turns_itself_round() -> None:
    for language, sentence, quote in CONTRARY + FAITHFUL:
        assert not turns_round(sentence, sentence, language, language)
        assert not turns_round(quote, quote, language, language)
