from django.apps import AppConfig


class Open311DoorConfig(AppConfig):
    name = "baiying.doors.open311"
    label = "doors_open311"
