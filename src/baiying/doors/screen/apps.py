from django.apps import AppConfig


class ScreenDoorConfig(AppConfig):
    name = "baiying.doors.screen"
    label = "doors_screen"
