"""What the chart renders, held against what the code needs; the helm binary is enough, no cluster is asked.

Whatever the values: only the declared edges are open, every pod passes PodSecurity `restricted`, and nobody holds a
secret or a right without a use for it.
"""

from __future__ import annotations

import itertools
import json
import re
import runpy
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from solulu.app import SERVICES
from solulu.core.settings import EndpointSettings, Settings
from support import prometheus
from support.chart import CHART, OPERATOR, OUTSIDE, RENDERINGS, Rendering, helm, render, rendered
from support.network import edges, leading_out

LOCAL = {"components": {"judge": {"image": "heavy", "pool": "models"}}}
PODS_FROM_TEMPLATES = {"training", "predictor", "client"}

# Who talks to whom: the design's table, and nothing more.
GRPC, METRICS, HTTP, POSTGRESQL, S3, RAY_CLIENT = 7333, 9090, 8080, 5432, 9000, 10001
EDGES = {
    *(("gateway", service, GRPC) for service in SERVICES),
    *((client, "gateway", GRPC) for client in ("client", "test")),
    *((name, "database", POSTGRESQL) for name in (*SERVICES, "migrate")),
    *((name, "store", S3) for name in (*SERVICES, "training", "predictor")),
    ("serving", "predictor", HTTP),
}
SCRAPED = {*(("prometheus", service, METRICS) for service in SERVICES), ("prometheus", "predictor", HTTP)}
ASK_KUBERNETES = {"trainer", "serving"}
APPLY = ("create", "patch", "delete")
FETCH = {
    "scraper",  # sources
    "generator", "judge",  # answers of endpoints
    "serving",  # repositories to check
    "trainer", "evaluator", "training", "predictor",  # and, as the three before, models of the hub
}  # fmt: skip


def test_every_combination_of_values_renders() -> None:
    for outside, more, operator in itertools.product(({}, OUTSIDE), ({}, RENDERINGS["ray"], LOCAL), ([], OPERATOR)):
        one = render({**outside, **more}, *operator)
        names = [(item["kind"], item["metadata"]["name"]) for item in one.objects]

        assert len(set(names)) == len(names)
        assert all(name.startswith("here-") for _, name in names)


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_every_pod_passes_podsecurity_restricted_and_writes_to_volumes_alone(rendering: str) -> None:
    pods = rendered(rendering).pods

    assert {*SERVICES, "gateway", "migrate", "test", *PODS_FROM_TEMPLATES} <= set(pods)
    for pod in pods.values():
        assert pod.spec["securityContext"]["runAsNonRoot"] is True
        assert pod.spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(pod.spec)
        assert all(set(volume) & {"emptyDir", "configMap"} for volume in pod.spec["volumes"])
        for container in pod.spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert all("hostPort" not in port for port in container.get("ports", ()))
            assert container["resources"]["requests"]
            assert container["resources"]["limits"]


@pytest.mark.parametrize("rendering", ["default", "quickstart", "ray"])
def test_the_network_lets_through_what_the_code_needs_and_nothing_else(rendering: str) -> None:
    one = rendered(rendering)
    wanted = set(EDGES)
    if rendering == "quickstart":
        wanted |= SCRAPED
    if rendering == "ray":
        wanted |= {("scraper", "ray-head", port) for port in (RAY_CLIENT, 6379)}
        every_port = {port for pod in one.pods.values() for port in pod.ports} | {20000}
        # A worker takes what another one has of the head's objects from whichever is nearer at hand.
        pairs = (("ray-head", "ray-worker"), ("ray-worker", "ray-head"), ("ray-worker", "ray-worker"))
        wanted |= {(one, other, port) for (one, other), port in itertools.product(pairs, every_port)}

    assert edges(one, other_port=20000) == wanted


@pytest.mark.parametrize("rendering", ["default", "quickstart", "ray"])
def test_only_who_fetches_or_asks_kubernetes_gets_out(rendering: str) -> None:
    out = leading_out(rendered(rendering))

    fetching = FETCH | ({"ray-worker"} if rendering == "ray" else set())
    assert {name for name, ways in out.items() if "internet" in ways} == fetching
    assert {name for name, ways in out.items() if 6443 in ways} == ASK_KUBERNETES
    assert {way for ways in out.values() for way in ways} == {"internet", 443, 6443, 53}
    assert not out["database"]
    assert not out["store"]


def test_a_database_and_a_store_outside_are_reached_at_their_ports() -> None:
    out = leading_out(rendered("outside"))

    assert {name for name, ways in out.items() if 5432 in ways} == {*SERVICES, "migrate"}
    assert {name for name, ways in out.items() if 8443 in ways} == {*SERVICES, "training", "predictor"}


def test_who_is_called_from_elsewhere_says_so() -> None:
    policies = rendered("default").named("NetworkPolicy")
    anybody = {name for name, it in policies.items() for rule in it["spec"].get("ingress", ()) if "from" not in rule}
    scraped = {name for name, it in policies.items() if "namespaceSelector" in json.dumps(it["spec"].get("ingress"))}

    assert anybody == {"here-gateway", "here-predictor"}  # both ask for the token
    assert scraped == {f"here-{name}" for name in (*SERVICES, "predictor")}
    assert policies["here-default-deny"]["spec"]["podSelector"]["matchLabels"].keys() == {
        "app.kubernetes.io/name", "app.kubernetes.io/instance",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["replica", "auth.token", "store.bucket", "images.light.tags", "images.other", "pools.training.selector",
     "endpoints.models.m.key", "networkPolicy.internet.0.from", "components.other", "components.judge.replica",
     "components.judge.resources.limit", "components.judge.health.started", "components.gateway.service.port",
     "components.trainer.rules.0.verb", "components.database.storage.volume"],
)  # fmt: skip
def test_an_unknown_key_is_refused_wherever_it_stands(path: str) -> None:
    *way, last = path.split(".")
    values: Any = {last: "1"}
    for name in reversed(way):
        values = [values] if name == "0" else {name: values}

    refused = helm("template", "here", str(CHART), values=values)

    assert refused.returncode != 0
    assert last in refused.stderr


def test_the_schema_knows_the_settings_of_an_endpoint() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())["definitions"]["endpoint"]

    assert set(schema["properties"]) == set(EndpointSettings.model_fields)


def test_every_setting_in_a_pods_environment_is_one() -> None:
    known = {f"SOLULU_{name.upper()}" for name in Settings.model_fields}
    used = {name for kind in ("outside", "ray") for pod in rendered(kind).pods.values() for name in pod.environment}

    assert {name for name in used if name.startswith("SOLULU_")} <= known


def test_each_component_knows_only_the_secrets_that_it_uses() -> None:
    secrets = {name: pod.secrets for name, pod in rendered("outside").pods.items()}

    assert secrets["training"] == {"the-store"}
    assert secrets["predictor"] == {"the-store", "the-token"}
    assert secrets["client"] == secrets["test"] == {"the-token"}
    assert secrets["migrate"] == {"the-database"}
    assert secrets["judge"] == {"the-store", "the-database", "the-token", "the-keys"}
    assert secrets["curator"] == {"the-store", "the-database", "the-token"}
    assert secrets["gateway"] == set()


def test_only_trainer_and_serving_may_ask_kubernetes_and_only_what_they_need() -> None:
    one = rendered("default")
    rights = {
        role: {f"{verb} {what}" for rule in it["rules"] for what in rule["resources"] for verb in rule["verbs"]}
        for role, it in one.named("Role").items()
    }

    assert {name for name, pod in one.pods.items() if pod.spec["automountServiceAccountToken"]} == ASK_KUBERNETES
    assert {binding["subjects"][0]["name"] for binding in one.named("RoleBinding").values()} == set(rights)
    assert rights == {
        "here-trainer": {
            *(f"{verb} jobs" for verb in ("get", "list", "create", "delete")),
            *("list pods", "list events", "get podtemplates"),
        },
        "here-serving": {
            *(f"{verb} {what}" for what in ("deployments", "inferenceservices") for verb in ("get", "list", *APPLY)),
            *(f"{verb} services" for verb in ("get", *APPLY)),
            *("list pods", "list events", "get podtemplates"),
        },
    }


def test_a_gpu_is_asked_of_the_pool_that_a_component_names() -> None:
    pool = {
        "resource": "amd.com/gpu", "count": 2, "nodeSelector": {"pool": "big"},
        "tolerations": [{"key": "amd.com/gpu", "operator": "Exists"}], "runtimeClass": "special",
    }  # fmt: skip
    pods = render({**LOCAL, "pools": {"training": pool, "models": pool, "serving": pool}}).pods
    placed = {name for name, pod in pods.items() if pod.spec.get("nodeSelector")}

    assert placed == {"training", "predictor", "evaluator", "judge"}
    for name in placed:
        assert pods[name].spec["nodeSelector"] == {"pool": "big"}
        assert pods[name].spec["tolerations"][0]["key"] == "amd.com/gpu"
        assert pods[name].spec["runtimeClassName"] == "special"
        assert pods[name].container["resources"]["limits"]["amd.com/gpu"] == 2
    assert "gpu" not in json.dumps([pod.container["resources"] for pod in rendered("quickstart").pods.values()])


def test_a_pod_that_holds_a_device_gives_it_up_before_its_successor_comes() -> None:
    def giving_way(one: Rendering) -> set[str]:
        found = one.named("Deployment")
        return {name for name, it in found.items() if it["spec"].get("strategy", {}).get("rollingUpdate")}

    assert giving_way(render(LOCAL)) == {"here-judge", "here-evaluator"}
    assert giving_way(rendered("quickstart")) == set()


def test_the_gateway_knows_the_way_to_every_service() -> None:
    gateway = rendered("default").named("ConfigMap")["here-gateway"]["data"]["nginx.conf"]
    ways = dict(re.findall(r"location /solulu\.v1\.(\w+)/ \{ grpc_pass grpc://(\w+); \}", gateway))

    assert ways == {
        **{f"{service.title()}Service": service for service in SERVICES},
        "JobService": "any",
        "ArtifactService": "any",
    }


def test_services_are_asked_by_grpc_how_they_are() -> None:
    pods = rendered("default").pods

    for name in (*SERVICES, "gateway"):
        assert pods[name].container["readinessProbe"]["grpc"] == {"port": GRPC}
    for name in SERVICES:
        assert pods[name].container["livenessProbe"]["grpc"] == {"port": GRPC}
        assert pods[name].container["args"][-1] == name
    assert pods["test"].container["args"] == list(SERVICES)


def test_an_operator_gets_its_objects_and_any_other_prometheus_annotations() -> None:
    plain, operated = rendered("default"), render({}, *OPERATOR)
    annotations = {name: pod.annotations.get("prometheus.io/port") for name, pod in plain.pods.items()}

    assert {name: port for name, port in annotations.items() if port} == {
        **dict.fromkeys(SERVICES, str(METRICS)), "predictor": str(HTTP),
    }  # fmt: skip
    assert not plain.named("ServiceMonitor")
    assert not any("prometheus.io/scrape" in pod.annotations for pod in operated.pods.values())
    assert set(operated.named("ServiceMonitor")) == {"here-services", "here-predictors"}
    (rules,) = operated.named("PrometheusRule").values()
    assert rules["spec"] == yaml.safe_load(prometheus.RULES.read_text())


def test_the_charts_prometheus_understands_its_configuration(tmp_path: Path) -> None:
    files = rendered("quickstart").named("ConfigMap")["here-prometheus"]["data"]
    for name, text in files.items():
        (tmp_path / name).write_text(text.replace("/etc/prometheus", str(tmp_path)))
    config = yaml.safe_load(files["prometheus.yml"])
    programs = prometheus.find()
    if programs:
        checked = subprocess.run(
            [programs / "promtool", "check", "config", tmp_path / "prometheus.yml"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "1 rule files found" in checked.stdout

    names = {job["job_name"]: job["dns_sd_configs"][0]["names"] for job in config["scrape_configs"]}
    assert names == {job: [f"here-{job}.default.svc.cluster.local."] for job in ("services", "predictors")}
    assert set(files) == {"prometheus.yml", prometheus.RULES.name}


def test_dashboards_are_there_for_grafana_unless_they_are_not_wanted() -> None:
    label = "grafana_dashboard"
    found = [one for one in rendered("default").of("ConfigMap") if one["metadata"]["labels"].get(label) == "1"]
    data = {name: json.loads(text) for one in found for name, text in one["data"].items()}

    assert data == prometheus.dashboards()
    assert label not in json.dumps(render({"dashboards": {"enabled": False}}).objects)


def test_the_schema_is_migrated_before_an_upgrade_and_before_an_installation_that_can_reach_its_database() -> None:
    def hook(one: Rendering) -> str:
        (job,) = one.of("Job")
        return str(job["metadata"].get("annotations", {}).get("helm.sh/hook", "beside"))

    assert hook(rendered("default")) == "beside"
    assert "pre-upgrade" in hook(render({}, "--is-upgrade"))
    assert "pre-install" in hook(rendered("outside"))


def test_what_is_outside_needs_a_secret_that_is_there() -> None:
    for name in ("store", "database"):
        refused = helm("template", "here", str(CHART), values={name: {"enabled": False}})

        assert f"{name}.existingSecret is needed" in refused.stderr
    assert rendered("outside").of("Secret") == []
    assert rendered("outside").of("StatefulSet") == []


def test_ray_takes_the_plain_stages() -> None:
    pods = rendered("ray").pods
    existing = render({"ray": {"address": "ray://elsewhere:10001"}})

    assert pods["scraper"].environment["SOLULU_RAY_ADDRESS"] == "ray://here-ray-head:10001"
    assert "solulu-ray" in pods["scraper"].container["image"]
    assert existing.pods["scraper"].environment["SOLULU_RAY_ADDRESS"] == "ray://elsewhere:10001"
    assert 10001 in leading_out(existing)["scraper"]
    assert "ray-head" not in existing.pods
    assert "SOLULU_EXECUTOR" not in rendered("default").pods["scraper"].environment


def test_the_readmes_tables_are_as_helm_readme_writes_them(repository_root: Path) -> None:
    page = (CHART / "README.md").read_text()

    assert runpy.run_path(str(repository_root / "helm" / "readme.py"))["readme"](page) == page


def test_the_chart_has_the_projects_version(repository_root: Path) -> None:
    project = tomllib.loads((repository_root / "pyproject.toml").read_text())["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert chart["appVersion"] == chart["version"] == project["version"]
