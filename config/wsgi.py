"""The WSGI application: the endpoints; Django; the static files of admin, docs and pages."""

import os
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

from config.web.direct import DirectApplication

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"  # not another project's


def with_static_files(application: Any) -> WhiteNoise:
    """Serve static files from where they lie in their packages: there is nothing to collect.

    They are listed once, now. Any other request costs one look into a dictionary more.
    """
    files = WhiteNoise(application, allow_all_origins=False)
    for finder in get_finders():
        for path, storage in finder.list([]):
            url = f"{settings.STATIC_URL}{path}"
            if url not in files.files:  # the first finder has the say, as in templates
                files.add_file_to_dictionary(url, storage.path(path))  # type: ignore[no-untyped-call]
    return files


application = DirectApplication(with_static_files(get_wsgi_application()))
