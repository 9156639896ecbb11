"""What all endpoints and pages use: the endpoint base, bodies, OpenAPI, health, metrics."""
