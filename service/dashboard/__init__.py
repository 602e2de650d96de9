"""What staff see of the use of the service: searches and their results, ingestion reports, evaluations."""
