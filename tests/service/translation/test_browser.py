"""The page of a translation in a browser: everybody can read it, wide and narrow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.answering.endpoint import OpenAIEndpoint
from service.app import create_app
from tests.service.browsing import chromium, needs_chromium
from tests.service.conftest import make_parts
from tests.service.serving import ScriptedModel, served
from tests.service.test_accessibility import AXE, RUN, SIDEWAYS

pytestmark = needs_chromium


@pytest.mark.parametrize("width", [1280, 320])
def test_original_and_translation_stand_side_by_side_for_everybody(
    tmp_path: Path, endpoint: OpenAIEndpoint, model: ScriptedModel, width: int
) -> None:
    model.reply = json.dumps({"translation": "Le patient paie 77 euros en mai 2020."})
    parts = make_parts(tmp_path, llm=endpoint.settings)
    with served(create_app(parts)) as address, chromium() as browser:
        context = browser.new_context(base_url=address, locale="fr-FR", viewport={"width": width, "height": 800})
        context.add_init_script(path=AXE)
        page = context.new_page()
        page.goto("/?q=ambulance patient transport")
        assert not page.evaluate(RUN, True)
        page.get_by_role("button", name="Traduire ce passage").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/translate")
        assert page.get_by_role("heading", name="Texte original, en anglais").is_visible()
        assert page.get_by_role("heading", name="Chiffres et dates à vérifier").is_visible()
        assert not page.evaluate(RUN, True)
        assert page.evaluate(SIDEWAYS) <= 0
        page.get_by_role("link", name="Retour au passage dans son document").click()
        assert page.locator("mark#passage").first.is_visible()
