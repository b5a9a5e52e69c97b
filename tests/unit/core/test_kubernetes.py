"""What is asked of the Kubernetes API, and which error its answers become."""

from __future__ import annotations

import pytest
from solulu.core.errors import Conflict, InvalidArgument, JobError, NotFound, Transient
from solulu.core.kubernetes import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    INFERENCE_SERVICES,
    JOBS,
    POD_TEMPLATES,
    PODS,
    Cluster,
)  # fmt: skip
from support.kubernetes_api import KSERVE, Refusal, running


@pytest.fixture
def api(tmp_path):
    with running(tmp_path) as api:
        yield api


@pytest.fixture
def cluster(api):
    return Cluster()


def config_map(name, **labels):
    return {"metadata": {"name": name, "labels": labels}, "data": {"a": "1", "b": "2"}}


def test_what_was_created_is_read_back_with_what_the_server_adds(cluster):
    cluster.create(CONFIG_MAPS, config_map("one"))

    read = cluster.get(CONFIG_MAPS, "one")

    assert (read["apiVersion"], read["kind"], read["data"]) == ("v1", "ConfigMap", {"a": "1", "b": "2"})
    assert read["metadata"]["namespace"] == "testing"
    assert read["metadata"]["uid"]


def test_objects_are_found_by_all_their_labels_in_the_order_of_their_names(cluster):
    for name, labels in (("b", {"x": "1", "y": "1"}), ("a", {"x": "1", "y": "1"}), ("c", {"x": "1"})):
        cluster.create(CONFIG_MAPS, config_map(name, **labels))

    found = cluster.find(CONFIG_MAPS, {"x": "1", "y": "1"})

    assert [item["metadata"]["name"] for item in found] == ["a", "b"]
    assert {(item["apiVersion"], item["kind"]) for item in found} == {("v1", "ConfigMap")}
    assert len(cluster.find(CONFIG_MAPS)) == 3


def test_events_are_found_by_the_object_that_they_are_about(api, cluster):
    about = api.put("pods", {"metadata": {"name": "one"}})
    api.warn(about, "Failed", "no")
    api.warn(api.put("pods", {"metadata": {"name": "two"}}), "Failed", "never")

    found = cluster.find(EVENTS, fields=f"involvedObject.uid={about['metadata']['uid']}")

    assert [event["message"] for event in found] == ["no"]


def test_a_name_that_is_taken_is_a_conflict(cluster):
    cluster.create(CONFIG_MAPS, config_map("one"))

    with pytest.raises(Conflict, match="could not create ConfigMap one"):
        cluster.create(CONFIG_MAPS, config_map("one"))


def test_applying_makes_an_object_and_then_changes_it(api, cluster):
    cluster.apply(DEPLOYMENTS, {"metadata": {"name": "one"}, "spec": {"replicas": 1, "paused": False}})
    cluster.apply(DEPLOYMENTS, {"metadata": {"name": "one"}, "spec": {"replicas": 2}})

    assert cluster.get(DEPLOYMENTS, "one")["spec"] == {"replicas": 2, "paused": False}
    assert "fieldManager=solulu&force=true" in api.requests[0][1]


def test_a_merge_changes_what_it_names_and_removes_what_is_null(cluster):
    cluster.create(CONFIG_MAPS, config_map("one"))

    assert cluster.merge(CONFIG_MAPS, "one", {"data": {"a": "9", "b": None}})["data"] == {"a": "9"}
    with pytest.raises(NotFound):
        cluster.merge(CONFIG_MAPS, "two", {})


def test_deleting_takes_along_what_the_object_owns_and_may_be_repeated(api, cluster):
    job = cluster.create(JOBS, {"metadata": {"name": "one"}, "spec": {}})
    owner = {"uid": job["metadata"]["uid"], "kind": "Job", "name": "one"}
    api.put("pods", {"metadata": {"name": "one-x", "ownerReferences": [owner]}})

    cluster.delete(JOBS, "one")
    cluster.delete(JOBS, "one")

    assert cluster.find(JOBS) == cluster.find(PODS) == []
    with pytest.raises(NotFound, match="nothing to get Job one in namespace testing"):
        cluster.get(JOBS, "one")


def test_a_definition_that_is_not_installed_is_not_served(api, cluster):
    assert not cluster.serves(INFERENCE_SERVICES)
    api.served |= KSERVE
    assert cluster.serves(INFERENCE_SERVICES)
    assert cluster.serves(JOBS)


def test_a_pod_template_that_is_missing_says_which_setting_names_it(api, cluster):
    api.put("podtemplates", {"metadata": {"name": "one"}, "template": {"spec": {}}})

    assert cluster.pod_template("one")["template"] == {"spec": {}}
    with pytest.raises(JobError, match="no PodTemplate two in namespace testing; SOLULU_POD_TEMPLATE names it"):
        cluster.pod_template("two")


def test_a_log_is_read_as_it_is_written(api, cluster):
    api.put("pods", {"metadata": {"name": "one"}})
    api.logs["one"] = "first\nsecond\n"

    lines = [line.partition(b" ")[2] for line in cluster.follow_log("one", "main")]

    assert lines == [b"first\n", b"second\n"]
    assert "container=main&follow=true&timestamps=true" in api.requests[-1][1]


def test_a_server_that_does_not_answer_may_answer_later(api, cluster):
    api.is_away = True
    with pytest.raises(Transient, match=f"the Kubernetes API at {api.address} does not answer"):
        cluster.get(PODS, "one")

    api.is_away = False
    assert cluster.find(PODS) == []


@pytest.mark.parametrize(
    ("refusal", "error", "message"),
    [
        (
            Refusal(403, 'jobs.batch is forbidden: User "me" cannot create resource "jobs" in API group "batch"'),
            JobError,
            r"lets this account not create Job one; its Role in namespace testing lacks a right: .* cannot create",
        ),
        (
            Refusal(403, 'jobs.batch "one" is forbidden: exceeded quota: small, requested: count/jobs.batch=1'),
            JobError,
            "refused to create Job one: .*exceeded quota: small",
        ),
        (Refusal(401, "Unauthorized"), JobError, "does not know who asks to create Job one"),
        (Refusal(422, 'Job.batch "one" is invalid: spec.template: Required'), JobError, "invalid: spec.template"),
        (Refusal(429, "too many requests"), Transient, "could not create Job one just now: too many requests"),
        (Refusal(500, "etcdserver: leader changed"), Transient, "just now: etcdserver: leader changed"),
    ],
)
def test_an_answer_becomes_the_error_that_its_effect_asks_for(api, cluster, refusal, error, message):
    api.refusals["POST", "jobs"] = refusal

    with pytest.raises(error, match=message):
        cluster.create(JOBS, {"metadata": {"name": "one"}, "spec": {}})


def test_without_any_way_to_a_cluster_it_is_said_what_to_set(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    with pytest.raises(InvalidArgument, match=r"no way to Kubernetes from here: .*; set KUBECONFIG"):
        Cluster()


def test_another_namespace_can_be_asked_for(api, tmp_path):
    Cluster("elsewhere").create(POD_TEMPLATES, {"metadata": {"name": "one"}})

    assert api.get("podtemplates", "one", "elsewhere")["metadata"]["namespace"] == "elsewhere"
