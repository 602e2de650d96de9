"""Run a certified provider (`oidc-provider` from npm, on Node) for the tests, or say why not."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).parent
INSTALLED = HERE.parents[3] / "var" / "oidc-provider"


@dataclass(frozen=True)
class RunningIssuer:
    """A provider on loopback."""

    url: str
    api: str  # the audience of access tokens for the API

    def sign_in_as(self, who: str) -> None:
        httpx.get(f"{self.url}/_test/as", params={"who": who}).raise_for_status()

    def give_roles(self, who: str, *roles: str) -> None:
        """Have the provider know somebody with these roles; without one, not any more."""
        httpx.get(f"{self.url}/_test/roles", params={"who": who, "roles": ",".join(roles) or "gone"}).raise_for_status()

    def rotate(self) -> None:
        """Have the provider sign with a new key, and publish no other."""
        httpx.get(f"{self.url}/_test/rotate").raise_for_status()

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Return any claims signed with the provider's key."""
        answer = httpx.post(f"{self.url}/_test/sign", json={"claims": claims, "header": header})
        return answer.raise_for_status().text

    def access_token(self) -> str:
        """Return a token for the API as a program gets it."""
        form = {"grant_type": "client_credentials", "resource": self.api, "scope": "read"}
        answer = httpx.post(f"{self.url}/token", data=form, auth=("tool", "tool"))
        return str(answer.raise_for_status().json()["access_token"])


def installed() -> Path:
    """Return the folder the provider is installed in, once for all runs; skips with a reason where it cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not here: the OpenID Connect provider cannot run")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "provider.mjs"):
        shutil.copy(HERE / name, INSTALLED / name)
    version = json.loads((HERE / "package.json").read_text())["dependencies"]["oidc-provider"]
    installed_package = INSTALLED / "node_modules" / "oidc-provider" / "package.json"
    if not installed_package.is_file() or json.loads(installed_package.read_text())["version"] != version:
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
        try:
            subprocess.run(command, cwd=INSTALLED, check=True, timeout=120, capture_output=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm cannot install oidc-provider: {error}")
    return INSTALLED


@contextmanager
def running_issuer(callback: str, signed_out: str, logout: str) -> Iterator[RunningIssuer]:
    """Run the provider for one client with these addresses."""
    process = subprocess.Popen(
        ["node", "provider.mjs", callback, signed_out, logout],
        cwd=installed(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        first_line = ""
        for line in process.stdout:
            if line.startswith("{"):
                first_line = line
                break
        if not first_line:
            pytest.skip("oidc-provider does not start on this Node.js")
        addresses = json.loads(first_line)
        yield RunningIssuer(addresses["issuer"], addresses["api"])
    finally:
        process.kill()
        process.communicate()
