"""`/opensearch.xml`: how a browser adds this site to its search engines (OpenSearch 1.1)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from service.feeds.xml import child, document
from service.web.translating import INTERFACE_LANGUAGES, Translator

NAMESPACE: Final = "http://a9.com/-/spec/opensearch/1.1/"
MEDIA_TYPE: Final = "application/opensearchdescription+xml"


def write_opensearch(base: str, t: Translator) -> bytes:
    """Return the description for a reader of this language; addresses begin with `base`."""
    root = etree.Element(f"{{{NAMESPACE}}}OpenSearchDescription", nsmap={None: NAMESPACE})
    child(root, "ShortName", t("site.name"))
    child(root, "Description", t("site.claim"))
    child(root, "Url", type="text/html", method="get", template=f"{base}/?q={{searchTerms}}")
    completions = f"{base}/completions?q={{searchTerms}}"
    child(root, "Url", type="application/x-suggestions+json", method="get", template=completions)
    child(root, "Url", type=MEDIA_TYPE, rel="self", template=f"{base}/opensearch.xml")
    child(root, "Image", f"{base}/static/icon.svg", type="image/svg+xml", width="16", height="16")
    for language in INTERFACE_LANGUAGES:
        child(root, "Language", language)
    child(root, "InputEncoding", "UTF-8")
    return document(root)
