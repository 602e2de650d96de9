"""The formats a document can come in: what ingestion reads, and what an upload may be.

Each is named like the module of `ingest.loaders` that reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SUFFIXES_OF_FORMAT: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(suffixes.split())
    for name, suffixes in {
        "pdf": ".pdf",
        "word": ".docx .docm .dotx .dotm",
        "powerpoint": ".pptx .pptm .ppsx .ppsm .potx .potm",
        "spreadsheet": ".xlsx .xlsm .xltx .xltm .xlsb .xls .xlt .ods .ots",
        "csv_table": ".csv .tsv",
        "opendocument": ".odt .odp .ott .otp",
        "rtf": ".rtf",
        "epub": ".epub",
        "mail": ".eml",
        "outlook": ".msg",
        "libreoffice": ".doc .dot .ppt .pps .pot .sxw .stw .sxi .fodt .fodp .wpd .wps .wri .lwp .odg .sxd .pub .vsd "
        ".vsdx",
        "web": ".html .htm .xhtml .shtml .mht .mhtml",
        "image": ".tif .tiff .png .jpg .jpeg",
        "markdown": ".md .markdown",
        "plain_text": ".txt .text .asc",
    }.items()
}
FORMAT_OF_SUFFIX: Final[Mapping[str, str]] = {
    suffix: name for name, suffixes in SUFFIXES_OF_FORMAT.items() for suffix in suffixes
}
SUFFIXES: Final = tuple(FORMAT_OF_SUFFIX)
