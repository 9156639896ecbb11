"""The WSGI application: the endpoints, Django, and the static files of admin, docs and pages."""

import os

from django.core.wsgi import get_wsgi_application

from config.web.direct import DirectApplication

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"  # not another project's


def _application() -> DirectApplication:
    pages = get_wsgi_application()
    from config.web.static import StaticFiles  # noqa: PLC0415 - needs the settings

    return DirectApplication(StaticFiles(pages))


application = _application()
