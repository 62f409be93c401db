"""Whatever a person writes into the settings: a message with its line, or a service that can be built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings

from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.model.clock import SystemClock
from optimizer.settings import SettingsErrors, load_settings
from optimizer.words.language import ENGLISH, language_of
from tests.examples import one_in
from tests.settings.hostile import SITE, sites, text_of


@settings(
    max_examples=one_in(3),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(site=sites())
@example(site=SITE)
@example(site={**SITE, "goals": [{"charger": "carport", "ready": "07:00", "energy": ""}]})
@example(site={**SITE, "tariff": {"feed_in_ct": -(10**400)}})
@example(site={**SITE, "site": {"name": "\x1b[31m" * 20, "holidays": ["x"] * 9}})
def test_settings_end_in_a_message_or_build_a_service(site: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules" / "own.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "site.yaml").write_text(text_of(site), encoding="utf-8")
    try:
        found = load_settings(tmp_path / "site.yaml", {})
    except SettingsErrors as errors:
        for language in (ENGLISH, language_of("de")):
            assert language is not None
            message = errors.render(language)
            assert message.replace("\n", "").isprintable()
            assert len(message) < 6000
            assert "Input should" not in message
        assert all(mistake.place.line for mistake in errors.mistakes), errors.render()
        assert site is not SITE
        return
    assemble(found, RuleFiles.load(found), SystemClock(), tmp_path / "state").close()
