"""The core: what a passage is, how it is stored, how it is found. Imports nothing of the project's other packages."""
