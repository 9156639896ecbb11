"""The provider's addresses, under /provider/."""

from django.urls import path

from provider.api import views as api
from provider.play import views as play

app_name = "provider"

urlpatterns = [
    path("launch", api.Launch.as_view(), name="launch"),
    path("simulate", api.Simulate.as_view(), name="simulate"),
    path("roundDetails", api.RoundDetails.as_view(), name="round-details"),
    path("play/<slug:token>", play.page, name="play"),
    path("play/<slug:token>/state", play.State.as_view(), name="play-state"),
    path("play/<slug:token>/spin", play.Spin.as_view(), name="play-spin"),
]
