"""Documents that staff upload, and what becomes of them."""
