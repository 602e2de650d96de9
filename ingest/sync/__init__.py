"""The run that brings the index up to its sources: what changed is read and indexed, what is gone is removed."""
