"""What staff see of how it goes: what is asked and found, ingestion reports, evaluation."""
