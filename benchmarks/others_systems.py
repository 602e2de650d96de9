"""One system over one set of passages and questions, in this process: run by `benchmarks.others`, not by hand."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

DEPTH = 50  # passages asked for; documents are ranked by their best one
Search = Callable[[str], list[tuple[str, float]]]  # question → (document, score), best first
QUERY, PASSAGE = "query: ", "passage: "  # what the model's authors want in front (its card)


def passerelle(request: dict[str, Any], work: Path) -> tuple[Search, int, float]:
    """Index the set as the evaluation does, and leave the passages for the others."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from eval.collection import read_set
    from eval.indexing import index_corpus
    from index.dense.embedders import load
    from index.documents import Audience
    from index.settings import IndexSettings
    from index.types import Filter
    from index.wiring import open_engine

    settings = IndexSettings(data=work / "index", models=Path(request["models"]))
    load(settings).embed_passages(["chauffe"])
    started = time.perf_counter()
    index_corpus(read_set(request["set"]), settings)
    seconds = time.perf_counter() - started
    engine = open_engine(settings)
    rows = engine.store.rows(Filter(audience=Audience.STAFF)).tolist()
    passages = engine.store.passages(rows, Filter(Audience.STAFF).access)
    with (work / "passages.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            passage = passages[row]
            line = {"id": str(row), "document": passage.document_id, "text": passage.embedded_text}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def search(question: str) -> list[tuple[str, float]]:
        ranking = engine.search(question, 10, Filter(audience=Audience.STAFF))
        return [(ranked.document.id, -float(rank)) for rank, ranked in enumerate(ranking.documents)]

    return search, len(rows), seconds


def faiss_alone(request: dict[str, Any], rows: list[dict[str, str]]) -> Search:
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(request["model"], device="cpu")
    vectors = model.encode_document([row["text"] for row in rows], normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)

    def search(question: str) -> list[tuple[str, float]]:
        scores, places = index.search(model.encode_query([question], normalize_embeddings=True), DEPTH)
        pairs = zip(places[0], scores[0], strict=True)
        return [(rows[at]["document"], float(score)) for at, score in pairs if at >= 0]

    return search


def bm25s_alone(request: dict[str, Any], rows: list[dict[str, str]]) -> Search:
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer(_stemmer(request))
    stop = {"french": "fr", "english": "en", "german": "de", "spanish": "es"}[_stemmer(request)]
    index = bm25s.BM25()
    tokens = bm25s.tokenize([row["text"] for row in rows], stopwords=stop, stemmer=stemmer, show_progress=False)
    index.index(tokens, show_progress=False)

    def search(question: str) -> list[tuple[str, float]]:
        tokens = bm25s.tokenize([question], stopwords=stop, stemmer=stemmer, show_progress=False)
        places, scores = index.retrieve(tokens, k=min(DEPTH, len(rows)), show_progress=False)
        pairs = zip(places[0], scores[0], strict=True)
        return [(rows[at]["document"], float(score)) for at, score in pairs if score > 0]

    return search


def txtai(request: dict[str, Any], rows: list[dict[str, str]]) -> Search:
    from txtai import Embeddings

    best = {"hybrid": True, "instructions": {"query": QUERY, "data": PASSAGE}} if "hybrid" in request["system"] else {}
    embeddings = Embeddings(path=request["model"], **best)
    embeddings.index((number, row["text"], None) for number, row in enumerate(rows))
    return lambda question: [(rows[at]["document"], float(score)) for at, score in embeddings.search(question, DEPTH)]


def llama_index(request: dict[str, Any], rows: list[dict[str, str]]) -> Search:
    from llama_index.core import Settings, VectorStoreIndex
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.retrievers.bm25 import BM25Retriever

    is_best = "hybrid" in request["system"]
    prompts = {"query_instruction": QUERY, "text_instruction": PASSAGE} if is_best else {}
    Settings.llm = MockLLM()
    Settings.embed_model = HuggingFaceEmbedding(model_name=request["model"], device="cpu", **prompts)
    nodes = [TextNode(id_=row["id"], text=row["text"]) for row in rows]
    documents = {row["id"]: row["document"] for row in rows}
    retriever = VectorStoreIndex(nodes).as_retriever(similarity_top_k=DEPTH)
    if is_best:
        import Stemmer

        words = BM25Retriever.from_defaults(
            nodes=nodes,
            similarity_top_k=DEPTH,
            stemmer=Stemmer.Stemmer(_stemmer(request)),
            language=_stemmer(request)[:2],
        )
        retriever = QueryFusionRetriever(
            [retriever, words], similarity_top_k=DEPTH, num_queries=1, mode="reciprocal_rerank", use_async=False
        )

    def search(question: str) -> list[tuple[str, float]]:
        return [(documents[hit.node.node_id], float(hit.score or 0.0)) for hit in retriever.retrieve(question)]

    return search


def _stemmer(request: dict[str, Any]) -> str:
    """Return the language of most of the set, as its name says: what someone would set for it."""
    name = Path(request["set"]).name
    return "french" if name.endswith("-fr") or "fr-" in name else "english"


OTHERS: dict[str, Callable[[dict[str, Any], list[dict[str, str]]], Search]] = {
    "faiss": faiss_alone,
    "bm25s": bm25s_alone,
    "txtai": txtai,
    "LlamaIndex": llama_index,
}


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    work = Path(request["work"])
    if request["system"] == "passerelle":
        search, count, seconds = passerelle(request, work)
    else:
        rows = [json.loads(line) for line in (work / "passages.jsonl").read_text(encoding="utf-8").splitlines()]
        build = next(made for name, made in OTHERS.items() if request["system"].startswith(name))
        build(request | {"warm": True}, rows[:2] * 8)  # imports and the first run of the model are not counted
        started = time.perf_counter()
        search, count = build(request, rows), len(rows)
        seconds = time.perf_counter() - started
    questions = [json.loads(line) for line in (work / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    search("à chaud")  # what is loaded at the first question is not counted
    gc.collect()  # nor is the garbage of the ingestion: 370 ms in the midst of our questions
    gc.freeze()
    times, rankings = [], {}
    for question in questions:
        started = time.perf_counter()
        hits = search(question["text"])
        times.append((time.perf_counter() - started) * 1000)
        best: dict[str, float] = {}
        for document, score in hits:
            best.setdefault(document, score)
        rankings[question["id"]] = [(document, score) for document, score in list(best.items())[:10]]
    times.sort()
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    answer = {
        "passages": count,
        "ingest_s": seconds,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[min(len(times) - 1, int(len(times) * 0.99))],
        "rss_mb": int(status.split("VmRSS:")[1].split()[0]) / 1024,
        "rankings": rankings,
    }
    (work / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
