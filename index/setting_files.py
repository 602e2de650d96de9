"""Settings that are read from files: a secret is then neither in a process's environment nor on its command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from index.errors import SettingsError

_PREFIX: Final = "PASSERELLE_"
_SUFFIX: Final = "_FILE"


def read_setting_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the content of its file for each PASSERELLE_…_FILE: PASSERELLE_DATABASE_FILE=/run/…

    Blanks around the content do not count. Raises SettingsError naming every file that cannot be read, or that stands
    beside its own setting.
    """
    settings, faults = dict(environ), []
    for variable in sorted(environ):
        if not (variable.startswith(_PREFIX) and variable.endswith(_SUFFIX) and environ[variable].strip()):
            continue
        name, path = variable.removesuffix(_SUFFIX), environ[variable].strip()
        del settings[variable]
        if environ.get(name, "").strip():
            faults.append(f"{variable}: {name} is set as well. Leave one of them out.")
            continue
        try:
            settings[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is no text in UTF-8"
            faults.append(f"{variable}={path!r}: {reason}. Expected a file that this user can read.")
    if faults:
        raise SettingsError("Wrong settings:\n" + "\n".join(f"  {fault}" for fault in faults))
    return settings
