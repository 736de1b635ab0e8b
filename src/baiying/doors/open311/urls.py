"""Open311 GeoReport v2: /open311/v2/, and the same at /open311/test/v2/, where nothing is kept.

A slash before the format is taken for a dot: some clients write it so.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path, register_converter

from baiying.doors.open311 import bulk, discovery, reading, service_list, updates
from baiying.doors.open311.nothing import nothing


class _Format:
    regex = "xml|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class _Download(_Format):
    regex = "csv|xml|json"


class _Edition(_Format):
    regex = "v2|test/v2"


register_converter(_Format, "open311_format")
register_converter(_Download, "open311_download")
register_converter(_Edition, "open311_edition")

BASE = "<open311_edition:edition>"
FMT = "<open311_format:fmt>"
app_name = "open311"
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"discovery.{FMT}", discovery.discovery, name="discovery_of_all"),
    path(f"{BASE}/discovery.{FMT}", discovery.discovery, name="discovery"),
    path(f"{BASE}/requests.{FMT}", reading.requests, name="requests"),
    path(f"{BASE}/services.{FMT}", service_list.services, name="services"),
    path(f"{BASE}/services/<str:code>.{FMT}", service_list.definition, name="definition"),
    path(f"{BASE}/requests/<str:reference>.{FMT}", reading.one_request, name="request"),
    path(f"{BASE}/tokens/<str:token>.{FMT}", reading.token, name="token"),
    path(f"{BASE}/servicerequestupdates.{FMT}", updates.updates, name="updates"),
    path(f"{BASE}/bulk/requests.<open311_download:fmt>", bulk.download, name="bulk"),
    path(f"{BASE}/requests/{FMT}", reading.requests, name="requests_slash"),
    path(f"{BASE}/services/{FMT}", service_list.services, name="services_slash"),
    path(f"{BASE}/discovery/{FMT}", discovery.discovery, name="discovery_slash"),
    re_path(r"^(?P<rest>.*)$", nothing, name="nothing"),
]
