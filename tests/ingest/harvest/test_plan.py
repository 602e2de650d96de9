"""A plan of what to harvest: read, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.harvest.plan import Harvest, read_plan
from ingest.sources.catalogue import SourceUnavailable

RIGHT = '[[harvest]]\nname = "actu"\nformat = "feed"\naddress = "https://exemple.org/rss"\n'


def test_a_plan_is_read(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f'{RIGHT}audience = "Membres"\ngroups = ["gt-a", "gt-b"]\nkind = "news"\nmost = 20\n', encoding="utf-8"
    )
    stated = {"audience": "member", "groups": "gt-a|gt-b", "kind": "news"}
    assert read_plan(plan) == [Harvest("actu", "feed", "https://exemple.org/rss", most=20, stated=stated)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected one [[harvest]] table"),
        ("a = ", "cannot be read as TOML"),
        (RIGHT.replace('"feed"', '"atom"'), "format = 'atom'; expected one of feed, sitemap, oai"),
        (RIGHT.replace("https://", "file://"), "expected an http or https address"),
        (RIGHT.replace('"actu"', '"../x"'), "name = '../x'"),
        (f"{RIGHT}most = 0", "most = 0; expected a whole number"),
        (f'{RIGHT}only = "("', "expected a regular expression"),
        (f'{RIGHT}colour = "red"', "unknown: colour"),
        (f'{RIGHT}audience = "secret"', "audience"),
        (f'{RIGHT}groups = ["GT 1"]', "groups"),
        (RIGHT + RIGHT, "actu: this name is used twice"),
    ],
)
def test_a_wrong_plan_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(SourceUnavailable) as refused:
        read_plan(plan)
    assert reason in str(refused.value)
