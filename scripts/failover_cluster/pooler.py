"""PgBouncer in front of HAProxy, with the settings of `deploy/pgbouncer.ini`."""

import configparser
from pathlib import Path

from config.embedded_postgres.accounts import give
from scripts.failover_cluster.cluster import Cluster
from scripts.failover_cluster.processes import Program
from scripts.setup import ROOT

CONFIGURATION = ROOT / "deploy" / "pgbouncer.ini"


def start(cluster: Cluster, program: Path) -> tuple[Program, str]:
    """The running PgBouncer, and the URL of the product's database through it."""
    place, port = cluster.place, cluster.place.port()
    users = place.folder / "users.txt"
    users.write_text(f'"casino" "{cluster.passwords["casino"]}"\n')
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string(CONFIGURATION.read_text())
    settings["databases"]["casino"] = f"host=127.0.0.1 port={cluster.primary_port} dbname=casino"
    settings["pgbouncer"]["listen_addr"] = "127.0.0.1"
    settings["pgbouncer"]["listen_port"] = str(port)
    settings["pgbouncer"]["auth_file"] = str(users)
    path = place.folder / "pgbouncer.ini"
    with path.open("w") as file:
        settings.write(file)
    for each in (users, path):
        each.chmod(0o600)
        give(each, place.account)
    started = place.program("pgbouncer", [program, path])
    started.start()
    return started, f"postgresql://{cluster.credentials()}@127.0.0.1:{port}/casino"
