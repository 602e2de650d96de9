"""What of a passage can be compared with its translation: figures, months and addresses."""

from __future__ import annotations

from typing import NamedTuple

from babel import Locale

from service.answering.comparable_facts import addresses, figures, months, normalise, spelt_figures


class Differences(NamedTuple):
    """What stands in one of the two texts only, in order; a figure may be written as a word in the other."""

    only_in_original: tuple[str, ...]
    only_in_translation: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.only_in_original or self.only_in_translation)


def compare(original: str, original_language: str, translation: str, language: str) -> Differences:
    """Return what a translation left out or added. Months are named in its language."""
    source, target = normalise(original), normalise(translation)
    source_figures, target_figures = figures(source), figures(target)
    source_months, target_months = months(source, original_language), months(target, language)
    source_addresses, target_addresses = addresses(source), addresses(target)
    lost = source_figures - target_figures - spelt_figures(target, language) - _as_figures(target_months)
    added = target_figures - source_figures - spelt_figures(source, original_language) - _as_figures(source_months)
    names = Locale(language).months["format"]["wide"]
    return Differences(
        (*_sorted(lost), *_named(source_months - target_months, names), *sorted(source_addresses - target_addresses)),
        (*_sorted(added), *_named(target_months - source_months, names), *sorted(target_addresses - source_addresses)),
    )


def _as_figures(numbers: set[int]) -> set[str]:
    """Return months as they stand in "24.10.2008"."""
    return {str(number) for number in numbers}


def _sorted(numbers: set[str]) -> list[str]:
    return sorted(numbers, key=lambda number: (len(number), number))


def _named(numbers: set[int], names: dict[int, str]) -> list[str]:
    return [names[number] for number in sorted(numbers)]
