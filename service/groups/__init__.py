"""Groups for staff: which there are and what names them; name, describe, fill and close them, without a terminal."""
