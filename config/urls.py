"""One include per API family."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver
from django.views.generic import RedirectView

from config.web.docs import Docs, Schema
from config.web.health import HealthCheck, Live, Ready
from config.web.metrics_page import Metrics
from config.web.start import Start

handler403 = "config.web.pages.forbidden"
handler404 = "config.web.pages.not_found"
handler500 = "config.web.pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", Start.as_view(), name="start"),
    path("health", HealthCheck.as_view(), name="health"),
    path("health/live", Live.as_view(), name="health-live"),
    path("health/ready", Ready.as_view(), name="health-ready"),
    path("metrics", Metrics.as_view(), name="metrics"),
    path("docs", Docs.as_view(), name="docs"),
    path("schema", Schema.as_view(), name="schema"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
if "casino" in settings.SERVICES:
    urlpatterns.append(path("casino/", include("casino.api.callbacks.urls")))
    urlpatterns.append(path("casino/", include("casino.api.frontend.urls")))
    urlpatterns.append(path("", include("casino.api.events.urls")))
    urlpatterns.append(path("", include("casino.api.wallets.urls")))
if "provider" in settings.SERVICES:
    urlpatterns.append(path("provider/", include("provider.urls")))
