"""The Kubernetes manifests are valid and hardened, have no secrets, and fit the product."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config.settings import env
from scripts.setup import arguments

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
MANIFESTS: list[dict[str, Any]] = [
    manifest
    for name in KUSTOMIZATION["resources"]
    for manifest in yaml.safe_load_all((FOLDER / name).read_text())
]
OF_THE_OPERATOR = ("ServiceMonitor",)
SERVICES = ("casino", "provider")
VERSION = "1.37"


def named(kind: str, name: str) -> dict[str, Any]:
    [found] = [
        each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    return found


def pods() -> list[dict[str, Any]]:
    return [
        each["spec"]["template"]["spec"]
        for each in MANIFESTS
        if each["kind"] in ("Deployment", "Job")
    ]


def title(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


@pytest.mark.parametrize(
    "manifest", [each for each in MANIFESTS if each["kind"] not in OF_THE_OPERATOR], ids=title
)
def test_each_is_valid_by_the_published_schema(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_the_schemas_refuse_what_is_wrong() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {**named("Deployment", "casino"), "spec": {"replicas": "two"}}, VERSION, strict=True
        )


def test_every_file_is_applied() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(KUSTOMIZATION["resources"]) == files


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_all_that_it_takes_to_lose_a_node(name: str) -> None:
    labels = {"app": name}
    deployment = named("Deployment", name)["spec"]
    assert deployment["replicas"] >= 2
    assert deployment["selector"]["matchLabels"] == labels
    assert deployment["template"]["metadata"]["labels"] == labels
    assert named("HorizontalPodAutoscaler", name)["spec"]["minReplicas"] >= 2
    assert named("HorizontalPodAutoscaler", name)["spec"]["scaleTargetRef"]["name"] == name
    assert named("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"] == labels
    assert named("NetworkPolicy", name)["spec"]["podSelector"]["matchLabels"] == labels
    assert named("Service", name)["spec"]["selector"] == labels
    assert named("ServiceMonitor", name)["spec"]["selector"]["matchLabels"] == labels
    assert named("Service", name)["metadata"]["labels"] == labels
    [container] = deployment["template"]["spec"]["containers"]
    paths = {
        kind: container[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("liveness", "readiness", "startup")
    }
    assert paths == {
        "liveness": "/health/live",
        "readiness": "/health/ready",
        "startup": "/health/live",
    }


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["containers"][0]["name"])
def test_a_container_can_do_no_more_than_it_must(pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= container["resources"].keys()
        assert container["image"] == KUSTOMIZATION["images"][0]["name"] + ":1"


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["containers"][0]["name"])
def test_the_commands_are_ones_that_the_product_takes(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    command = container["command"]
    if "scripts.setup.serve" in command:
        options = arguments.parse("serve", command[3:])
        assert (options.setup, options.host) == (False, "0.0.0.0")
    else:
        assert command == ["python", "manage.py", "migrate"]


@pytest.mark.parametrize("name", SERVICES)
def test_its_settings_are_settings_and_its_secrets_are_only_referred_to(name: str) -> None:
    assert "Secret" not in {each["kind"] for each in MANIFESTS}
    settings = named("ConfigMap", f"{name}-settings")["data"]
    assert settings.keys() <= env.asked
    assert settings["SERVICES"] == name
    assert not [key for key in settings if re.search("SECRET|PASSWORD|TOKEN|DATABASE", key)]
    for kind, workload in (("Deployment", name), ("Job", f"{name}-migrate")):
        [container] = named(kind, workload)["spec"]["template"]["spec"]["containers"]
        assert container["envFrom"] == [
            {"configMapRef": {"name": f"{name}-settings"}},
            {"secretRef": {"name": f"{name}-secrets"}},
        ]
    recipe = (FOLDER / "README.md").read_text()
    secrets = recipe.partition(f"generic {name}-secrets")[2].partition("kubectl")[0]
    named_there = set(re.findall(r"--from-literal=([A-Z_]+)=", secrets.partition("```")[0]))
    assert {"SECRET_KEY", "CASINO_SECRET", "PROVIDER_SECRET", "DATABASE_URL"} <= named_there
    assert named_there <= env.asked


@pytest.mark.parametrize("name", SERVICES)
def test_the_two_reach_each_other_and_only_their_own_database(name: str) -> None:
    other = "provider" if name == "casino" else "casino"
    policy = named("NetworkPolicy", name)["spec"]
    reached = [
        peer["podSelector"]["matchLabels"]["app"]
        for rule in policy["egress"]
        for peer in rule["to"]
        if "podSelector" in peer
    ]
    assert set(reached) == {other, f"{name}-db"}
    assert {"podSelector": {"matchLabels": {"app": other}}} in [
        peer for rule in policy["ingress"] for peer in rule["from"]
    ]
    settings = named("ConfigMap", f"{name}-settings")["data"]
    assert settings[f"{other.upper()}_URL"] == f"http://{other}:8000"
    assert name in settings["ALLOWED_HOSTS"].split(",")
