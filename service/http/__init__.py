"""HTTP for all features: middleware, problems, OpenAPI, limits, metrics, the log. Imports `settings`, `errors`."""
