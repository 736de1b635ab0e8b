"""The addresses of the chain."""

from __future__ import annotations

from django.urls import URLPattern, path

from baiying.doors.desk import chain, chain_change, chain_import

urlpatterns: list[URLPattern] = [
    path("", chain.overview, name="desk_chain"),
    path("gaps", chain.gaps, name="desk_chain_gaps"),
    path("outlines.geojson", chain.outlines, name="desk_chain_outlines"),
    path("home", chain.home, name="desk_chain_home"),
    path("units/<str:code>", chain.unit, name="desk_chain_unit"),
    path("courtyards/<int:courtyard_id>", chain.courtyard, name="desk_chain_courtyard"),
    path("buildings/<int:building_id>", chain.building, name="desk_chain_building"),
    path("children/<int:level>/<int:child_id>", chain_change.child, name="desk_chain_child"),
    path("holders/", chain_change.holders, name="desk_chain_holders"),
    path("holders/new", chain_change.new_holder, name="desk_chain_holder_new"),
    path("holders/<int:holder_id>", chain_change.holder, name="desk_chain_holder"),
    path("holders/<int:holder_id>/hand-over", chain_change.hand_over, name="desk_chain_hand_over"),
    path("import", chain_import.upload, name="desk_chain_import"),
    path("imports/<int:import_id>", chain_import.preview, name="desk_chain_import_of"),
]
