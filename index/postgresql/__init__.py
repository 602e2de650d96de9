"""The index's database when it is PostgreSQL with pgvector: connections, tables, search. `index.store` uses it."""
