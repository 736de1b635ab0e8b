"""The client that is made from the description: it is what the generator writes today, and it works."""

from __future__ import annotations

import importlib.util
import sys
import uuid
from types import ModuleType
from typing import Any

import pytest

from tests.cast import jpeg
from tests.house.source import CHECKOUT
from tests.live import LiveStreet


def loaded(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.rpartition("/")[2], CHECKOUT / f"{path}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_client_is_what_the_generator_writes() -> None:
    from baiying.doors.open.openapi import document

    maker = loaded("tools/make_client")
    wanted = maker.formatted(maker.whole(document()))
    assert maker.TARGET.read_text(encoding="utf-8") == wanted, "run tools/make_client.py"


def test_the_client_against_a_running_street(live_street: LiveStreet) -> None:
    api = loaded("clients/python/baiying_client")

    def client(person: str) -> Any:
        return api.Client(live_street.base_url, live_street.cast[person]["token"])

    clerk, stranger = client("dispatch_wang"), api.Client(live_street.base_url)
    key = str(uuid.uuid4())
    words = {"text": "客户端试报：路灯不亮", "lon": 118.318, "lat": 36.8215, "category": "street-light-out"}
    receipt = clerk.send_request(words, idempotency_key=key)
    assert clerk.send_request(words, idempotency_key=key)["reference"] == receipt["reference"]
    assert clerk.replayed
    reference = receipt["reference"]
    read = clerk.read_request(reference)
    assert (read["state"], read["text"]) == ("received", words["text"])
    tag = clerk.etag
    assert clerk.take_step(reference, "accept", {}, if_match=tag)["state"] == "accepted"
    with pytest.raises(api.Problem) as refused:
        clerk.take_step(reference, "accept", {}, if_match=tag)
    assert (refused.value.status, refused.value.code) == (412, "version_differs")
    photos = clerk.add_photos(reference, {}, photos=[jpeg("olive")])["photos"]
    assert clerk.read_photo(reference, photos[0]["id"])[:2] == b"\xff\xd8"
    first = clerk.list_requests(limit=2, state=["accepted"], count=True)
    assert first["requests"][0]["reference"] == reference and first["total"] >= 1
    with pytest.raises(api.Problem) as unknown:
        stranger.read_request(reference)
    assert unknown.value.status == 401
    assert stranger.list_units()["communities"] and clerk.list_gaps()["grids"]
