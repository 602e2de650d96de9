"""What can go wrong in the core, one exception for each thing a caller can act on."""


class PasserelleError(Exception):
    """Something a person can put right; the message names the thing, what is wrong and what to do."""


class SettingsError(PasserelleError):
    """One or more settings are wrong; the message names all of them."""


class ModelUnavailable(PasserelleError):
    """The embedding model cannot be had; nothing else is used in its place."""


class IndexMismatch(PasserelleError):
    """The index was built with other choices (model, splitter, analysis) than those configured now."""


class StoreError(PasserelleError):
    """The store is missing, damaged, or of a version this program does not know."""


class ServerUnavailable(StoreError):
    """The database's server does not answer: nothing is known of what it holds."""


class UnusableOriginal(PasserelleError):
    """An original file cannot be given as it was read."""


class LostOriginal(UnusableOriginal):
    """The original file is gone from where it was kept."""


class ChangedOriginal(UnusableOriginal):
    """The file that is kept in an original's place has another content."""


class UnknownDocument(PasserelleError, LookupError):
    """No such document for this audience: it does not exist, or it may not be seen; the two look the same."""
