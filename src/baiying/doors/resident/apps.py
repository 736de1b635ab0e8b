from django.apps import AppConfig


class ResidentDoorConfig(AppConfig):
    name = "baiying.doors.resident"
    label = "doors_resident"
