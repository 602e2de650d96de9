"""Notes to take away, whatever they are about, written as DOCX, ODT and PDF."""
