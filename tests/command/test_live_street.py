"""The street that browser and crash tests work on."""

from __future__ import annotations

import signal
import urllib.request

from tests.live import LiveStreet


def test_live_street_answers_and_has_its_cast(live_street: LiveStreet) -> None:
    with urllib.request.urlopen(f"{live_street.base_url}/readyz") as answer:
        assert answer.status == 200
    assert live_street.cast["dispatch_wang"]["role"] == "dispatch_clerk"


def test_own_street_is_up_again_after_its_web_server_was_killed(own_street: LiveStreet) -> None:
    own_street.programs["web"].send_signal(signal.SIGKILL)
    own_street.stop("web")
    own_street.start("web")
    with urllib.request.urlopen(f"{own_street.base_url}/readyz") as answer:
        assert answer.status == 200
