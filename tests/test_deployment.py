"""The files of docs/deploy: sound for Compose, Helm, Kubernetes and Caddy, with no more rights than needed."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from service.settings import Settings
from tests.service.replicas import find_caddy

ROOT: Final = Path(__file__).parents[1]
DEPLOY: Final = ROOT / "docs" / "deploy"
CHART: Final = DEPLOY / "helm" / "passerelle"
VERSION: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
GIVEN: Final = {"PASSERELLE_DOMAIN": "passerelle.example.org", "PASSERELLE_DOCUMENTS": "/srv/documents"}
KUBERNETES: Final = "1.33"
# Values that switch on what the defaults leave out.
OTHER_VALUES: Final[dict[str, Any]] = {
    "image": {"digest": f"sha256:{'0' * 64}", "pullSecrets": ["images"]},
    "originals": {"address": "s3://centre/originals", "endpoint": "https://s3.example.org", "credentialsSecret": "s3"},
    "service": {
        "settings": {"PASSERELLE_THREADS": "4"},
        "secretSettings": {"PASSERELLE_SMTP_PASSWORD": {"secret": "mail", "key": "password"}},
    },
    "networkPolicy": {"ingressNamespace": "ingress", "monitoringNamespace": "monitoring"},
    "ingress": {"className": "nginx", "annotations": {"example.org/a": "b"}},
}


def interpolate(text: str, environ: Mapping[str, str]) -> str:
    """Return the text with Compose's variables filled in. Raises KeyError for one that must be given and is not."""

    def fill(match: re.Match[str]) -> str:
        default = match["default"] if match["rule"] == ":-" else None
        return environ.get(match["name"]) or default or environ[match["name"]]

    return re.sub(r"\$\{(?P<name>\w+)(?:(?P<rule>:-|:\?)(?P<default>[^}]*))?\}", fill, text)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The Compose file as Compose reads it."""
    text = interpolate((DEPLOY / "compose.yaml").read_text(encoding="utf-8"), GIVEN)
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@pytest.fixture(scope="module")
def manifests() -> dict[str, list[dict[str, Any]]]:
    """The objects that Helm makes of the chart, with its own values and with others."""
    helm = pytest.importorskip("helm_python", reason="helm-python-sdk is not installed", exc_type=ImportError)
    made = {}
    with helm.Chart.load(str(CHART)) as chart:
        for name, values in {"own": {}, "others": OTHER_VALUES}.items():
            chart.validate_schema(values)
            texts = chart.render(values, name="demo", namespace="centre")
            made[name] = [
                manifest
                for path, text in texts.items()
                if path.endswith(".yaml")
                for manifest in yaml.safe_load_all(text)
                if manifest
            ]
    return made


def pods_of(manifests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the pod that each workload describes."""
    for manifest in manifests:
        template = manifest.get("spec", {}).get("jobTemplate", manifest).get("spec", {}).get("template")
        if template:
            yield template["spec"]


def names_no_registry(image: str) -> bool:
    """Say whether an image goes by its short name: its first part is no host."""
    first, slash, _ = image.partition("/")
    return not slash or not re.search(r"[.:]|^localhost$", first)


# Compose


def test_the_compose_file_is_one_by_its_specification(compose: dict[str, Any]) -> None:
    compose_spec = pytest.importorskip("compose_spec", reason="compose-spec is not installed", exc_type=ImportError)
    read = compose_spec.PyCompose.from_yaml(yaml.safe_dump(compose))
    read.validate()
    assert sorted(read.service_names()) == ["caddy", "database", "ingestion", "service-1", "service-2", "volumes"]


def test_no_container_has_more_than_it_needs(compose: dict[str, Any]) -> None:
    services = dict(compose["services"])
    first = services.pop("volumes")  # ends before the others begin
    assert (first["cap_drop"], first["cap_add"], first["network_mode"]) == (["ALL"], ["CHOWN"], "none")
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert set(service.get("cap_add", [])) <= ({"NET_BIND_SERVICE"} if name == "caddy" else set()), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["user"].split(":")[0] not in {"", "0", "root"}, name
        assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"]), name
        assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"]), name
        assert names_no_registry(service["image"]), name
        assert service["logging"]["options"]["max-size"], name


def test_there_are_two_services_behind_caddy_and_two_workers(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["service-1"]["environment"] == services["service-2"]["environment"]
    assert services["ingestion"]["deploy"]["replicas"] == 2
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]
    upstreams = re.search(r"\{\$PASSERELLE_SERVICES:(.*?)\}", (DEPLOY / "Caddyfile").read_text(encoding="utf-8"))
    assert upstreams
    assert upstreams[1].split() == ["service-1:8000", "service-2:8000"]
    assert "reverse_proxy @first {$PASSERELLE_FIRST:service-1:8000}" in (DEPLOY / "Caddyfile").read_text("utf-8")


def test_what_all_machines_have_to_see_is_one_volume(compose: dict[str, Any]) -> None:
    services = compose["services"]
    shared = {"uploads:/app/var/uploads", "judging:/app/var/eval", "originals:/originals"}
    assert shared <= set(services["service-1"]["volumes"]) & set(services["service-2"]["volumes"])
    assert {"uploads:/app/var/uploads", "originals:/originals"} <= set(services["ingestion"]["volumes"])
    own = {"service-1:/app/var", "service-2:/app/var"}
    assert len(own & {*services["service-1"]["volumes"], *services["service-2"]["volumes"]}) == 2
    written = {volume.split(":")[0] for volume in services["volumes"]["volumes"]}
    assert written == {"uploads", "judging", "originals", "caddy-data", "caddy-config"}


def test_secrets_come_from_files_and_the_database_is_not_reached_from_outside(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"SECRET|PASSWORD|KEY|DATABASE", variable) or value.startswith("/run/secrets/"), name
            assert "://" not in value or variable == "PASSERELLE_PUBLIC_URL", name
    assert compose["networks"]["back"] == {"internal": True}
    assert compose["services"]["database"]["networks"] == ["back"]
    assert all(secret["file"].startswith("./secrets/") for secret in compose["secrets"].values())


def test_the_settings_of_the_services_are_ones_the_service_takes(compose: dict[str, Any], tmp_path: Path) -> None:
    address = tmp_path / "database"
    address.write_text("postgresql://passerelle:geheim@database/passerelle\n")
    settings = Settings.from_environ(
        compose["services"]["service-1"]["environment"] | {"PASSERELLE_DATABASE_FILE": str(address)}
    )
    assert settings.public_url == "https://passerelle.example.org"
    assert settings.index.database.startswith("postgresql://passerelle:geheim@")
    (subnet,) = compose["networks"]["front"]["ipam"]["config"]
    assert [str(network) for network in settings.proxy_networks] == [subnet["subnet"]]
    seconds = int(compose["services"]["service-1"]["stop_grace_period"].removesuffix("s"))
    assert seconds > settings.deadline_s


def test_every_setting_that_is_named_is_described() -> None:
    described = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    own = {f"PASSERELLE_{name}" for name in ("DOMAIN", "DOCUMENTS", "SECRETS", "SERVICES", "FIRST", "HEALTH_PORT")}
    texts = [path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file()]
    named = {name.removesuffix("_FILE") for text in texts for name in re.findall(r"\bPASSERELLE_[A-Z_]*[A-Z]\b", text)}
    assert sorted(name for name in named - own if f"{name}`" not in described and f"{name}=" not in described) == []


def test_images_and_chart_are_of_this_version(compose: dict[str, Any]) -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)
    assert compose["services"]["service-1"]["image"] == f"passerelle:{VERSION}"
    assert values["backup"]["image"] == compose["services"]["database"]["image"]


# Caddy


def test_the_caddyfile_is_sound_and_has_the_limits_of_the_default_settings() -> None:
    command = [find_caddy(), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    done = subprocess.run(command, env=os.environ | GIVEN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    text, settings = (DEPLOY / "Caddyfile").read_text(encoding="utf-8"), Settings()
    assert set(re.findall(r"max_size (\d+)", text)) == {str(settings.max_upload_bytes), str(settings.max_body_bytes)}
    assert f"read_header {settings.connections.header_s}s" in text


# Helm


def test_the_chart_passes_helms_own_checks() -> None:
    helm = pytest.importorskip("helm_python", reason="helm-python-sdk is not installed", exc_type=ImportError)
    result = helm.lint(str(CHART))
    assert result["errors"] == []
    assert [message for message in result["messages"] if "icon" not in message["error"]] == []


@pytest.mark.parametrize("values", ["own", "others"])
def test_every_object_is_one_that_kubernetes_takes(manifests: dict[str, list[dict[str, Any]]], values: str) -> None:
    validate = pytest.importorskip(
        "kubernetes_validate", reason="kubernetes-validate is not installed", exc_type=ImportError
    )
    for manifest in manifests[values]:
        validate.validate(manifest, KUBERNETES, strict=True)
    kinds = {manifest["kind"] for manifest in manifests[values]}
    assert {"StatefulSet", "Deployment", "Service", "Ingress", "NetworkPolicy", "PodDisruptionBudget"} <= kinds


@pytest.mark.parametrize("values", ["own", "others"])
def test_no_pod_has_more_than_it_needs(manifests: dict[str, list[dict[str, Any]]], values: str) -> None:
    pods = list(pods_of(manifests[values]))
    assert len(pods) == 3
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]) == {"requests", "limits"}
        assert names_no_registry(container["image"])
        assert {mount["name"] for mount in container["volumeMounts"]} <= {"data"} | {
            volume["name"] for volume in pod["volumes"]
        }


@pytest.mark.parametrize("values", ["own", "others"])
def test_pages_that_only_one_service_may_answer_go_to_the_first_as_by_caddy(
    manifests: dict[str, list[dict[str, Any]]], values: str
) -> None:
    named = {(each["kind"], each["metadata"]["name"]): each.get("spec", {}) for each in manifests[values]}
    (rule,) = named["Ingress", "demo"]["rules"]
    backends = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert {path["pathType"] for path in rule["http"]["paths"]} == {"Prefix"}
    assert backends.pop("/") == "demo"
    by_caddy = re.search(r"@first path (.*)", (DEPLOY / "Caddyfile").read_text(encoding="utf-8"))
    assert by_caddy
    assert backends == dict.fromkeys(re.findall(r"(\S+)\*", by_caddy[1]), "demo-first")
    all_pods, first = (dict(named["Service", name]["selector"]) for name in ("demo", "demo-first"))
    assert first.pop("statefulset.kubernetes.io/pod-name") == "demo-0"
    assert first == all_pods
    assert named["StatefulSet", "demo"]["template"]["metadata"]["labels"].items() >= all_pods.items()


def test_secret_settings_are_mounted_as_files_and_never_stand_in_the_environment(
    manifests: dict[str, list[dict[str, Any]]],
) -> None:
    (service,) = (manifest for manifest in manifests["others"] if manifest["kind"] == "StatefulSet")
    (container,) = service["spec"]["template"]["spec"]["containers"]
    environ = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert None not in environ.values()  # none from a secret
    path = environ["PASSERELLE_SMTP_PASSWORD_FILE"]
    assert any(path.startswith(f"{mount['mountPath']}/") for mount in container["volumeMounts"])
    assert environ["PASSERELLE_OBJECTS"] == "s3://centre/originals"
    assert "/originals" not in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_values_that_the_chart_does_not_know_are_refused() -> None:
    helm = pytest.importorskip("helm_python", reason="helm-python-sdk is not installed", exc_type=ImportError)
    with helm.Chart.load(str(CHART)) as chart:
        refused: list[dict[str, Any]] = [{"service": {"replicas": 0}}, {"servise": {}}, {"host": "https://example.org"}]
        for values in refused:
            with pytest.raises(helm.HelmError):
                chart.validate_schema(values)
