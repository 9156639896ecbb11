"""The systems for which there is a package of the embedded PostgreSQL."""

import sysconfig

MACHINES = ("x86_64", "aarch64", "arm64", "universal2")


def without_embedded_postgres() -> str | None:
    """The name of this system if it has none, so that DATABASE_URL must name a server."""
    if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""):
        return "Alpine and other systems with musl"
    machine = sysconfig.get_platform().rpartition("-")[2]
    return None if machine in MACHINES else f"{machine} processors"
