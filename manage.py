#!/usr/bin/env python3
"""Django's command line, in the virtual environment that the scripts create."""

import os
import sys
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parent / ".venv"


def main() -> None:
    # The environment may name another project's settings; this project has only these.
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    # Commands may read whole tables; the time-out is meant for requests.
    os.environ.setdefault("STATEMENT_TIMEOUT_MS", "0")
    try:
        _run()
    except ModuleNotFoundError as error:
        if Path(sys.prefix).resolve() == ENVIRONMENT.resolve():
            raise
        sys.exit(
            f"manage.py: this Python ({sys.executable}) has no {error.name}. Use"
            " .venv/bin/python manage.py; scripts/serve or scripts/demo create .venv."
        )


def _run() -> None:
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - it may be missing
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import Error  # noqa: PLC0415

    from config.wire.encryption import SecretUnreadable  # noqa: PLC0415
    from scripts.setup import SetupError  # noqa: PLC0415
    from scripts.setup.collector import spare_what_is_loaded  # noqa: PLC0415
    from scripts.setup.terminal import one_line_for_errors  # noqa: PLC0415

    spare_what_is_loaded()
    with one_line_for_errors("manage.py"):
        try:
            execute_from_command_line(sys.argv)
        except (ImproperlyConfigured, SecretUnreadable) as error:
            raise SetupError(str(error)) from error
        except Error as error:
            from scripts.setup.database import why_refused  # noqa: PLC0415 - it needs the settings

            if "--traceback" in sys.argv or not (why := why_refused(error)):
                raise
            raise SetupError(why) from error


if __name__ == "__main__":
    main()
