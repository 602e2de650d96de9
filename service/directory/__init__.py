"""The directory by border: whom to ask, which calls are open, and what is to come."""
