"""Whom documents are for and who asks for them, drawn at random: audiences, and groups that overlap."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from index.documents import Access, Audience

GROUPS: Final = ("gt-sante", "gt-travail", "eurodistrict-x")
some_groups = st.lists(st.sampled_from(GROUPS), unique=True, max_size=2).map(tuple)
accesses = st.one_of(
    st.builds(Access, st.sampled_from(Audience)),
    st.builds(Access, st.just(Audience.MEMBER), st.frozensets(st.sampled_from(GROUPS), min_size=1, max_size=2)),
)
