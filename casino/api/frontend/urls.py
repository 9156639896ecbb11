"""What a frontend and a tester call, below ``/casino/``."""

from django.urls import path

from casino.api.frontend import views

urlpatterns = [
    path("launchGame", views.LaunchGame.as_view(), name="launch-game"),
    path("simulateRound", views.SimulateRound.as_view(), name="simulate-round"),
]
