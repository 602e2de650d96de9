"""What monitoring asks: `GET /health`, `GET /ready`, `GET /metrics`."""
