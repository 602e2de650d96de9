"""Mail that a job sends and no request: handed over at most once. For every feature that mails."""
