"""How a text of `originals/` becomes a file as one meets it in a resource centre. Used by `make_files.py` only."""
