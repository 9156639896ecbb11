"""One include per API family."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [path("admin/", admin.site.urls)]
if "casino" in settings.SERVICES:
    urlpatterns.append(path("casino/", include("casino.api.callbacks.urls")))
    urlpatterns.append(path("casino/", include("casino.api.frontend.urls")))
    urlpatterns.append(path("", include("casino.api.events.urls")))
    urlpatterns.append(path("api/v1/", include("casino.api.wallets.v1_urls")))
    urlpatterns.append(path("", include("casino.api.wallets.root_urls")))
if "provider" in settings.SERVICES:
    urlpatterns.append(path("provider/", include("provider.urls")))
