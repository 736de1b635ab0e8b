from django.urls import URLPattern, URLResolver, path, re_path

from baiying.doors.resident import following, outside, public_photo, report, start, tracking, who

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.start, name="start"),
    path("report", report.report, name="report"),
    path("report/near", following.near, name="report_near"),
    path("report/photos/<str:token>", report.staged_photo, name="staged_photo"),
    path("o/<str:token>", outside.page, name="outside_order"),
    path("p/<str:reference>/<uuid:public_photo_id>.jpg", public_photo.photo, name="public_photo"),
    path("f/new/<str:token>", following.follow_new, name="follow_new"),
    path("f/<str:reference>", following.followed, name="followed"),
    re_path(r"^f/(?P<reference>[^/]+)/(?P<what>unfollow|forget)$", following.act, name="follow_act"),
    path("who", who.who, name="who"),
    path("t/", tracking.lookup, name="track"),
    path("t/<str:reference>", tracking.case_page, name="track_case"),
    path("t/<str:reference>/photos/<uuid:photo_id>", tracking.photo, name="track_photo"),
    re_path(
        r"^t/(?P<reference>[^/]+)/(?P<step>answer|photos|rate|reopen|appeal)$", tracking.act, name="track_act"
    ),
]
