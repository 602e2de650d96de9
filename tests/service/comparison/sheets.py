"""Project sheets in six languages, each of which says its columns in plain words."""

from __future__ import annotations

from typing import Any, Final

from index.documents import Audience, Document, Kind, Metadata, SectionText

SHEETS: Final = {
    "fr": (
        ("Montage", "Le groupement européen de coopération territoriale (GECT) a été créé le 28 janvier 2008 à Lille."),
        ("Financement", "Coût total du projet : 2,6 millions d'euros, dont 60 % du FEDER (Interreg)."),
        ("Obstacles", "Deux réglementations techniques différentes : aucune base juridique pour le tramway."),
        ("Leçon", "Prévoir le coût de la traduction et signer la convention avant les travaux."),
    ),
    "en": (
        (
            "Set-up",
            "The European grouping of territorial cooperation (EGTC) was founded in March 2011 under French law.",
        ),
        ("Funding", "Total cost of the project: 4.2 million euros, of which 50% paid by Interreg (ERDF)."),
        (
            "Obstacles",
            "There was no legal basis for the tram: two sets of rules differ, and a dispute blocked the works.",
        ),
        ("Lessons", "Settle who pays the operating deficit before the works begin."),
    ),
    "de": (
        ("Lösung", "Der grenzüberschreitende Zweckverband wurde am 1. Januar 1998 nach deutschem Recht gegründet."),
        ("Finanzierung", "Die Kosten betrugen 3,5 Millionen Euro, davon 50 % aus Interreg (EFRE)."),
        ("Hindernisse", "Zwei Regelwerke unterscheiden sich, und für die Straßenbahn fehlte eine Rechtsgrundlage."),
        ("Lehren", "Die Finanzierung muss geklärt sein, bevor gebaut wird."),
    ),
    "es": (
        ("Solución", "La agrupación europea de cooperación territorial (AECT) se creó en 2013 con sede en Verín."),
        ("Financiación", "El coste total fue de 5 millones de euros, el 75 % del FEDER (POCTEFA)."),
        ("Obstáculos", "Dos leyes distintas: no había base jurídica para el tranvía."),
        ("Lecciones", "Conviene fijar desde el inicio quién paga el déficit."),
    ),
    "it": (
        ("Soluzione", "Il gruppo europeo (GECT) è stato costituito il 14 giugno 2011 con sede a Bolzano."),
        ("Finanziamento", "Il costo totale è di 2,8 milioni di euro, di cui il 60 % dal FESR (Interreg)."),
        ("Ostacoli", "Due sistemi diversi erano un ostacolo: mancava una base giuridica per il tram."),
        ("Lezioni", "Occorre prevedere una convenzione prima dei lavori."),
    ),
    "nl": (
        ("Oplossing", "De Europese groepering (EGTS) werd op 15 juni 2011 opgericht, met zetel in België."),
        ("Financiering", "De totale kosten bedroegen 1,3 miljoen euro, waarvan 50 % uit Interreg (EFRO)."),
        ("Obstakel", "Twee stelsels verschillen: er was geen rechtsgrond voor de tram."),
        ("Lessen", "Leg vast wie het tekort betaalt voordat de werken beginnen."),
    ),
}
OF_LANGUAGE: Final = {"fr": "BE-FR", "en": "GB-IE", "de": "DE-NL", "es": "ES-PT", "it": "AT-IT", "nl": "BE-NL"}


def sheet(language: str, id: str = "", **fields: Any) -> Document:
    """Return a project sheet about a tram at the border of its language."""
    border = OF_LANGUAGE[language]
    metadata = {
        "kind": Kind.PROJECT_SHEET,
        "audience": Audience.PUBLIC,
        "language": language,
        "countries": tuple(border.split("-")),
        "borders": (border,),
        "themes": ("transport",),
    }
    sections = [SectionText("p. 0", "Tram.", "", language)]  # equally near to "tram" in all of them
    sections += [
        SectionText(f"p. {number}", text, heading, language)
        for number, (heading, text) in enumerate(SHEETS[language], 1)
    ]
    title = fields.pop("title", f"Tram {border}")
    return Document.from_sections(id or f"tram-{language}", sections, Metadata(title, **metadata | fields))
