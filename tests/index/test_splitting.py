"""Passages are exact slices of their sections, of the size counted for, and nothing but blanks falls between them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents import Document, Metadata, SectionText
from index.splitting import CRUMB, PassageSplitter


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def _document(*texts: str, heading: str = "", title: str = "Titre") -> Document:
    sections = [SectionText(f"p. {number}", text, heading, "fr") for number, text in enumerate(texts, 1)]
    return Document.from_sections("d", sections, Metadata(title=title))


words = st.sampled_from(
    ["la", "loi", "frontière.", "Art.", "5", "«", "oui.", "»", "Puis", "coût;", "\n", "\n\n", "  ", "a" * 90]
)
texts = st.lists(words, max_size=150).map(" ".join)


@settings(deadline=None)
@given(st.lists(texts, max_size=3), st.integers(5, 40), st.integers(0, 8))
def test_passages_are_slices_that_cover_their_sections(bodies: list[str], size: int, overlap: int) -> None:
    document = _document(*bodies)
    splitter = PassageSplitter(count_words, size=size, overlap=overlap)
    passages = splitter.passages(document)
    assert [(passage.start, passage.end) for passage in passages] == splitter.split(document.text, document.sections)
    for section in document.sections:
        own = [passage for passage in passages if section.start <= passage.start < section.end]
        covered = set()
        for passage in own:
            assert passage.text == document.text[passage.start : passage.end]
            assert passage.end <= section.end
            assert (passage.label, passage.language) == (section.label, "fr")
            assert len(passage.text.split()) <= size * (1 + CRUMB) + overlap
            covered |= set(range(passage.start, passage.end))
        lost = set(range(section.start, section.end)) - covered
        assert not "".join(document.text[position] for position in lost).strip()
        assert [passage.end for passage in own] == sorted({passage.end for passage in own})


def test_repeated_text_has_its_own_offsets() -> None:
    document = _document("Encore une fois. " * 40)
    passages = PassageSplitter(count_words, size=12, overlap=0).passages(document)
    assert len({passage.start for passage in passages}) == len(passages) == 10


def test_the_overlap_is_whole_sentences_of_the_passage_before() -> None:
    document = _document("Un deux trois quatre cinq. Six sept. Huit neuf dix onze douze.")
    passages = PassageSplitter(count_words, size=7, overlap=3).passages(document)
    assert [passage.text for passage in passages] == [
        "Un deux trois quatre cinq. Six sept.",
        "Six sept. Huit neuf dix onze douze.",
    ]


def test_a_sentence_does_not_end_at_an_abbreviation() -> None:
    document = _document("Selon l'art. 5 du code de M. Dupont. Il faut donc un accord des deux villes.")
    passages = PassageSplitter(count_words, size=9, overlap=0).passages(document)
    assert [passage.text for passage in passages] == [
        "Selon l'art. 5 du code de M. Dupont.",
        "Il faut donc un accord des deux villes.",
    ]


def test_a_crumb_goes_to_its_neighbour() -> None:
    document = _document("Mot. " * 11)
    passages = PassageSplitter(count_words, size=10, overlap=0).passages(document)
    assert len(passages) == 1


def test_title_and_headings_are_the_context_and_the_long_ones_are_cut() -> None:
    passages = PassageSplitter(count_words).passages(_document("Texte.", heading="Droit > Article 5", title="Note"))
    assert passages[0].context == "Note — Droit > Article 5"
    chain = " > ".join(["Livre " + "x " * 50, "Titre " + "y " * 50, "Article 7"])
    passages = PassageSplitter(count_words).passages(_document("Texte.", heading=chain, title="mot " * 500))
    assert passages[0].context.endswith("> Article 7")
    assert len(passages[0].context.split()) <= 60 + 60 + 1


def test_words_are_counted_once() -> None:
    counted: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        counted.extend(texts)
        return [1] * len(texts)

    PassageSplitter(count, size=10).passages(_document("la loi et la règle " * 30, title=""))
    assert sorted(counted) == ["et", "la", "loi", "règle"]


def test_the_name_says_the_parameters() -> None:
    assert PassageSplitter(count_words, size=100, overlap=10).name != PassageSplitter(count_words).name
