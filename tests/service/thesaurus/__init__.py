"""The thesaurus of the demonstration corpus."""

from pathlib import Path

THESAURUS = Path(__file__).parents[3] / "corpus" / "thesaurus.ttl"
