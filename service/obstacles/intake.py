"""A report on its way into the register: classified with reasons, and put with the reports it is like.

Two reports are of one obstacle when they are near in meaning, at the same border and on a same theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, NamedTuple

from index.clock import utc_today
from index.documents import Audience
from index.lexical.query_language import detect_query_language
from index.types import DocumentCard, Embedder, Filter, Vectors
from service.forum.suggestions import E5_SMALL as SHOWN
from service.forum.suggestions import Threshold, nearest_passages
from service.library.concepts import Thesaurus
from service.library.open_index import OpenIndex
from service.obstacles.model import Obstacle, Proposal, Report, Source
from service.obstacles.proposals import Proposer
from service.obstacles.store import NewReport, Receipt, Register


@dataclass(frozen=True, slots=True)
class MergeThreshold:
    """When two reports are of one obstacle: cosine + weight * share of the concepts of the thesaurus both name.

    Paraphrases that share no word are no nearer than other troubles on the same theme; the concepts, which are the
    same in every language, tell them apart. The figures are multilingual-e5-small's and were chosen on
    `benchmarks/obstacles.jsonl`. Where a border or a theme is not known of both, more is required.
    """

    concept_weight: float = 0.06
    floor: float = 0.928
    floor_unplaced: float = 0.98


E5_SMALL: Final = MergeThreshold()


class ReportFeatures(NamedTuple):
    """What the embedder and the thesaurus make of a report."""

    vector: Vectors
    proposal: Proposal


class MergeCandidate(NamedTuple):
    """An obstacle a report may belong to, and how similar they are."""

    obstacle_id: str
    similarity: float
    is_same: bool


@dataclass(frozen=True, slots=True)
class IncomingReport:
    """A report as somebody sends it, or a thread; `consent` is how it was given, without which nothing is kept."""

    text: str
    source: Source
    consent: str
    border: str = ""
    language: str = ""
    subject: str = ""
    reporter: str = ""  # as in NewReport
    audience: Audience = Audience.PUBLIC
    origin: str = ""


@dataclass(frozen=True)
class Intake:
    """Adds reports to a register, with one generation of the index and the thesaurus."""

    register: Register
    index: OpenIndex
    thesaurus: Thesaurus
    threshold: Threshold = SHOWN  # from which nearness on a document says something about a report

    def add(self, report: IncomingReport) -> Receipt:
        """Keep a report; similar ones become one obstacle. Only staff see which it was put with."""
        language = report.language or detect_query_language(report.text)
        embedder = self.index.engine.embedder
        nearest = self.nearest(report.text, language)
        proposal = Proposer(self.thesaurus).propose(report.text, language, border=report.border, nearest=nearest)
        features = ReportFeatures(embedder.embed_query(report.text), proposal)
        candidates = rank_obstacles(features, self.register.obstacles(), self._features(embedder))
        new = NewReport(
            source=report.source,
            text=report.text,
            language=language,
            consent=report.consent,
            proposal=proposal,
            embedder=embedder.name,
            vector=features.vector,
            subject=report.subject,
            reporter=report.reporter,
            audience=report.audience,
            origin=report.origin,
        )
        same = (candidate.obstacle_id for candidate in candidates if candidate.is_same)
        return self.register.add(new, next(same, None))

    def similar(self, obstacle: Obstacle) -> list[MergeCandidate]:
        """Return the other obstacles this one may be the same as, the most similar first: what staff may merge."""
        features = self._features(self.index.engine.embedder)
        own = features.pop(obstacle.id, [])
        others = [other for other in self.register.obstacles() if other.id != obstacle.id]
        return rank_obstacles(own[0], others, features) if own else []

    def _features(self, embedder: Embedder) -> dict[str, list[ReportFeatures]]:
        """Return every report's features by obstacle; reports another model has embedded are embedded anew, once."""
        reports, vectors = self.register.reports(), self.register.vectors(embedder.name)
        for report in reports:
            if report.id not in vectors:
                vectors[report.id] = embedder.embed_query(report.text)
                self.register.replace_vector(report.id, embedder.name, vectors[report.id])
        return features_by_obstacle(reports, vectors)

    def nearest(self, text: str, language: str) -> list[DocumentCard]:
        """Return the documents near enough to a text, of all there are: only staff see what rests on them."""
        within = Filter(audience=Audience.STAFF, current_on=utc_today())
        near = nearest_passages(text[: self.threshold.read], language, self.index, within, self.threshold)
        cards = self.index.store.cards([passage.document_id for passage, _ in near], within.access)
        return [cards[passage.document_id] for passage, _ in near if passage.document_id in cards]


def rank_obstacles(
    report: ReportFeatures,
    obstacles: Iterable[Obstacle],
    features: Mapping[str, Sequence[ReportFeatures]],
    threshold: MergeThreshold = E5_SMALL,
) -> list[MergeCandidate]:
    """Return the obstacles a report may belong to, the most similar first; it belongs to the first that `is_same`.

    An obstacle is as similar as its reports are on average, so that it cannot grow from one to the next without end.
    """
    candidates = []
    for obstacle in obstacles:
        others = features.get(obstacle.id, ())
        if not others:
            continue
        mean = fmean(similarity(report, other, threshold) for other in others)
        same = is_same(mean, report.proposal, _proposal_of(obstacle, others), threshold)
        candidates.append(MergeCandidate(obstacle.id, mean, same))
    return sorted(candidates, key=lambda candidate: (-candidate.similarity, candidate.obstacle_id))


def _proposal_of(obstacle: Obstacle, reports: Sequence[ReportFeatures]) -> Proposal:
    """Return what an obstacle is about; where nothing says its theme, those its reports name count."""
    if obstacle.about.themes:
        return Proposal(obstacle.about)
    return Proposal(
        obstacle.about, recognised=tuple(theme for report in reports for theme in report.proposal.recognised)
    )


def similarity(report: ReportFeatures, other: ReportFeatures, threshold: MergeThreshold = E5_SMALL) -> float:
    """Return how similar two reports are, whatever their borders and themes."""
    here, there = report.proposal.concepts, other.proposal.concepts
    share = len(here & there) / max(2, min(len(here), len(there)))  # a single concept in common may be chance
    return float(report.vector @ other.vector) + threshold.concept_weight * share


def is_same(similarity: float, proposal: Proposal, other: Proposal, threshold: MergeThreshold = E5_SMALL) -> bool:
    """Say whether two descriptions this similar are of one obstacle."""
    here, there = proposal.about, other.about
    if here.borders and there.borders and not set(here.borders) & set(there.borders):
        return False
    themes, other_themes = proposal.compared_themes, other.compared_themes
    if themes and other_themes and not set(themes) & set(other_themes):
        return False
    is_placed = all((here.borders, there.borders, themes, other_themes))
    return similarity >= (threshold.floor if is_placed else threshold.floor_unplaced)


def features_by_obstacle(reports: Iterable[Report], vectors: Mapping[int, Vectors]) -> dict[str, list[ReportFeatures]]:
    """Return the features of the reports that have a vector, by their obstacle."""
    features: dict[str, list[ReportFeatures]] = {}
    for report in reports:
        if report.id in vectors:
            features.setdefault(report.obstacle_id, []).append(ReportFeatures(vectors[report.id], report.proposal))
    return features
