"""The sources named in a run, each with its stock; one that is missing or suddenly empty stops the run untouched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ingest.sources.catalogue import Inventory, SourceUnavailable, source_name, take_stock, take_stock_of_file


def inventories(
    sources: Sequence[Path], known: Callable[[str], int], *, allow_empty: bool = False
) -> dict[str, Inventory]:
    """Return the stock of each source by name; `known` tells how many files of a source the index remembers.

    A single file belongs to the nearest folder above it that is a known source, else to its own folder; the other
    files of that source are left alone. Raises SourceUnavailable, also for a source that has become empty.
    """
    stocks: dict[str, Inventory] = {}
    for source in sources:
        if source.is_file():
            parents = source.resolve().parents
            root = next((above for above in parents if known(source_name(above))), parents[0])
            stock = take_stock_of_file(source, root)
        else:
            stock = take_stock(source)
        remembered = 0 if allow_empty else known(stock.source)
        if remembered and stock.is_folder and not stock.candidates and not stock.refused:
            raise SourceUnavailable(
                f"{source}: it is empty, and {remembered} documents came from it. Nothing was removed; check the "
                "mount, or run with --allow-empty to remove them."
            )
        before = stocks.get(stock.source)
        if before is not None and not before.is_folder and not stock.is_folder:
            stock = replace(before, candidates=before.candidates + stock.candidates)
        if before is None or not before.is_folder:
            stocks[stock.source] = stock
    return stocks
