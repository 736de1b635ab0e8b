"""The addresses that are open to everybody; tests/house/test_isolation.py tries all the others."""

from __future__ import annotations

from tests.house.published import PUBLIC_OF_OPEN311

# Each with the reason.
PUBLIC = {
    "healthz": "says only that the process is alive",
    "readyz": "says only whether requests can be served",
    "metrics": "numbers without streets or people; from our own networks only (tests/config/test_metrics.py)",
    "start": "the residents' front page",
    "report": "the residents' form",
    "report_near": "what lies near by, in its public version only",
    "follow_new": "asks for a signed name that the report page gave",
    "followed": "asks for the secret link",
    "follow_act": "asks for the secret",
    "track_case": "asks for the secret link or the phone, unless one has them",
    "track": "the form that asks for reference and phone",
    "public_photo": "a copy that staff blurred and released (tests/doors/test_guarding.py)",
    "who": "posts as the grid by-law wants them posted (tests/doors/test_who.py)",
    "places_outlines": "outlines and names of places",
    "places_at": "which grid a point lies in",
    "places_buildings": "names of buildings",
    "places_basemap": "the operator's base map",
    "open:list_categories": "the catalogue",
    "open:list_units": "names and codes of places",
    "open:list_steps": "the step tables",
    "open:schema": "the description of the API",
    "api_reference": "the description of the API, for people",
    "push_worker": "a program for browsers, the same for everybody",
    "desk_kit_of": "samples of every component, nobody's data",
    "outside_order": "asks for the signed link",
    "desk_login": "signing in",
    "desk_calendar_feed": "asks for a secret of 256 bits in its address",
    "desk_login_code": "signing in, second step",
    **PUBLIC_OF_OPEN311,
}  # fmt: skip
