"""Web pages with lists, tables, notices, hidden parts, struck text and a menu."""

from __future__ import annotations

from tests.ingest.loaders.generated.words import Text

_HIDDEN = (
    '<p style="display:none">{}</p>',
    "<div hidden>{}</div>",
    '<p class="gone">{}</p>',
    '<div style="visibility: hidden">{}</div>',
    "<template><p>{}</p></template>",
    "<script>var a = '{}'</script>",
    "<!-- {} -->",
)


def write(text: Text) -> None:
    """Write a page of ten to twenty blocks."""
    blocks = [_heading, _paragraph, _list, _table, _shifted, _hidden, _struck, _definitions, _notice, _figure, _form]
    menu = f'<nav><a href="/a">{text.beside()}</a></nav>'
    body = "\n".join(text.chance.choice(blocks)(text) for _ in range(text.chance.randint(10, 20)))
    head = "<meta charset=utf-8><title>Page</title><style>.gone { display: none }</style>"
    page = f"<!doctype html><html lang=fr><head>{head}</head><body>{menu}<main>{body}</main></body></html>"
    text.path.write_text(page, encoding="utf-8")


def _heading(text: Text) -> str:
    level = text.chance.randint(1, 4)
    return f"<h{level}>{text.sentence(3).rstrip('.')}</h{level}>"


def _paragraph(text: Text) -> str:
    tag = text.chance.choice(
        ["p", "div", "blockquote", "section", "article", "pre", "p class=social", "div id=partage"]
    )
    return f"<{tag}>{text.sentence()} <b>{text.sentence(3)}</b> {text.sentence(3)}</{tag.split()[0]}>"


def _list(text: Text) -> str:
    tag = text.chance.choice(["ul", "ol"])
    inner = f"<ul><li>{text.sentence(3)}</li></ul>"
    return f"<{tag}><li>{text.sentence(4)}{inner}</li><li>{text.sentence(4)}</li></{tag}>"


def _table(text: Text) -> str:
    caption = f"<caption>{text.phrase(2)}</caption>" if text.chance.random() < 0.5 else ""
    span = text.chance.choice(["", " rowspan=2", " colspan=2"])
    first = f"<tr><th{span}>{text.phrase(2)}</th><th>{text.word()}</th><th>{text.word()}</th></tr>"
    rows = "".join(f"<tr><td>{text.word()}</td><td>{text.number()}</td></tr>" for _ in range(3))
    return f"<table>{caption}{first}{rows}</table>"


def _shifted(text: Text) -> str:
    return (
        f"<p>{text.sentence(3)} m<sup>2</sup> {text.exactly('m²')} 10<sup>6</sup> {text.exactly('10⁶')} "
        f"CO<sub>2</sub> {text.exactly('CO₂')}</p>"
    )


def _hidden(text: Text) -> str:
    return text.chance.choice(_HIDDEN).format(text.secret())


def _struck(text: Text) -> str:
    tag = text.chance.choice(["del", "s", "strike"])
    return f"<p>{text.sentence(3)} <{tag}>{text.beside()}</{tag}> {text.sentence(3)}</p>"


def _definitions(text: Text) -> str:
    return f"<dl><dt>{text.sentence(3)}</dt><dd>{text.sentence(4)}</dd></dl>"


def _notice(text: Text) -> str:
    return f"<aside class=notice><p>{text.sentence(6)}</p></aside>"


def _figure(text: Text) -> str:
    return f"<figure><img alt='' src='data:,'><figcaption>{text.sentence(5)}</figcaption></figure>"


def _form(text: Text) -> str:
    field = f"<input type=hidden value='{text.secret(1)}'>"
    return f"<form><p>{text.sentence(5)}</p><label>{text.phrase(2)} {field}</label></form>"
