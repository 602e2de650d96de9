"""The page of a PDF as a picture with the quoted words boxed, drawn in a process of its own."""
