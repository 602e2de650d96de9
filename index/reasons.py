"""Why something could not be read, or was read only in part: a code, its values, and the English text they make.

The English texts are here and nowhere else. The pages of the service have the other languages, by code, in
`service/web/messages/*/reasons.po`; `tests/index/test_reasons.py` holds both to what the program writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, Self, get_args

Value = str | float  # a reason is a text too, so that one may quote another

# What a document does not hold of its file, in the singular; the plural takes an s.
Part = Literal[
    "attached file",
    "cell",
    "column",
    "comment",
    "deleted passage",
    "deleted row",
    "drawing",
    "embedded object",
    "frame",
    "hidden column",
    "hidden layer",
    "hidden part",
    "hidden passage",
    "hidden row",
    "hidden section",
    "hidden shape",
    "hidden sheet",
    "hidden slide",
    "hidden text box",
    "passage",
    "shape",
    "spoken text",
    "struck-out cell",
    "struck-out passage",
]
_PASSWORD: Final = "Give its password in the column `password` of catalogue.csv, or save it without one."
_SAVE_ANEW: Final = "Open it in the program that made it and save it anew, or as PDF."
_LEAVE_OUT: Final = ".ingestignore leaves files out for good."
_SEALED: Final = "encrypted or sealed: save the mail from the program that opens it"
_WHOLE: Final = "What was written so far is whole"
_FURNITURE: Final = "menus, banners and lists of links of the site"


def _code_of(part: Part) -> str:
    return part.replace(" ", "-")


# A text, or one for a single thing and one for several: then the value `n` says how many there are.
TEXTS: Final[Mapping[str, str | tuple[str, str]]] = {
    # The file as a whole
    "cannot-be-read": "cannot be read (%(detail)s).",
    "changed-while-read": "it changed while it was read; the next run takes it.",
    "conversion-failed": "LibreOffice could not convert it (%(detail)s).",
    "copy-again": f"%(reason)s Copy it again from where it came. {_SAVE_ANEW}",
    "empty-file": "the file is empty (0 bytes).",
    "in-spite-of-suffix": "a %(read_as)s file in spite of its suffix; %(reason)s",
    "link-out": "a symbolic link that leads out of the source: refused. Copy the file here.",
    "needs-libreoffice": "%(suffix)s files need LibreOffice. Install it, or save the file as %(target)s.",
    "no-suffix": "no suffix: this is a %(read_as)s file, and was read as one.",
    "no-text": "there is no text in it.",
    "not-converted": "LibreOffice could not convert it: it is damaged, has a password, or LibreOffice lacks the part "
    f"for %(suffix)s files. {_PASSWORD}",
    "not-ordinary-file": "not an ordinary file (a broken link, a pipe or a device).",
    "not-text": "this is not text (it holds NUL bytes). Is the suffix right?",
    "out-of-memory": "reading it takes more memory than allowed.",
    "reader-crashed": "its reader crashed (a damaged or hostile file, or more memory than allowed).",
    "reader-failed": f"its reader failed (%(detail)s). {_SAVE_ANEW}",
    "run-stopped": "the run was stopped.",
    "system-error": "%(detail)s",
    "too-slow": "reading it takes longer than %(seconds)s seconds.",
    "unknown-characters": (
        "%(n)s character could not be decoded, shown as %(sign)s: save the file anew, as UTF-8 if it is text.",
        "%(n)s characters could not be decoded, shown as %(sign)s: save the file anew, as UTF-8 if it is text.",
    ),
    "unknown-suffix": "unknown suffix: this is a %(read_as)s file, and was read as one.",
    "workers-died": "%(tries)s workers ended while they read or embedded it: given up. See how much memory it takes, "
    "split it or leave it out; the next run tries again.",
    "unread-without-suffix": f"no suffix, and its contents do not tell what it is: give it the right one. {_LEAVE_OUT}",
    "wrong-suffix": "wrong suffix: this is a %(read_as)s file, and was read as one.",
    # Formats that are not read, and what to do
    "not-a-format": f"“%(suffix)s” is not a format that is read here: %(remedy)s {_LEAVE_OUT}",
    "remedy-archive": "an archive: unpack it into this folder and take it away; each file in it becomes a document.",
    "remedy-book": "a book: save it as EPUB (Calibre does), if its licence allows.",
    "remedy-database": "a database: export what is to be found as CSV or XLSX.",
    "remedy-mailbox": "a box of mails: export the mails one by one as .eml.",
    "remedy-other": "save it as PDF, DOCX, ODT or text, or correct the suffix if it is wrong.",
    "remedy-page": "a page made by another program: export it as PDF and put that in its place.",
    "remedy-picture": "a picture of a kind that is not read: save it as PNG or PDF if it holds text to be found.",
    "remedy-recording": "a recording: put its transcript beside it as a text (.txt, .docx).",
    "remedy-shortcut": "a shortcut: save the page or copy the file it leads to.",
    "remedy-table": "a table: save it as XLSX or CSV.",
    "remedy-text": "save it as DOCX, ODT or PDF.",
    # Damaged files: these codes begin with `damaged`, and the reader adds `copy-again` to them
    "damaged-file": "damaged %(kind)s file (%(detail)s).",
    "damaged-no-content": "damaged OpenDocument file: it has no content.xml.",
    "damaged-no-package": "damaged EPUB file: it names no package.",
    "damaged-opendocument-table": "damaged OpenDocument table (%(detail)s).",
    "damaged-or-misnamed": "damaged, or no %(kind)s file in spite of its suffix.",
    "damaged-or-no-mail": "damaged, or not a mail in spite of its suffix.",
    "damaged-or-no-old-table": "damaged, or no table in spite of its suffix (%(detail)s): save it as XLSX.",
    "damaged-or-no-outlook-mail": "damaged, or no Outlook mail (%(detail)s).",
    "damaged-or-no-pdf": "damaged, or not a PDF in spite of its suffix.",
    "damaged-or-no-rtf": "damaged, or not an RTF file in spite of its suffix.",
    "damaged-or-no-table": "damaged, or no table in spite of its suffix (%(detail)s).",
    "damaged-or-no-web-page": "damaged, or no saved web page: there is no HTML in it. Save the page again, or as PDF.",
    "damaged-pdf": "damaged PDF: it cannot be opened.",
    "damaged-picture": "damaged picture (%(detail)s).",
    "not-opendocument": "not an OpenDocument text in spite of its suffix.",
    # Encryption
    "copy-protected": "protected against copying: get it without that protection (DRM), or leave it out.",
    "encrypted-or-old": "encrypted, or an old binary format under the suffix of %(kind)s today. " + _PASSWORD,
    "needs-password": f"encrypted: a password is needed. {_PASSWORD}",
    "opendocument-password": "encrypted: OpenDocument passwords are not opened here. Save it without a password.",
    "sealed-mail": f"{_SEALED}.",
    "wrong-password": "encrypted, and the password in catalogue.csv does not open it.",
    # Limits
    "declares-entities": "it declares XML entities, as bombs do: refused.",
    "documents-too-deep": "it lies in %(depth)s documents, one in the other.",
    "mail-too-large": "a mail of more than %(most)s MB: save its attachments apart.",
    "mails-too-deep": "it lies in %(depth)s mails, one in the other: save it apart.",
    "part-declares-entities": "%(part)s declares XML entities, as bombs do: refused.",
    "rtf-too-large": "an RTF file of more than %(most)s MB: save it as DOCX.",
    "too-many-attachments": "more than %(most)s attachments: save those that matter apart.",
    "too-many-characters": "more than %(most)s million characters of text: split it.",
    "too-many-megapixels": "a picture of %(count)s megapixels, more than %(most)s: make it smaller.",
    "too-many-pages": "%(count)s pages, more than %(most)s: split it.",
    "too-many-parts": "an archive of %(count)s parts, more than %(most)s: refused.",
    "too-many-pictures": "%(count)s pictures in it, more than %(most)s: split it.",
    "too-many-rows": "more than %(most)s rows: split it.",
    "too-much-hidden": "more than %(most)s million characters are hidden in it: not kept.",
    "unpacks-many-times": "it would unpack to %(times)s times its size, as bombs do: refused.",
    "unpacks-too-large": "it would unpack to %(size)s MB, more than %(most)s: refused.",
    "web-page-too-large": "a saved page of more than %(most)s MB: save it without its pictures.",
    # What single formats do not say
    "attachment-unread": "its attachment %(name)s is not read: %(reason)s",
    "attachment-warning": "its attachment %(name)s: %(reason)s",
    "dynamic-form": "a form (XFA) whose pages only Adobe Reader makes: print it to PDF there and put that in its "
    "place.",
    "footnotes-unread": "its footnotes are not read: install LibreOffice and run again, or save it as DOCX.",
    "formulas-without-result": "%(count)s formulas without a stored result: open and save it in Excel or LibreOffice, "
    "then run again.",
    "inner-document-unread": "a document in it is not read: %(reason)s",
    "mostly-furniture": f"%(share)s %% of the page's words are left out as {_FURNITURE}: look whether its text is "
    "there.",
    "no-text-in-mail": "no text in this mail (only rich text?). Save it as .eml.",
    "number-formats-unread": "its number formats are not read (percents, currencies): save it as XLSX.",
    "slides-without-text": "no text on slides %(slides)s (pictures?)",
    # Scans
    "no-tesseract": "there is no text in it (scanned pages?), and OCR is not possible: install Tesseract with its "
    "languages (Debian: apt-get install tesseract-ocr tesseract-ocr-fra tesseract-ocr-deu tesseract-ocr-ita "
    "tesseract-ocr-spa tesseract-ocr-nld) and run again, or put a searchable PDF in its place.",
    "no-text-in-pdf": "there is no text in it, and OCR finds none either (blank pages, or pictures without words).",
    "no-text-in-picture": "OCR finds no text in this picture (a photograph, a map?). .ingestignore leaves it out.",
    "ocr-out-of-time": "NOT read: %(pages)s: OCR of a file ends after %(minutes)s minutes. "
    "Split it, or put a searchable PDF in its place (ocrmypdf makes one).",
    "pages": ("page %(numbers)s", "pages %(numbers)s"),
    "pages-unscanned": "no text on %(pages)s (scanned? Tesseract is not installed)",
    "pages-without-text": "no text on %(pages)s (blank, or a picture)",
    "read-by-ocr": "read by OCR: %(pages)s (confidence %(confidence)s %% at least)",
    "read-by-ocr-worst": "read by OCR: %(pages)s (confidence %(confidence)s %% at least, page %(worst)s)",
    # What was left out, beside the parts named above, and why
    "attachment": "an attachment",
    "calendar-entry": "an entry for a calendar, not a text",
    "chapter": "a chapter",
    "chapter-missing": "the book names it and does not hold it",
    "chapter-no-page": "a picture or another file that is no page",
    "damaged": "damaged",
    "deleted": "deleted, with the change tracked",
    "file-in-file": "a file of its own: save it apart",
    "for-screen-readers": "for screen readers, of a text that is kept as it is shown",
    "format-shows-nothing": "its number format shows nothing",
    "furniture": _FURNITURE,
    "hidden": "hidden",
    "hidden-on-page": "hidden on the page",
    "off-page": "outside of the page",
    "off-slide": "outside of the slide",
    "ornament": "a logo, a signature or a visiting card",
    "other-page": "another page shown inside this one: save it apart",
    "other-program": "a file of another program inside this one: save it apart",
    "picture": "a picture",
    "picture-in-mail": "no text is read from the pictures in a mail's text",
    "remark": "a remark of a reviewer, not the document's text",
    "sealed": _SEALED,
    "sealed-part": "a sealed part",
    "struck-out": "struck out",
    "too-many-columns": "more than %(most)s columns: split it",
    "without-scripts": "shown only where scripts do not run",
    "words": "%(count)s of %(total)s words (%(share)s%%)",
    # What is stated about a file
    "front-matter": "the front matter is not valid YAML: %(detail)s. Quote the value.",
    "front-matter-line": "the front matter is not valid YAML, line %(line)s: %(detail)s. Quote the value.",
    "not-understood": "%(key)s: %(value)s is not understood. Allowed: %(allowed)s.",
    "allowed-border": "two countries, such as BE-FR or France–Belgique",
    "allowed-country": "ISO 3166-1 codes such as FR, BE, GB, or the country's name",
    "allowed-day": "2021-05-18, 18/05/2021, 18.05.2021, 05/2021 or 2021",
    "allowed-group": "a group's id: 1 to 64 lower-case letters, digits and hyphens, such as gt-sante",
    "allowed-id": "up to 200 printable characters without ? # %% \\, not beginning with /",
    "allowed-language": "a two-letter code such as fr, en, de, es, it, nl",
    "allowed-until-call": "a day not after the funding call closes (%(day)s)",
    "allowed-until-event": "a day not after the event (%(day)s)",
    "allowed-until-event-closes": "a day not after the event closes (%(day)s)",
    "allowed-from-start": "a day not before `starts` (%(day)s)",
    "allowed-with-start": "the last day of what has a first day, `starts`",
    # What is wrong with an upload or a correction
    "allowed-border-code": "two country codes, such as BE-FR",
    "allowed-choice": "a value of the list",
    "allowed-country-code": "country codes such as FR, BE, GB (ISO 3166-1)",
    "allowed-date": "a day such as 2026-05-18",
    "allowed-line": "one line of at most 300 characters, without |",
    "allowed-text": "one line of at most 2000 characters",
    "allowed-title": "a title of 1 to 300 characters on one line, without |",
    "expected": "expected %(allowed)s",
    "group-closed": "%(groups)s is closed: nothing new may name it. Staff can open it again on /staff/groups",
    "upload-empty": "%(name)s: empty",
    "upload-folder-not-shared": "%(folder)s: is not the folder that the other machines use. An operator has to mount "
    "theirs here; nothing was stored.",
    "upload-no-file": "expected at least one file",
    "upload-not-a-format": "%(name)s: not a format that is read; expected: %(suffixes)s",
    "upload-not-stored": "%(folder)s: the files could not be stored (%(detail)s). Try again later.",
    "upload-title-of-several": "is for one file; several take the titles they have in them",
    "upload-too-large": "%(name)s: larger than %(most)s MB",
    # The file among others
    "duplicate": "the same document as %(location)s; found there.",
    "id-taken": "its id %(id)s is already that of %(holder)s. Give one of them another `id`.",
    "readers-narrowed": "its last good text is for %(readers)s only until that is mended.",
    "readers-groups": "%(audience)s (%(groups)s)",
    "readers-member": "member",
    "readers-staff": "staff",
    "withdrawn": "document %(id)s was withdrawn by %(by)s on %(day)s; it stays out.",
    "withdrawn-because": "document %(id)s was withdrawn by %(by)s on %(day)s (%(why)s); it stays out.",
    # Sources and their catalogues
    "catalogue-file-missing": "catalogue.csv: no file %(path)s",
    "catalogue-listed-twice": "%(path)s, line %(line)s: %(file)s is listed twice.",
    "catalogue-without-file": "%(path)s: it has no column `file` (columns: %(columns)s).",
    "source-emptied": "%(source)s: it is empty, and %(known)s documents came from it. Nothing was removed; check the "
    "mount, or run with --allow-empty to remove them.",
    "source-missing": "%(source)s: no such folder or file. Nothing was removed; check the path or the mount.",
    "source-unreadable": "%(path)s: cannot be read (%(detail)s).",
    # A run that stopped, or did not do all
    "option-wrong": "--%(reason)s",
    "run-failed": f"stopped: %(detail)s. {_WHOLE}; run it again.",
    "run-interrupted": f"interrupted. {_WHOLE}; run it again.",
    "run-killed": "it was killed (signal %(signal)s): %(detail)s",
    "run-paused": "the service was stopped; it goes on at the next start.",
    "run-too-long": f"it took longer than %(minutes)s minutes. {_WHOLE}.",
    "run-unexplained": "it ended with code %(status)s: %(detail)s",
    # Harvests
    "address-gone": "it is gone (HTTP %(status)s).",
    "address-internal": "%(host)s is an address of this network (%(address)s); %(setting)s names those that may be "
    "harvested.",
    "address-too-long": "its address is longer than %(most)s characters.",
    "answer-too-large": "it is larger than %(most)s MiB.",
    "busy": "%(host)s is too busy (HTTP %(status)s); the next run tries again.",
    "documents-unlisted": "%(missing)s of %(count)s documents are no longer listed; none was removed.",
    "entry-without-link": "it has no link that can be read.",
    "feed-unreadable": "neither RSS nor Atom (%(detail)s).",
    "http-status": "the server answers HTTP %(status)s.",
    "kept-as-before": "%(reason)s What was harvested before stays.",
    "list-repeats": "its list begins again where it was; the rest was not read.",
    "list-too-large": "its list is too large or took too long; the rest was not read.",
    "no-answer": "no answer (%(detail)s).",
    "no-web-address": "not a web address.",
    "no-web-address-because": "not a web address (%(detail)s).",
    "not-a-feed": "this is neither RSS nor Atom.",
    "not-a-list": "neither a feed, nor a sitemap, nor an OAI-PMH repository, nor a page that names its feed.",
    "not-a-sitemap": "not a sitemap.",
    "not-oai": "not an answer of OAI-PMH 2.0 (%(detail)s).",
    "record-unreadable": "not a record (%(detail)s).",
    "record-without-address": "its record names no address.",
    "robots-forbid": "robots.txt asks not to fetch it.",
    "robots-slow": "robots.txt of %(host)s asks to wait more than %(seconds)s s between two requests.",
    "robots-unfetched": "robots.txt cannot be read: %(reason)s",
    "robots-unreadable": "robots.txt cannot be read (%(detail)s).",
    "sitemap-skipped": "the sitemaps before it were too large or took too long; it was not read.",
    "sitemap-unreadable": "not a sitemap (%(detail)s).",
    "sitemaps-too-deep": "sitemaps within sitemaps, deeper or more than a site needs.",
    "too-many-entries": "more than %(most)s entries; the rest was not read.",
    "too-many-records": "its list has more than %(most)s records; the rest was not read.",
    **{_code_of(part): (f"%(n)s {part}", f"%(n)s {part}s") for part in get_args(Part)},
}


class Reason(str):
    """An English text that knows the code and the values it is made of, so that others can say it in their language.

    `values` holds texts, numbers and reasons in turn. What a library or the system says goes in as it is, in English.
    """

    code: str
    values: Mapping[str, Value]

    def __new__(cls, code: str, /, **values: Value) -> Self:
        """Make the text of the code. Raises KeyError for an unknown code, and for a value that its text lacks."""
        text = TEXTS[code]
        if not isinstance(text, str):
            text = text[values["n"] != 1]
        reason = super().__new__(cls, text % values)
        reason.code, reason.values = code, values
        return reason

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Value]]:
        return (self.code,), dict(self.values)

    def as_json(self) -> dict[str, Any]:
        """Return {"code": …, "values": {…}}; a value that is a reason is such an object in its turn."""
        values = {name: value.as_json() if isinstance(value, Reason) else value for name, value in self.values.items()}
        return {"code": self.code, "values": values}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        """Return the reason that `as_json` made this of. Raises KeyError, TypeError, ValueError for anything else."""
        values = {
            name: cls.from_json(value) if isinstance(value, Mapping) else value
            for name, value in entry["values"].items()
        }
        return cls(entry["code"], **values)


def record_reason(reason: str) -> dict[str, Any]:
    """Return a reason as it is recorded, {"reason": its English text, "code": …, "values": …}, or a text alone."""
    return {"reason": str(reason)} | (reason.as_json() if isinstance(reason, Reason) else {})


def recall_reason(text: str, entry: Mapping[str, Any]) -> str:
    """Return the reason that was recorded with its English text, or the text alone if its code is not known here."""
    try:
        return Reason.from_json(entry)
    except (KeyError, TypeError, ValueError, AttributeError):  # recorded by another version, or before there were codes
        return text


def quote(error: Exception) -> str:
    """Return what a library or the system says of a fault, with the name it gives it."""
    return f"{type(error).__name__}: {error}"


def count_parts(part: Part, n: int) -> Reason:
    """Return how many parts of one kind there are: "2 hidden columns"."""
    return Reason(_code_of(part), n=n)


def describe(error: Exception) -> str:
    """Return what an exception says; the reason it was raised with, if it was raised with one."""
    return error.args[0] if len(error.args) == 1 and isinstance(error.args[0], Reason) else str(error)
