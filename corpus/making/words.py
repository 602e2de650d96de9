"""The standing words of a page in each language: running heads, navigation, consent banners."""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """What stands around a text; `navigation` and `footer` are the links of a web page."""

    centre: str
    page: str
    contents: str
    navigation: tuple[str, ...]
    consent: str
    accept: str
    refuse: str
    share: str
    footer: tuple[str, ...]


WORDS: Final = {
    "fr": Words(
        "Centre de ressources transfrontalières",
        "Page",
        "Sommaire",
        ("Accueil", "Frontières", "Thématiques", "Projets", "Bibliothèque", "Réseau", "Se connecter"),
        "Ce site utilise des cookies pour mesurer son audience et améliorer votre visite. Vous pouvez les refuser.",
        "Tout accepter",
        "Continuer sans accepter",
        "Partager cette page : courriel, réseaux, imprimer",
        (
            "Mentions légales",
            "Données personnelles",
            "Plan du site",
            "Accessibilité : non conforme",
            "Lettre d'information",
        ),
    ),
    "en": Words(
        "Cross-border resource centre",
        "Page",
        "Contents",
        ("Home", "Borders", "Topics", "Projects", "Library", "Network", "Log in"),
        "We use cookies to measure how this site is used. You can accept or decline them.",
        "Accept all",
        "Decline",
        "Share this page: e-mail, networks, print",
        ("Legal notice", "Privacy", "Site map", "Accessibility", "Newsletter"),
    ),
    "de": Words(
        "Grenzüberschreitendes Ressourcenzentrum",
        "Seite",
        "Inhalt",
        ("Start", "Grenzen", "Themen", "Projekte", "Bibliothek", "Netzwerk", "Anmelden"),
        "Diese Seite verwendet Cookies zur Reichweitenmessung. Sie können sie ablehnen.",
        "Alle annehmen",
        "Ablehnen",
        "Seite teilen: E-Mail, Netzwerke, Drucken",
        ("Impressum", "Datenschutz", "Übersicht", "Barrierefreiheit", "Rundbrief"),
    ),
    "es": Words(
        "Centro de recursos transfronterizos",
        "Página",
        "Índice",
        ("Inicio", "Fronteras", "Temas", "Proyectos", "Biblioteca", "Red", "Acceder"),
        "Utilizamos cookies para medir la audiencia de este sitio. Puede aceptarlas o rechazarlas.",
        "Aceptar todo",
        "Rechazar",
        "Compartir esta página: correo, redes, imprimir",
        ("Aviso legal", "Privacidad", "Mapa del sitio", "Accesibilidad", "Boletín"),
    ),
    "it": Words(
        "Centro risorse transfrontaliere",
        "Pagina",
        "Indice",
        ("Home", "Frontiere", "Temi", "Progetti", "Biblioteca", "Rete", "Accedi"),
        "Questo sito usa cookie per misurare le visite. È possibile rifiutarli.",
        "Accetta tutto",
        "Rifiuta",
        "Condividi la pagina: posta, reti, stampa",
        ("Note legali", "Privacy", "Mappa del sito", "Accessibilità", "Bollettino"),
    ),
    "nl": Words(
        "Kenniscentrum grensoverschrijdende samenwerking",
        "Pagina",
        "Inhoud",
        ("Home", "Grenzen", "Thema's", "Projecten", "Bibliotheek", "Netwerk", "Inloggen"),
        "Deze website gebruikt cookies om het bezoek te meten. U kunt ze weigeren.",
        "Alles aanvaarden",
        "Weigeren",
        "Deel deze pagina: e-mail, netwerken, afdrukken",
        ("Juridische informatie", "Privacy", "Sitemap", "Toegankelijkheid", "Nieuwsbrief"),
    ),
}
