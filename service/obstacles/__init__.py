"""The register of unresolved obstacles: reports, what they have in common, who can act, and what became of them."""
