"""Pages for staff: what happened, why a balance is what it is, how much was played, what waits."""
