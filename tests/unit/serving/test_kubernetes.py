"""Endpoints on a cluster: what is applied, what its state is said to be, and what is removed."""

from __future__ import annotations

import copy
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from solulu.core.database import open_database
from solulu.core.errors import Conflict, JobError, NotFound, Transient
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.llm.scripted import Say, ScriptedServer
from solulu.serving.deploy import EndpointStatus
from solulu.serving.kubernetes import KubernetesDeployer
from solulu.serving.manifests import object_name
from solulu.serving.service import ServingService
from solulu.v1 import serving_pb2
from support.endpoints import TEMPLATE, Controllers
from support.kubernetes_api import KSERVE, running

OLD, NEW = "train/" + "a" * 64, "train/" + "b" * 64
URL = "http://solulu-endpoint-code.testing.svc"
CRASH = {"exitCode": 1, "reason": "Error", "message": "Loading\nsolulu predictor: there is no artifact train/b\n"}


@pytest.fixture
def api(tmp_path):
    with running(tmp_path) as api:
        api.put("podtemplates", TEMPLATE)
        yield api


@pytest.fixture
def controllers(api):
    return Controllers(api)


@pytest.fixture
def deployer(api):
    return KubernetesDeployer(Settings(pod_template="shop-predictor"))


def be_patient(api, seconds):
    template = api.get("podtemplates", "shop-predictor")
    template["metadata"]["annotations"]["solulu.dev/pending-seconds"] = str(seconds)
    api.put("podtemplates", template)


def container(kind, phase="Pending", **state):
    return {"phase": phase, "containerStatuses": [{"name": "predictor", kind: state}]}


UNSCHEDULABLE = {
    "phase": "Pending",
    "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}
    ],
}
NO_IMAGE = container("state", waiting={"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x"'})
NO_SECRET = container("state", waiting={"reason": "CreateContainerConfigError", "message": 'secret "y" not found'})
PULLING = container("state", waiting={"reason": "ContainerCreating"})
CRASHED = container("lastState", phase="Running", terminated=CRASH)


def test_an_endpoint_is_a_deployment_of_the_templates_pod_and_a_service(api, deployer):
    assert deployer.deploy("code", OLD) == EndpointStatus("code", OLD, "", "STARTING")

    deployment, service = api.get("deployments", "solulu-endpoint-code"), api.get("services", "solulu-endpoint-code")
    pod = deployment["spec"]["template"]
    predictor = pod["spec"]["containers"][0]
    given = TEMPLATE["template"]["spec"]["containers"][0]
    assert given.items() <= predictor.items()
    assert predictor["args"][:4] == ["--model", OLD, "--name", "code"]
    assert pod["spec"]["nodeSelector"] == {"solulu.dev/pool": "gpu"}
    assert pod["metadata"]["annotations"]["prometheus.io/scrape"] == "true"
    assert deployment["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert service["spec"]["ports"][0]["targetPort"] == predictor["ports"][0]["containerPort"]
    assert deployment["metadata"]["labels"]["app.kubernetes.io/instance"] == "shop"


def test_an_endpoint_is_ready_once_its_pod_is(deployer, controllers):
    deployer.deploy("code", OLD)
    pod = controllers.pod("code", **PULLING)
    assert deployer.statuses() == [EndpointStatus("code", OLD, "", "STARTING")]

    controllers.change(pod, is_ready=True)

    assert deployer.statuses() == [EndpointStatus("code", OLD, URL, "READY")]
    assert deployer.deploy("code", OLD).state == "READY"


def test_the_model_before_answers_until_the_last_of_its_pods_has_gone(api, deployer, controllers):
    deployer.deploy("code", OLD)
    before = [controllers.pod("code", is_ready=True) for _ in range(2)]
    starting = EndpointStatus("code", NEW, URL, "STARTING")

    assert deployer.deploy("code", NEW) == starting
    after = controllers.pod("code")
    assert deployer.statuses() == [starting]
    controllers.change(after, is_ready=True)
    controllers.end(before[0])
    assert deployer.statuses() == [starting]
    controllers.end(before[1])

    assert deployer.statuses() == [EndpointStatus("code", NEW, URL, "READY")]
    strategy = api.get("deployments", "solulu-endpoint-code")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxUnavailable": 0, "maxSurge": 1}


def test_a_service_that_starts_again_and_every_replica_of_it_know_the_same(deployer, controllers):
    deployer.deploy("code", OLD)
    controllers.pod("code", is_ready=True)
    deployer.deploy("another", NEW)
    deployer.close()
    other = KubernetesDeployer(Settings(pod_template="shop-predictor"))

    assert other.statuses() == deployer.statuses()
    assert [(status.name, status.state) for status in other.statuses()] == [("another", "STARTING"), ("code", "READY")]
    other.undeploy("code")
    assert [status.name for status in deployer.statuses()] == ["another"]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (UNSCHEDULABLE, "its pod cannot start: Unschedulable: 0/1 nodes are available"),
        (NO_IMAGE, 'its pod cannot start: ImagePullBackOff: Back-off pulling image "x"'),
        (NO_SECRET, 'its pod cannot start: CreateContainerConfigError: secret "y" not found'),
    ],
)
def test_a_pod_that_cannot_start_fails_the_endpoint_after_a_while_until_it_can(
    api, deployer, controllers, status, message
):
    deployer.deploy("code", OLD)
    pod = controllers.pod("code", **status)

    assert deployer.statuses() == [EndpointStatus("code", OLD, "", "FAILED", message)]
    be_patient(api, 600)
    assert deployer.statuses() == [EndpointStatus("code", OLD, "", "STARTING")]
    be_patient(api, 0)
    controllers.change(pod, is_ready=True)
    assert deployer.statuses()[0].state == "READY"


def test_a_predictor_that_ends_fails_the_endpoint_at_once_with_the_end_of_its_log(api, deployer, controllers):
    be_patient(api, 600)
    deployer.deploy("code", NEW)
    controllers.pod("code", **CRASHED)

    (failed,) = deployer.statuses()

    assert failed.state == "FAILED"
    assert failed.message.startswith("predictor ended with exit code 1 (Error); its log ends:\nLoading\n")
    assert failed.message.endswith("there is no artifact train/b")


def test_a_model_that_fails_leaves_the_one_before_in_service(deployer, controllers):
    deployer.deploy("code", OLD)
    controllers.pod("code", is_ready=True)
    deployer.deploy("code", NEW)
    controllers.pod("code", **CRASHED)

    (failed,) = deployer.statuses()

    assert (failed.model, failed.url, failed.state) == (NEW, URL, "FAILED")
    assert deployer.deploy("code", OLD).state == "READY"


@pytest.mark.parametrize("kinds", [{}, KSERVE])
def test_a_model_that_failed_is_tried_again_by_new_pods_and_one_that_has_not_is_left_alone(
    api, deployer, controllers, kinds
):
    api.served |= kinds
    deployer.deploy("code", OLD)
    controllers.pod("code", **CRASHED)

    assert deployer.deploy("code", OLD).state == "STARTING"
    controllers.pod("code")
    objects = [api.all(kind) for kind in ("deployments", "inferenceservices")]
    assert deployer.deploy("code", OLD).state == "STARTING"

    assert [[item["spec"] for item in found] for found in objects] == [
        [item["spec"] for item in api.all(kind)] for kind in ("deployments", "inferenceservices")
    ]


def test_a_quota_that_forbids_the_pod_is_told(api, deployer):
    deployer.deploy("code", OLD)
    refused = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    refused["message"] = 'pods "x" is forbidden: exceeded quota: small'
    api.set_status("deployments", "solulu-endpoint-code", conditions=[refused])

    assert deployer.statuses()[0].state == "FAILED"
    assert deployer.statuses()[0].message == 'its pod cannot be made: pods "x" is forbidden: exceeded quota: small'


def test_a_pod_that_was_evicted_says_nothing_of_the_one_in_its_place(deployer, controllers):
    deployer.deploy("code", OLD)
    controllers.pod("code", **{**CRASHED, "phase": "Failed", "reason": "Evicted"})
    controllers.pod("code")

    assert deployer.statuses()[0].state == "STARTING"


@pytest.mark.parametrize("kinds", [{}, KSERVE])
def test_undeploying_removes_everything_and_may_be_repeated(api, deployer, kinds):
    api.served |= kinds
    deployer.deploy("code", OLD)
    deployer.deploy("another", OLD)

    deployer.undeploy("code")
    deployer.undeploy("code")

    left = [item["metadata"]["name"] for kind in ("deployments", "services", *KSERVE_PLURALS) for item in api.all(kind)]
    assert set(left) == {"solulu-endpoint-another"}
    assert [status.name for status in deployer.statuses()] == ["another"]


KSERVE_PLURALS = [plural for plurals in KSERVE.values() for plural in plurals]


@pytest.mark.parametrize("kinds", [{}, KSERVE])
def test_endpoints_go_with_the_template_that_they_were_made_from(api, deployer, kinds):
    api.served |= kinds
    deployer.deploy("code", OLD)

    api.remove("podtemplates", "shop-predictor")

    assert [item for kind in ("deployments", "services", *KSERVE_PLURALS) for item in api.all(kind)] == []
    with pytest.raises(JobError, match="there is no PodTemplate shop-predictor"):
        deployer.statuses()


def test_an_endpoint_of_another_installation_is_left_alone(api, deployer):
    api.put("podtemplates", {**TEMPLATE, "metadata": {**TEMPLATE["metadata"], "name": "other"}})
    KubernetesDeployer(Settings(pod_template="other")).deploy("code", OLD)

    assert deployer.statuses() == []
    for call in (lambda: deployer.deploy("code", NEW), lambda: deployer.undeploy("code")):
        with pytest.raises(Conflict, match="solulu-endpoint-code in namespace testing was not made from PodTemplate"):
            call()
    assert NEW not in str(api.all("deployments"))


def test_where_kserve_is_installed_it_brings_the_model_up_and_tells_its_address(api, deployer, controllers):
    api.served |= KSERVE

    assert deployer.deploy("code", OLD) == EndpointStatus("code", OLD, "", "STARTING")
    assert api.all("deployments") == api.all("services") == []
    controllers.pod("code", is_ready=True)
    assert deployer.statuses()[0].state == "STARTING"
    url = "http://solulu-endpoint-code-predictor.testing.svc.cluster.local"
    api.set_status("inferenceservices", "solulu-endpoint-code", address={"url": url})

    assert deployer.statuses() == [EndpointStatus("code", OLD, url, "READY")]
    assert deployer.deploy("code", NEW) == EndpointStatus("code", NEW, url, "STARTING")


def test_what_kserve_makes_is_no_endpoint_of_its_own_but_tells_of_its_troubles(api, deployer):
    api.served |= KSERVE
    deployer.deploy("code", OLD)
    made = copy.deepcopy(api.get("inferenceservices", "solulu-endpoint-code"))
    labels = {**made["metadata"]["labels"], "serving.kserve.io/inferenceservice": "solulu-endpoint-code"}
    refused = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    api.put(
        "deployments",
        {
            "metadata": {"name": "solulu-endpoint-code-predictor", "labels": labels},
            "spec": {},
            "status": {"conditions": [{**refused, "message": "exceeded quota: small"}]},
        },
    )

    (failed,) = deployer.statuses()

    assert (failed.name, failed.state) == ("code", "FAILED")
    assert failed.message == "its pod cannot be made: exceeded quota: small"


def test_what_kserve_refuses_fails_the_endpoint(api, deployer):
    api.served |= KSERVE
    deployer.deploy("code", OLD)
    refused = {"transitionStatus": "InvalidSpec", "lastFailureInfo": {"message": "no container configuration"}}
    api.set_status("inferenceservices", "solulu-endpoint-code", modelStatus=refused)

    assert deployer.statuses()[0].state == "FAILED"
    assert deployer.statuses()[0].message == "KServe refuses it: no container configuration"


def test_an_endpoint_keeps_its_form_where_kserve_is_installed_later(api, deployer, controllers):
    deployer.deploy("code", OLD)
    controllers.pod("code", is_ready=True)
    api.served |= KSERVE

    assert deployer.deploy("code", NEW) == EndpointStatus("code", NEW, URL, "STARTING")
    assert api.all("inferenceservices") == []


def test_long_names_stay_apart_and_fit_into_a_label():
    names = [object_name("a" * 49 + last) for last in "bc"]

    assert len(set(names)) == 2
    assert all(len(f"isvc.{name}-predictor") <= 63 for name in names)


def test_a_template_without_a_predictor_is_refused_by_name(api, deployer):
    wrong = copy.deepcopy(TEMPLATE)
    wrong["template"]["spec"]["containers"][0]["name"] = "main"
    api.put("podtemplates", wrong)

    with pytest.raises(
        JobError, match="PodTemplate shop-predictor has no container named predictor, which is to be run"
    ):
        deployer.deploy("code", OLD)


@pytest.fixture
def service(api, tmp_path):
    settings = Settings(home=tmp_path / "home", pod_template="shop-predictor")
    service = ServingService(settings, open_store(settings), open_database(settings.database_url))
    yield service
    service.close()


def test_the_service_keeps_its_endpoints_on_the_cluster_where_the_settings_name_a_template(service, controllers, api):
    request = serving_pb2.DeployRequest(name="code", model="random:tiny")

    assert service.Deploy(request).endpoint.state == serving_pb2.ENDPOINT_STATE_STARTING
    with pytest.raises(Conflict, match="its model is being loaded"):
        service.Complete(serving_pb2.CompleteRequest(prefix="a = "))
    controllers.pod("code", **CRASHED)
    with pytest.raises(Conflict, match="there is no artifact train/b"):
        service.Complete(serving_pb2.CompleteRequest(prefix="a = "))
    service.close()
    assert len(api.all("deployments")) == 1
    service.Undeploy(serving_pb2.UndeployRequest(name="code"))
    with pytest.raises(NotFound, match="there is no endpoint"):
        service.Complete(serving_pb2.CompleteRequest(prefix="a = "))


def test_a_completion_is_asked_for_where_the_cluster_says_even_a_moment_before_it_is_answered(
    service, controllers, api
):
    api.served |= KSERVE
    service.Deploy(serving_pb2.DeployRequest(name="code", model="random:tiny"))
    controllers.pod("code", is_ready=True)
    server = ScriptedServer()
    url, port = server.url.removesuffix("/v1"), int(server.url.removesuffix("/v1").rpartition(":")[2])
    server.start().close()
    api.set_status("inferenceservices", "solulu-endpoint-code", address={"url": url})

    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(service.Complete, serving_pb2.CompleteRequest(prefix="a = "))
        time.sleep(0.3)
        with ScriptedServer(lambda call: Say(call.body["model"]), port):
            answer = asked.result()

    assert answer.completion == "code"


def test_a_completion_does_not_ask_the_api_server_each_time(service, controllers, api):
    api.served |= KSERVE
    service.Deploy(serving_pb2.DeployRequest(name="code", model="random:tiny"))
    controllers.pod("code", is_ready=True)
    request = serving_pb2.CompleteRequest(prefix="a = ")
    with ScriptedServer(lambda call: Say(call.body["model"])) as server:
        address = {"url": server.url.removesuffix("/v1")}
        api.set_status("inferenceservices", "solulu-endpoint-code", address=address)
        service.Complete(request)
        asked = len(api.requests)
        service.Complete(request)
        assert len(api.requests) == asked

        service.Undeploy(serving_pb2.UndeployRequest(name="code"))
        with pytest.raises(NotFound):
            service.Complete(request)


def test_where_endpoints_answer_is_known_while_the_api_server_is_away(api, controllers):
    deployer = KubernetesDeployer(Settings(pod_template="shop-predictor"), lately_seconds=0.0)
    deployer.deploy("code", OLD)
    controllers.pod("code", is_ready=True)
    assert deployer.lately() == [EndpointStatus("code", OLD, URL, "READY")]
    api.is_away = True

    assert deployer.lately() == [EndpointStatus("code", OLD, URL, "READY")]
    with pytest.raises(Transient, match="does not answer"):
        deployer.statuses()
    api.is_away = False
    deployer.undeploy("code")
    assert deployer.lately() == []
