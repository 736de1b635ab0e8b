from django.apps import AppConfig


class DeskDoorConfig(AppConfig):
    name = "baiying.doors.desk"
    label = "doors_desk"
