"""What every endpoint and page stands on: the endpoint base, bodies, OpenAPI, health, metrics."""
