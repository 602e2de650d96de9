"""Documents that staff put in and take out."""
