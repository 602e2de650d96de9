"""PDF: characters as pdfium places them, to lines, blocks and tables; scanned pages by OCR."""

from ingest.loaders.pdf.loader import load as load
