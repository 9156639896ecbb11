"""What all endpoints and pages use: the base of endpoints, bodies, OpenAPI, health, metrics."""
