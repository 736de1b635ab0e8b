from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "baiying.doors.shared"
    label = "doors_shared"
