"""How is everything stored? One SQLite file, the original files, which index is current. Imports the root's types."""
