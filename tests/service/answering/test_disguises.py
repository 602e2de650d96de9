"""What no quote holds does not pass in disguise, and honest sentences in six languages do."""

from __future__ import annotations

import pytest

from index.dense.openvino_runtime import OpenVinoEmbedder
from service.answering.comparable_facts import addresses, figures, months, normalise
from service.answering.verification import SupportCheck

FR = (
    "L'employeur demande le certificat A1 à l'institution compétente avant le 12 mai 2024. "
    "La demande coûte 25 euros et se fait sur www.cleiss.fr."
)
DE = (
    "Der Arbeitgeber beantragt die Bescheinigung A1 vor dem 12. Mai 2024 beim zuständigen Träger. "
    "Der Antrag kostet 25 Euro und wird auf www.cleiss.fr gestellt."
)
EN = (
    "The employer applies to the competent institution for the A1 certificate before 12 May 2024. "
    "The application costs 25 euros and is made on www.cleiss.fr."
)
ES = (
    "El empleador solicita el certificado A1 a la institución competente antes del 12 de mayo de 2024. "
    "La solicitud cuesta 25 euros y se presenta en www.cleiss.fr."
)
IT = (
    "Il datore di lavoro chiede il certificato A1 all'istituzione competente prima del 12 maggio 2024. "
    "La domanda costa 25 euro e si presenta su www.cleiss.fr."
)
NL = (
    "De werkgever vraagt het A1-certificaat vóór 12 mei 2024 aan bij de bevoegde instelling. "
    "De aanvraag kost 25 euro en wordt ingediend op www.cleiss.fr."
)
QUOTES = {"fr": FR, "de": DE, "en": EN, "es": ES, "it": IT, "nl": NL}
DISGUISES = [  # what is said, in which language; under the quote above in the first language
    ("fr", "fr", "L'employeur demande le certificat A1 sur t.me/x."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur evil。com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur evil｡com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur evil．com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur évil.рф."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur ＥＶＩＬ．ＣＯＭ."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur EVIL.COM."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur 𝐞𝐯𝐢𝐥.𝐜𝐨𝐦."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur xn--vil-9la.com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur evil [dot] com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur evil (point) com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur evil point com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur evil . com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur cleiss\u200b.fr.evil.com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur cleiss.fr.evil.com."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur eiss.fr."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur сleiss.fr."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur cleıss.fr."),
    ("fr", "fr", "L'employeur demande le certificat A1 sur www.cleiss.fr/paiement."),
    ("fr", "fr", "L'employeur demande le certificat A1 à aide＠evil.com."),
    ("fr", "fr", "L'employeur demande le certificat A1 à aide@cleiss.fr."),
    ("fr", "fr", "L'employeur demande le certificat A1 à @evil."),
    ("fr", "fr", "L'employeur demande le certificat A1 à aide (at) evil (dot) com."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte ②⑤⓪ euros."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte ２５０ euros."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte ٢٥٠ euros."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte 2 5 euros."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte cinquante euros."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte 5 euros."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte 2²5 euros."),
    ("fr", "fr", "L'employeur demande le certificat A1, la demande coûte 25 $."),
    ("fr", "fr", "L'employeur demande le certificat A1 avant le 12 juin 2024."),
    ("fr", "fr", "L'employeur demande le certificat А1 à l'institution compétente."),  # a Cyrillic А
    ("fr", "fr", "L'employeur demande le certificat A2 à l'institution compétente."),
    ("fr", "fr", "L'employeur demande le certificat A1 à l'institution Dupont."),
    ("fr", "fr", "Dupont demande le certificat A1 à l'institution compétente."),
    ("fr", "fr", "L'employeur demande le certificat A1 à l'institution 🄳🄴🄻🄻."),
    ("fr", "fr", "L'employeur demande le certificat A1 à ДЮПОН."),
    ("fr", "en", "The employer applies for the A1 certificate before 12 June 2024."),
    ("fr", "en", "The employer applies to Barclays for the A1 certificate."),
    ("fr", "en", "The employer applies for the A1 certificate, which costs fifty euros."),
    ("fr", "en", "Smith applies to the competent institution for the A1 certificate."),
    ("de", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 bei Müller."),
    ("de", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 beim Anwalt Schmidt."),
    ("de", "de", "Herr Wagner beantragt die Bescheinigung A1 beim zuständigen Träger."),
    ("fr", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 bei Siemens."),
    ("fr", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 bei Huber."),
    ("en", "en", "The employer applies to Smith for the A1 certificate."),
    ("en", "en", "The employer applies for the A1 certificate on bit.ly/abc."),
    ("en", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 vor dem 12. Juni 2024."),
    ("es", "es", "El empleador solicita el certificado A1 a García."),
    ("it", "it", "Il datore di lavoro chiede il certificato A1 a Rossi."),
    ("nl", "nl", "De werkgever vraagt het A1-certificaat aan bij De Vries."),
    ("de", "en", "The employer applies for the A1 certificate at Deutsche Bank."),
]
HONEST = [
    ("fr", "fr", "L'employeur demande le certificat A1 à l'institution compétente."),
    ("fr", "fr", "C'est l'employeur qui demande le certificat A1."),
    ("fr", "fr", "La demande du certificat A1 coûte 25 €."),
    ("fr", "fr", "La demande se fait avant le 12 mai 2024 sur cleiss.fr."),
    ("fr", "fr", "Le certificat A1 est demandé par l'employeur auprès de l'institution compétente."),
    ("fr", "fr", "Avant le 12 mai 2024, l'employeur doit demander le certificat A1."),
    ("fr", "fr", "Cela coûte 25 euros."),
    ("de", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 beim zuständigen Träger."),
    ("de", "de", "Die Bescheinigung A1 wird vom Arbeitgeber beantragt."),
    ("de", "de", "Der Antrag auf die Bescheinigung A1 kostet 25 Euro."),
    ("de", "de", "Die A1-Bescheinigung ist vor dem 12. Mai 2024 zu beantragen."),
    ("de", "de", "Gestellt wird der Antrag auf cleiss.fr."),
    ("en", "en", "The employer applies for the A1 certificate."),
    ("en", "en", "The A1 certificate costs 25 euros."),
    ("en", "en", "Employers must apply to the competent institution before 12 May 2024."),
    ("en", "en", "The application for the A1 certificate is made on www.cleiss.fr."),
    ("es", "es", "El empleador solicita el certificado A1 a la institución competente."),
    ("es", "es", "La solicitud del certificado A1 cuesta 25 euros."),
    ("es", "es", "El certificado A1 se solicita antes del 12 de mayo de 2024."),
    ("it", "it", "Il datore di lavoro chiede il certificato A1 all'istituzione competente."),
    ("it", "it", "La domanda del certificato A1 costa 25 euro."),
    ("it", "it", "Il certificato A1 va chiesto prima del 12 maggio 2024."),
    ("nl", "nl", "De werkgever vraagt het A1-certificaat aan bij de bevoegde instelling."),
    ("nl", "nl", "De aanvraag van het A1-certificaat kost 25 euro."),
    ("nl", "nl", "Het A1-certificaat wordt vóór 12 mei 2024 aangevraagd."),
    ("fr", "en", "The employer applies to the competent institution for the A1 certificate."),
    ("fr", "en", "The A1 certificate costs 25 euros and must be requested before 12 May 2024."),
    ("fr", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 beim zuständigen Träger."),
    ("fr", "de", "Der Antrag kostet 25 Euro und ist vor dem 12. Mai 2024 zu stellen."),
    ("fr", "es", "El empleador solicita el certificado A1 a la institución competente."),
    ("fr", "it", "Il datore di lavoro chiede il certificato A1 all'istituzione competente."),
    ("fr", "nl", "De werkgever vraagt het A1-certificaat aan bij de bevoegde instelling."),
    ("de", "fr", "L'employeur demande le certificat A1 avant le 12 mai 2024."),
    ("de", "en", "The employer applies for the A1 certificate before 12 May 2024."),
    ("de", "it", "Il datore di lavoro chiede il certificato A1 prima del 12 maggio 2024."),
    ("en", "fr", "L'employeur demande le certificat A1 à l'institution compétente."),
    ("en", "de", "Der Arbeitgeber beantragt die Bescheinigung A1."),
    ("en", "es", "El empleador solicita el certificado A1 antes del 12 de mayo de 2024."),
    ("es", "fr", "L'employeur demande le certificat A1 à l'institution compétente."),
    ("it", "en", "The employer applies for the A1 certificate, which costs 25 euros."),
    ("nl", "de", "Der Arbeitgeber beantragt die Bescheinigung A1 bei der zuständigen Stelle."),
    ("nl", "fr", "L'employeur demande le certificat A1 avant le 12 mai 2024."),
]


def is_supported(check: SupportCheck, quoted: str, language: str, sentence: str) -> bool:
    return check.is_supported(sentence, [QUOTES[quoted]], language=language, quote_languages={quoted})


@pytest.fixture(scope="module")
def check(bundled: OpenVinoEmbedder) -> SupportCheck:
    return SupportCheck(bundled)


@pytest.mark.parametrize(("quoted", "language", "sentence"), DISGUISES, ids=[said for _, _, said in DISGUISES])
def test_what_no_quote_holds_does_not_pass_in_disguise(
    check: SupportCheck, quoted: str, language: str, sentence: str
) -> None:
    assert not is_supported(check, quoted, language, sentence)


@pytest.mark.parametrize(("quoted", "language", "sentence"), HONEST, ids=[said for _, _, said in HONEST])
def test_an_honest_sentence_passes(check: SupportCheck, quoted: str, language: str, sentence: str) -> None:
    assert is_supported(check, quoted, language, sentence)


def test_one_number_has_one_spelling() -> None:
    spelt = ("1 000", "1.000", "1'000", "1\u202f000", "１０００", "1000")
    assert {frozenset(figures(normalise(text))) for text in spelt} == {frozenset({"1000"})}
    assert figures("12,5 %") == figures("12.5 %") == {"12.5"}
    assert figures("12.05.2024") == {"12", "5", "2024"}


def test_a_date_s_month_is_the_same_in_six_languages_and_in_figures() -> None:
    dates = ("12 mai 2024", "12. Mai 2024", "May 12, 2024", "12 de mayo de 2024", "12 maggio 2024", "12 mei 2024")
    assert {frozenset(months(date)) for date in (*dates, "12.05.2024", "2024-05-12")} == {frozenset({5})}
    assert months("You may ask 3 times.", "en") == set()


def test_an_address_is_whole_or_it_is_another() -> None:
    assert addresses("Voir https://www.cleiss.fr/docs/, ou a@b.fr.") == {"cleiss.fr/docs", "a@b.fr"}
    assert addresses("L'art. 3 dit p. 12. Le reste suit.") == set()
