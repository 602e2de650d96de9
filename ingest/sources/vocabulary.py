"""The words a documentalist may use for kinds, audiences, themes and countries, and the values they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from index.documents import THEMES, Audience, Kind


def fold(word: str) -> str:
    """Return a word without accents, capitals, hyphens and doubled spaces, for comparison."""
    plain = unicodedata.normalize("NFKD", word.replace("’", "'")).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[-_/]+", " ", plain).lower().split())


def _table(words: Mapping[str, str]) -> dict[str, str]:
    return {fold(word): value for value, listed in words.items() for word in [value, *listed.split(",")]}


KINDS: Final = _table(
    {
        Kind.LEGAL_NOTE: "legal,legal sheet,note juridique,fiche juridique,analyse juridique,"
        "consultation juridique,rechtsgutachten,"
        "nota jurídica,nota giuridica,juridische nota",
        Kind.PUBLICATION: "report,guide,cahier,rapport,brochure,book,ouvrage,livre,revue,"
        "veröffentlichung,publikation,"
        "publicación,pubblicazione,publicatie,document,text",
        Kind.STUDY: "étude,etude,studie,estudio,studio,diagnostic,évaluation,evaluation",
        Kind.PROJECT_SHEET: "project,projet,fiche projet,fiche de projet,projektblatt,"
        "ficha de proyecto,scheda progetto,projectfiche,"
        "bonne pratique,good practice,expérience",
        Kind.PROBLEM_SHEET: "problem,problème,fiche problème,fiche de problème,fiche difficulté,"
        "problemblatt,problembogen,ficha de problema,scheda problema,probleemfiche",
        Kind.NEWS: "actualité,actualités,actu,actualite,brève,newsletter,lettre d'information,"
        "nachricht,noticia,notizia,nieuws",
        Kind.PRESS_ARTICLE: "press,presse,article de presse,revue de presse,presseartikel,"
        "artículo de prensa,articolo di stampa,"
        "persartikel,press review,press release,communiqué de presse",
        Kind.FORUM_THREAD: "thread,topic,forum,fil de discussion,fil,discussion,forenbeitrag,hilo,"
        "discussione,forumthread",
        Kind.FUNDING_CALL: "call,call for projects,call for proposals,funding,appel,appel à projets,"
        "appel à propositions,appel à candidatures,appel à manifestation d'intérêt,ami,financement,"
        "projektaufruf,förderaufruf,ausschreibung,convocatoria,convocatoria de proyectos,"
        "bando,invito a presentare progetti,projectoproep,subsidieoproep",
        Kind.EVENT: "évènement,événement,agenda,rencontre,colloque,webinaire,conference,conférence,seminar,"
        "veranstaltung,termin,evento,evenement,bijeenkomst",
        Kind.CONTACT: "contacts,fiche contact,contact sheet,kontakt,ansprechpartner,contacto,contatto,"
        "contactfiche,contactpersoon",
    }
)
AUDIENCES: Final = _table(
    {
        Audience.PUBLIC: "tous,tout public,ouvert,open,öffentlich,público,pubblico,openbaar",
        Audience.MEMBER: "members,membre,membres,adhérent,adhérents,réseau,mitglied,mitglieder,"
        "miembro,membro,lid,leden",
        Audience.STAFF: "interne,internal,équipe,equipe,team,personnel,intern",
    }
)
THEME_WORDS: Final = _table(
    dict.fromkeys(THEMES, "")
    | {
        "transport": "transports,mobility,mobilité,verkehr",
        "spatial-planning": "aménagement,aménagement du territoire,urbanisme,planning,raumordnung",
        "governance": "gouvernance,institutions",
        "health": "santé,soins,gesundheit",
        "employment-training": "emploi,emploi formation,formation,employment,training,travail,éducation",
        "economic-development": "économie,développement économique,economy,wirtschaft",
        "environment": "environnement,eau,water,biodiversité,umwelt",
        "energy": "énergie,energie",
        "culture": "patrimoine,tourisme,culture tourisme",
        "security-risk": "sécurité,sécurité risques,risques,security,secours",
        "observation": "données,statistiques,observation territoriale,statistics",
        "taxation-social-security": "fiscalité,sécurité sociale,fiscalité sécurité sociale,taxation,"
        "social security,impôts",
    }
)
LANGUAGE_WORDS: Final = _table(
    {
        "fr": "fra,fre,français,french,französisch",
        "en": "eng,anglais,english,englisch",
        "de": "deu,ger,allemand,german,deutsch",
        "es": "spa,espagnol,spanish,español",
        "it": "ita,italien,italian,italiano",
        "nl": "nld,dut,néerlandais,dutch,nederlands",
    }
)
_CODES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRY_CODES: Final = frozenset(_CODES.split())
COUNTRY_WORDS: Final = _table(
    {
        "FR": "france,frankreich,francia,frankrijk",
        "BE": "belgique,belgium,belgien,bélgica,belgio,belgië",
        "DE": "allemagne,germany,deutschland,alemania,germania,duitsland",
        "LU": "luxembourg,luxemburg,luxemburgo,lussemburgo",
        "CH": "suisse,switzerland,schweiz,suiza,svizzera,zwitserland",
        "IT": "italie,italy,italien,italia,italië",
        "ES": "espagne,spain,spanien,españa,spagna,spanje",
        "GB": "uk,royaume-uni,united kingdom,great britain,grande-bretagne,vereinigtes königreich,"
        "reino unido,regno unito",
        "MC": "monaco,mónaco",
        "AD": "andorre,andorra",
        "NL": "pays-bas,netherlands,the netherlands,niederlande,países bajos,paesi bassi,nederland",
        "AT": "autriche,austria,österreich,oostenrijk",
        "BR": "brésil,brazil,brasil,brasilien,brasile",
        "SR": "suriname,surinam",
        "PT": "portugal,portogallo",
        "PL": "pologne,poland,polen,polonia,polska",
        "CZ": "tchéquie,république tchèque,czechia,czech republic,tschechien",
        "DK": "danemark,denmark,dänemark,dinamarca,danimarca,denemarken",
        "SE": "suède,sweden,schweden,suecia,svezia,zweden",
        "NO": "norvège,norway,norwegen,noruega,norvegia,noorwegen",
        "FI": "finlande,finland,finnland",
        "IE": "irlande,ireland,irland,irlanda,ierland",
        "SI": "slovénie,slovenia,slowenien,eslovenia,slovenië",
        "HR": "croatie,croatia,kroatien,croacia,croazia",
        "HU": "hongrie,hungary,ungarn,hungría,ungheria,hongarije",
        "SK": "slovaquie,slovakia,slowakei,eslovaquia,slovacchia",
        "RO": "roumanie,romania,rumänien,rumania",
        "BG": "bulgarie,bulgaria,bulgarien",
        "GR": "el,grèce,greece,griechenland,grecia,griekenland",
        "LI": "liechtenstein",
        "EE": "estonie,estonia,estland",
        "LV": "lettonie,latvia,lettland",
        "LT": "lituanie,lithuania,litauen",
        "MT": "malte,malta",
        "CY": "chypre,cyprus,zypern",
    }
)
