"""A web page as one finds it: the text between navigation, a consent banner, links and a footer."""

from __future__ import annotations

from html import escape
from pathlib import Path

from making.original import Original
from making.page import article
from making.words import WORDS


def make(original: Original, target: Path) -> None:
    """Write `original` as an HTML page that needs nothing from elsewhere."""
    target.write_text(_html(original), encoding="utf-8")


def _meta(original: Original) -> str:
    lines = []
    for name, value in original.metadata.items():
        values = value if isinstance(value, list) else [value]
        said = "|".join(str(one).lower() if isinstance(one, bool) else str(one) for one in values)
        lines.append(f'<meta name="{name}" content="{escape(said)}">')
    return "\n".join(lines)


def _html(original: Original) -> str:
    words = WORDS[original.language]
    menu = "".join(f'<li><a href="#">{escape(one)}</a></li>' for one in words.navigation)
    footer = " · ".join(f'<a href="#">{escape(one)}</a>' for one in words.footer)
    trail = " › ".join((words.navigation[0], words.navigation[4], original.heading()))
    return f"""<!doctype html>
<html lang="{original.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(original.title)}</title>
{_meta(original)}
<style>
body {{ font: 17px/1.6 sans-serif; margin: 0; color: #222; }}
header, footer {{ background: #16335b; color: #fff; padding: 1rem 2rem; }}
header a, footer a {{ color: #fff; }} nav ul {{ display: flex; gap: 1.2rem; list-style: none; padding: 0; }}
main {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }} th, td {{ border: 1px solid #bbb; padding: .3rem .6rem; text-align: left; }}
.cookie-banner {{ position: fixed; bottom: 0; background: #eee; padding: 1rem; width: 100%; }}
.breadcrumb {{ font-size: .85rem; color: #666; }}
</style>
<script>window.dataLayer = window.dataLayer || [];</script>
</head>
<body>
<div class="cookie-banner" role="dialog" id="cookie-consent">
<p>{escape(words.consent)}</p><button>{escape(words.accept)}</button> <button>{escape(words.refuse)}</button>
</div>
<header><p class="logo">{escape(words.centre)}</p><nav aria-label="menu"><ul>{menu}</ul></nav></header>
<main>
<nav class="breadcrumb">{escape(trail)}</nav>
<article>
{article(original)}
</article>
<aside class="share">{escape(words.share)}</aside>
</main>
<footer><p>{footer}</p><p>© {original.metadata["published"]:%Y} {escape(words.centre)}</p></footer>
</body>
</html>
"""
