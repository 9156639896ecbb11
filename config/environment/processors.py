"""How many processes serve by default."""

import os

WORKERS = max(1, (os.cpu_count() or 1) // 2)
"""One for every two processors: PostgreSQL needs as many, and a worker that gets more requests at a
time does more of them together (docs/performance.md, "How many workers")."""
