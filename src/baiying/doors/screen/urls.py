from django.urls import URLPattern, URLResolver, path

from baiying.doors.screen import basemap, claims, maps, overview, places

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/overview/", overview.page, name="screen_overview"),
    path("desk/overview/claim/", claims.page, name="screen_claim"),
    path("desk/overview/<str:code>/", overview.page, name="screen_overview_of"),
    path("screen/", overview.wall, name="screen_wall"),
    path("screen/points.geojson", maps.wall_points, name="screen_wall_points"),
    path("screen/<str:code>/", overview.wall, name="screen_wall_of"),
    path("desk/map/", maps.page, name="screen_map"),
    path("desk/map/cases.geojson", maps.points, name="screen_map_cases"),
    path("places/outlines.geojson", places.outlines, name="places_outlines"),
    path("places/at", places.place_at, name="places_at"),
    path("places/buildings", places.buildings, name="places_buildings"),
    path("places/basemap.pmtiles", basemap.pmtiles, name="places_basemap"),
]
