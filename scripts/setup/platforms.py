"""Which systems there is a package of the embedded PostgreSQL for."""

import sysconfig

MACHINES = ("x86_64", "aarch64", "arm64", "universal2")


def without_embedded_postgres() -> str | None:
    """This system, where there is none: DATABASE_URL must name a server then."""
    if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""):
        return "Alpine and other systems with musl"
    machine = sysconfig.get_platform().rpartition("-")[2]
    return None if machine in MACHINES else f"{machine} processors"
