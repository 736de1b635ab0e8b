"""The position of the telephone, if its holder offers it: two fields that a button fills, read once and kept nowhere."""

from __future__ import annotations

from django import forms

from baiying.kit import geometry
from baiying.kit.refusals import Refusal


class PositionFields(forms.Form):
    """Hidden `lon` and `lat` (WGS-84 degrees); empty where nobody pressed the button."""

    lon = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    lat = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


def device_of(form: forms.Form) -> tuple[float, float] | None:
    """The position of a valid form; what is not a place on earth counts as not given."""
    try:
        point = geometry.read_point(float(form.cleaned_data["lon"]), float(form.cleaned_data["lat"]))
    except (KeyError, TypeError, ValueError, Refusal):
        return None
    return point.lon, point.lat
