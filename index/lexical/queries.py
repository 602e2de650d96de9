"""tantivy queries made of terms and of filters, never by its query parser, which raises on `l'été`, `"` and `(`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from index.lexical.audience_index import ALWAYS, NEVER, as_number
from index.lexical.query_expansion import Expansion
from index.types import Filter, Rows


class QueryBuilder:
    """Makes queries for one schema."""

    def __init__(self, schema: Any) -> None:
        import tantivy

        self._schema = schema
        self._query, self._occur, self._integer = tantivy.Query, tantivy.Occur, tantivy.FieldType.Integer

    def match_any(
        self, terms: Iterable[str], expansions: Iterable[Sequence[Expansion]], within: Filter, rows: Rows | None
    ) -> Any:
        """Return what scores passages by the terms they hold, among those the filter (and the rows) let through."""
        should = self._occur.Should
        either = [(should, self._term(term)) for term in terms]
        either += [(should, self._best_of(group)) for group in expansions]
        return self._let_through(self._query.boolean_query(either), within, rows)

    def match_all(self, terms: Mapping[str, Iterable[str]], within: Filter) -> Any:
        """Return what matches the passages of each language that hold all its terms; all of one without terms."""
        must, should = self._occur.Must, self._occur.Should
        either = []
        for language, all_terms in terms.items():
            every = [(must, self._term(term)) for term in all_terms]
            of_language = self._has_one_of("language", [language])
            either.append((should, self._query.boolean_query(every) if every else of_language))
        return self._let_through(self._query.const_score_query(self._query.boolean_query(either), 1.0), within, None)

    def _let_through(self, query: Any, within: Filter, rows: Rows | None) -> Any:
        """Return the query for what the filter (and the rows) let through."""
        must = self._occur.Must
        conditions = list(self._conditions(within))
        if rows is not None:
            conditions.append(self._among(rows))
        clauses = [(must, query)]
        clauses += [(must, self._query.const_score_query(condition, 0.0)) for condition in conditions]
        if within.other_borders_than:
            clauses.append((self._occur.MustNot, self._has_one_of("border", within.other_borders_than)))
        if within.without:
            clauses.append((self._occur.MustNot, self._has_one_of("document", within.without)))
        return self._query.boolean_query(clauses)

    def match_names(self, weights: Mapping[str, float], rows: Rows) -> Any:
        """Return what scores these passages by the sum of the weights of the terms in their document's name."""
        must, should = self._occur.Must, self._occur.Should
        terms = [
            (should, self._query.const_score_query(self._query.term_query(self._schema, "name", term, "basic"), weight))
            for term, weight in weights.items()
        ]
        return self._query.boolean_query(
            [(must, self._query.boolean_query(terms)), (must, self._query.const_score_query(self._among(rows), 0.0))]
        )

    def _among(self, rows: Rows) -> Any:
        return self._query.term_set_query(self._schema, "row", [int(row) for row in rows])

    def _term(self, term: str) -> Any:
        return self._query.term_query(self._schema, "body", term, "freq")

    def _has_one_of(self, name: str, values: Iterable[object]) -> Any:
        return self._query.term_set_query(self._schema, name, sorted(str(value) for value in values))

    def _best_of(self, expansions: Sequence[Expansion]) -> Any:
        """Return the query that scores a passage by the best expansion it holds."""
        alternatives = []
        for expansion in expansions:
            words = [self._term(f"{expansion.language}:{word}") for word in expansion.words]
            every = words[0] if len(words) == 1 else self._query.boolean_query([(self._occur.Must, w) for w in words])
            alternatives.append(self._query.boost_query(every, expansion.weight))
        return self._query.disjunction_max_query(alternatives)

    def _conditions(self, within: Filter) -> Iterator[Any]:
        """Yield what must hold beside the audience, which has an index of its own."""

        def between(name: str, low: int | None, high: int | None) -> Any:
            return self._query.range_query(self._schema, name, self._integer, low, high)

        for name, values in (
            ("language", within.languages),
            ("kind", within.kinds),
            ("theme", within.themes),
            ("country", within.countries),
            ("border", within.borders),
        ):
            if values:
                yield self._has_one_of(name, values)
        if within.published_from is not None or within.published_to is not None:
            low = within.published_from * 10_000 if within.published_from is not None else 1
            yield between("published", low, (within.published_to or 9998) * 10_000 + 9_999)
        if within.valid_on is not None:
            yield between("valid_from", None, as_number(within.valid_on, NEVER))
            yield between("valid_to", as_number(within.valid_on, ALWAYS), None)
        if within.current_on is not None:
            yield between("valid_to", as_number(within.current_on, ALWAYS), None)
