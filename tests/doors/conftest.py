"""What the tests of several doors need."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.doors.reader import Browser
from tests.doors.reporting import patient_browser


@pytest.fixture
def browser(cast: Cast) -> Browser:
    """A resident's, at the first page of the report."""
    return patient_browser(cast)
