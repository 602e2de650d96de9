"""A browser can add the site to its search engines."""

from __future__ import annotations

from lxml import etree
from starlette.testclient import TestClient

SPACE = {"o": "http://a9.com/-/spec/opensearch/1.1/"}


def test_the_description_says_how_to_search_and_to_complete(client: TestClient) -> None:
    answer = client.get("/opensearch.xml?lang=en")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    root = etree.fromstring(answer.content)
    (name,) = root.xpath("o:ShortName", namespaces=SPACE)
    assert 0 < len(name.text) <= 16  # OpenSearch 1.1
    urls = {url.get("type"): url.get("template") for url in root.xpath("o:Url", namespaces=SPACE)}
    assert urls["text/html"] == "http://testserver/?q={searchTerms}"
    assert urls["application/x-suggestions+json"] == "http://testserver/completions?q={searchTerms}"
    found = client.get(urls["text/html"].replace("{searchTerms}", "ambulance"))
    assert "<article>" in found.text


def test_every_page_names_it(client: TestClient) -> None:
    for path in ("/", "/?q=ambulance", "/signin"):
        assert (
            '<link rel="search" type="application/opensearchdescription+xml" href="/opensearch.xml"'
            in client.get(path).text
        )
