"""Read PDF: characters as pdfium places them, assembled into lines, paragraphs and tables; scanned pages by OCR."""

from ingest.loaders.pdf.loader import load as load
