"""Topics and judgements in, measures out: what the service would give, measured. Imports `service` and `index`.

`import eval` would hide the builtin: import names from its modules, never the package itself.
"""
