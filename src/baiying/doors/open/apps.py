from django.apps import AppConfig


class OpenDoorConfig(AppConfig):
    name = "baiying.doors.open"
    label = "doors_open"
