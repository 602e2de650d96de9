"""The smallest files that show a fault met in public bug reports give what a reader of them sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load

CASES = Path(__file__).parent / "cases"


def read(name: str) -> str:
    """Return all that is stored of a file, its title and headings among it."""
    loaded = load(CASES / name)
    sections = [f"{section.heading}\n{section.text}" for section in loaded.sections]
    return "\n".join([loaded.hints.get("title", ""), loaded.hints.get("heading", ""), *sections])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("html-aria-hidden.html", "Taux : 5,3 %"),
        ("html-aside-notice.html", "Attention : depuis 2026 la demande est payante, 65 francs."),
        ("html-button-accordion.html", "Qui délivre le permis G ?"),
        ("html-button-accordion.html", "Le service cantonal, en 20 jours."),
        ("html-caption.html", "Barème en francs suisses par trimestre\nEnfants | Montant\n1 | 215"),
        ("html-class-menu-meta.html", "Le repas scolaire coûte 9 francs."),
        ("html-form-page.html", "Le délai de délivrance du permis est de 42 jours."),
        ("html-form-part.html", "Le délai de délivrance du permis est de 43 jours."),
        ("html-heading-in-table.html", "Canton du Jura\n12 jours"),
        ("html-heading-in-table.html", "Canton de Vaud\n25 jours"),
        ("html-list-whole.html", "- Un contrat de travail.\n- Une copie du contrat.\n- Une attestation de résidence."),
        ("html-nested-list.html", "- Le forfait journalier est de 17 euros."),
        ("html-rowspan.html", "Suisse | indépendant | 10,0 %"),
        ("html-rowspan.html", "Belgique | indépendant | 20,5 %"),
        ("html-social-heading.html", "Protection sociale\nLa caisse Bêta rembourse 80 % des frais."),
        ("html-social-section.html", "Sécurité sociale\nLe taux de cotisation de la caisse Alpha est de 5,3 %."),
        ("html-struck.html", "Le préavis est de ~~30 jours~~ 45 jours."),
        ("html-sup.html", "On compte 12 000 (2) frontaliers et 10⁶ habitants."),
        ("html-time.html", "Depuis le 1er mars 2024, le permis coûte 65 francs."),
        ("html-utf16-meta.html", "Le guichet de Bâle délivre le permis à Genève."),
        ("mail-8bit-ascii.eml", "Le comité a décidé : indemnité journalière versée à Nyon, délégué."),
        ("mail-8bit-no-charset-latin1.eml", "Le comité a décidé : indemnité journalière versée à Bâle."),
        ("mail-8bit-no-charset.eml", "Le comité a décidé : indemnité journalière versée à Genève."),
        ("mail-attachment-no-name.eml", "La convention a été signée à Mulhouse le 9 mai."),
        ("mail-plain-stub.eml", "Le guichet de Strasbourg ferme le 14 avril 2025."),
        ("mail-subject-latin1.eml", "Réunion à Genève"),
        ("mail-text-image-text.eml", "Voici le plan du pont.\n\nLe chantier du pont coûte 33 millions d'euros."),
        ("csv-sep-line.csv", "Ville | Places\n\nVille : Kehl ; Places : 60\nVille : Bâle ; Places : 45"),
        ("csv-preamble.csv", "Export du 3 mars 2026\nVille : Kehl ; Places : 60"),
    ],
)
def test_what_a_reader_sees_is_stored(name: str, shown: str) -> None:
    assert shown in read(name)


def test_what_stands_for_something_else_is_not_stored_beside_it() -> None:
    assert "cinq virgule trois" not in read("html-aria-hidden.html")
    assert "messagerie" not in read("mail-plain-stub.eml")
    assert "sep=" not in read("csv-sep-line.csv")


def test_a_picture_between_two_texts_of_a_mail_is_told() -> None:
    assert [part.where for part in load(CASES / "mail-text-image-text.eml").left_out] == ["p.gif"]
