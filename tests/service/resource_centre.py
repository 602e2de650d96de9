"""A resource centre of six small documents: public and reserved, in three languages, one of them superseded."""

from __future__ import annotations

from datetime import date

from index.documents import Audience, Document, Kind, Metadata, SectionText


def resource_centre() -> dict[str, Document]:
    """Return six small documents: public and reserved, in three languages, one of them superseded."""
    documents = [
        Document.from_sections(
            "notes/teletravail",
            [
                SectionText(
                    "p. 1",
                    "Le télétravail des frontaliers.\n\nUn salarié peut télétravailler jusqu'à 49,9 % "
                    "de son temps sans changer de sécurité sociale, selon l'art. 3 de l'accord-cadre. L'employeur "
                    "demande un certificat A1 à l'institution compétente.",
                    "Le principe",
                    "fr",
                ),
                SectionText(
                    "p. 2",
                    "La demande vaut pour trois ans au plus. Elle se renouvelle par la même voie.",
                    "La durée",
                    "fr",
                ),
            ],
            Metadata(
                "Télétravail et sécurité sociale",
                Kind.LEGAL_NOTE,
                Audience.PUBLIC,
                "fr",
                ("DE", "FR"),
                ("DE-FR",),
                ("employment-training",),
                published=date(2023, 7, 1),
                author="Centre d'essai",
            ),
            path="notes/teletravail.pdf",
            original="a" * 64,
        ),
        Document.from_sections(
            "notes/teletravail-2020",
            [
                SectionText(
                    "p. 1", "Pendant la crise, le télétravail des frontaliers était permis sans limite de temps."
                )
            ],
            Metadata(
                "Télétravail : règle de 2020",
                Kind.LEGAL_NOTE,
                Audience.PUBLIC,
                "fr",
                published=date(2020, 4, 1),
                valid_to=date(2022, 6, 30),
                replaced_by="notes/teletravail",
            ),
        ),
        Document.from_sections(
            "projekte/rettungsdienst",
            [
                SectionText(
                    "Folie 4",
                    "Der Rettungswagen darf am 3. Mai und an jedem anderen Tag die Grenze queren. Die "
                    "Leitstellen stimmen den Einsatz z. B. über eine gemeinsame Nummer ab.",
                    "Rettungsdienst",
                    "de",
                )
            ],
            Metadata(
                "Rettungsdienst ohne Grenzen",
                Kind.PROJECT_SHEET,
                Audience.PUBLIC,
                "de",
                ("DE", "FR"),
                ("DE-FR",),
                ("health",),
                published=date(2021, 5, 4),
            ),
        ),
        Document.from_sections(
            "notes/ambulance",
            [
                SectionText(
                    "p. 3",
                    "An ambulance may cross the border when the two dispatch centres agree. The patient's "
                    "insurance pays for the transport under the bilateral agreement.",
                    "Transport",
                    "en",
                )
            ],
            Metadata(
                "Cross-border ambulance",
                Kind.STUDY,
                Audience.PUBLIC,
                "en",
                ("BE", "FR"),
                ("BE-FR",),
                ("health",),
                published=date(2019, 1, 15),
                author="A. Tester",
            ),
        ),
        Document.from_sections(
            "membres/ambulance",
            [
                SectionText(
                    "p. 7",
                    "Le guide interne sur l'ambulance dit que l'assurance du patient paie le transport, "
                    "et que les membres peuvent demander un modèle de convention.",
                    "Guide",
                    "fr",
                )
            ],
            Metadata(
                "Guide interne : ambulance",
                Kind.PUBLICATION,
                Audience.MEMBER,
                "fr",
                ("BE", "FR"),
                ("BE-LU",),
                ("health",),
                published=date(2024, 2, 2),
            ),
        ),
        Document.from_sections(
            "equipe/text",
            [SectionText("p. 1", "L'équipe note que la question de l'ambulance revient chaque mois dans le forum.")],
            Metadata("Note d'équipe", Kind.NEWS, Audience.STAFF, "fr"),
        ),
    ]
    return {document.id: document for document in documents}
