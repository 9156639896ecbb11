"""The provider's addresses, below /provider/."""

from django.urls import path

from provider import api

app_name = "provider"

urlpatterns = [
    path("launch", api.Launch.as_view(), name="launch"),
    path("simulate", api.Simulate.as_view(), name="simulate"),
]
