"""Numbers from a server's metrics."""

from tests.servers import Server


def posted_together(server: Server) -> int:
    """How many operations shared a database transaction with others."""
    metrics = server.request("GET", "/metrics").raw.decode()
    name = "casino_postings_together_total "
    [line] = [line for line in metrics.splitlines() if line.startswith(name)]
    return int(float(line.removeprefix(name)))
