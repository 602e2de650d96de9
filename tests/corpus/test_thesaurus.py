"""Rules that corpus/thesaurus.ttl must keep."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS

THESAURUS = Path(__file__).resolve().parents[2] / "corpus" / "thesaurus.ttl"
BASE = "https://passerelle.example/id/"
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
THEMES = set(
    [
        "transport",
        "spatial-planning",
        "governance",
        "health",
        "employment-training",
        "economic-development",
        "innovation",
        "environment",
        "energy",
        "culture",
        "security-risk",
        "observation",
        "taxation-social-security",
    ]
)
FRENCH_BORDERS = set(
    ["BE-FR", "FR-LU", "DE-FR", "CH-FR", "FR-IT", "FR-MC", "ES-FR", "AD-FR", "FR-GB", "BR-FR", "FR-SR", "FR-NL"]
)
SCHEMES = ["themes", "borders", "countries", "territories", "instruments", "obstacles", "levels"]
LEAST = dict(zip(SCHEMES, (187, 37, 25, 100, 45, 10, 9), strict=True))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph().parse(THESAURUS, format="turtle")


def concepts(graph: Graph) -> set[URIRef]:
    return {URIRef(str(c)) for c in graph.subjects(RDF.type, SKOS.Concept)}


def in_scheme(graph: Graph, name: str) -> set[URIRef]:
    scheme = URIRef(f"{BASE}scheme/{name}")
    return {URIRef(str(c)) for c in graph.subjects(SKOS.inScheme, scheme)}


def labels(graph: Graph, concept: URIRef) -> Iterator[Literal]:
    for kind in (SKOS.prefLabel, SKOS.altLabel):
        for label in graph.objects(concept, kind):
            assert isinstance(label, Literal)
            yield label


def ancestors(graph: Graph, concept: URIRef) -> set[URIRef]:
    reached: set[URIRef] = set()
    waiting = [concept]
    while waiting:
        for parent in graph.objects(waiting.pop(), SKOS.broader):
            if parent not in reached:
                reached.add(URIRef(str(parent)))
                waiting.append(URIRef(str(parent)))
    return reached


def notations(graph: Graph, members: set[URIRef]) -> list[str]:
    return [str(n) for c in members for n in graph.objects(c, SKOS.notation)]


def test_the_thesaurus_has_at_least_270_concepts(graph: Graph) -> None:
    assert len(concepts(graph)) >= 270


@pytest.mark.parametrize(("name", "least"), LEAST.items())
def test_each_scheme_is_titled_in_six_languages_and_filled(graph: Graph, name: str, least: int) -> None:
    titles = graph.objects(URIRef(f"{BASE}scheme/{name}"), DCTERMS.title)
    assert sorted(getattr(t, "language", "") for t in titles) == sorted(LANGUAGES)
    assert len(in_scheme(graph, name)) >= least


def test_each_concept_has_one_preferred_label_a_language(graph: Graph) -> None:
    for concept in concepts(graph):
        languages = [getattr(p, "language", "") for p in graph.objects(concept, SKOS.prefLabel)]
        assert sorted(languages) == sorted(LANGUAGES), concept


def test_each_alternative_label_has_one_of_the_six_languages(graph: Graph) -> None:
    for concept in concepts(graph):
        assert all(label.language in LANGUAGES for label in labels(graph, concept)), concept


def test_each_concept_is_in_exactly_one_scheme(graph: Graph) -> None:
    schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    assert len(schemes) == len(LEAST)
    for concept in concepts(graph):
        schemes_of_it = list(graph.objects(concept, SKOS.inScheme))
        assert len(schemes_of_it) == 1, concept
        assert schemes_of_it[0] in schemes, concept


def test_a_concept_is_top_exactly_when_nothing_is_broader(graph: Graph) -> None:
    for concept in concepts(graph):
        tops = set(graph.objects(concept, SKOS.topConceptOf))
        assert tops == set(graph.subjects(SKOS.hasTopConcept, concept)), concept
        assert bool(tops) != bool(set(graph.objects(concept, SKOS.broader))), concept


def test_broader_and_narrower_mirror_each_other_inside_a_scheme(graph: Graph) -> None:
    broader = set(graph.subject_objects(SKOS.broader))
    assert broader == {(n, b) for b, n in graph.subject_objects(SKOS.narrower)}
    for narrow, wide in broader:
        assert graph.value(narrow, SKOS.inScheme) == graph.value(wide, SKOS.inScheme), narrow


def test_no_concept_is_broader_than_itself(graph: Graph) -> None:
    assert [c for c in concepts(graph) if c in ancestors(graph, c)] == []


def test_related_goes_both_ways_and_never_along_the_hierarchy(graph: Graph) -> None:
    for concept, other in graph.subject_objects(SKOS.related):
        assert concept != other, concept
        assert (other, SKOS.related, concept) in graph, (concept, other)
        assert other not in ancestors(graph, URIRef(str(concept))), (concept, other)


def test_every_link_leads_to_a_concept_of_the_thesaurus(graph: Graph) -> None:
    known = concepts(graph)
    for link in (SKOS.broader, SKOS.narrower, SKOS.related, DCTERMS.spatial):
        assert {o for o in graph.objects(None, link)} <= known, link


def test_a_label_is_shared_in_a_scheme_only_with_a_note_on_both_sides(graph: Graph) -> None:
    users: defaultdict[tuple[str, str, str], list[URIRef]] = defaultdict(list)
    for concept in concepts(graph):
        scheme = str(graph.value(concept, SKOS.inScheme))
        for label in labels(graph, concept):
            users[scheme, str(label.language), str(label).lower()].append(concept)
    for key, sharing in users.items():
        assert len(sharing) == len(set(sharing)), f"{key} twice on one concept"
        if len(sharing) > 1:
            assert all(graph.value(c, SKOS.note) for c in sharing), key


def test_the_thirteen_themes_are_the_top_concepts_of_the_scheme(graph: Graph) -> None:
    tops = {c for c in in_scheme(graph, "themes") if (c, SKOS.topConceptOf, None) in graph}
    assert Counter(notations(graph, tops)) == Counter(THEMES)


def test_every_border_has_a_two_country_code_and_french_ones_are_all_there(graph: Graph) -> None:
    members = in_scheme(graph, "borders")
    codes = notations(graph, members)
    assert set(codes) >= FRENCH_BORDERS
    assert len(codes) == len(set(codes)) == len(members)
    assert len(set(codes) - FRENCH_BORDERS) >= 25
    for border in members:
        pair = notations(graph, {URIRef(str(c)) for c in graph.objects(border, DCTERMS.spatial)})
        code = "-".join(sorted(pair))
        assert str(border) == f"{BASE}border/{code}"
        assert notations(graph, {border}) == [code]
