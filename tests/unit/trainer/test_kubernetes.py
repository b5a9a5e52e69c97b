"""Training in a cluster: one Job for each of ours, which outlives the service and says why it does not start."""

from __future__ import annotations

import re
import sys
import time

import pytest
from solulu.core.store.faulty import Fault, FaultyStore, Rule
from solulu.trainer.kubernetes import KubernetesLauncher
from support.job_controller import JobController
from support.kubernetes_api import Refusal
from support.training_pods import WORKER, Working, pending, template, the_job, wait_for


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def controller(api, bench, gate, tmp_path):
    environment = {"SOLULU_STORE": bench.settings.store_url, "SOLULU_HOME": str(tmp_path), "GATE": str(gate)}
    with JobController(api, tmp_path, environment, [sys.executable, "-c", WORKER]) as controller:
        yield controller


def running_pod(api, controller, but=()):
    """The name of the pod whose process trains."""

    def found():
        pods = [pod["metadata"]["name"] for pod in api.all("pods") if pod["status"]["phase"] == "Running"]
        return [name for name in pods if name not in but and name in controller.processes]

    return wait_for(found, "a running pod")[0]


def test_the_pod_is_made_from_the_template_and_the_job_ends_by_itself(api):
    KubernetesLauncher("solulu-training").launch("0f" * 16, "checkpoints/" + "a" * 64, None).ended()

    job = api.get("jobs", "solulu-train-" + "0f" * 16)
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert (spec["ttlSecondsAfterFinished"], spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (3600, 3, 7200)
    assert spec["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"] == [65]
    assert job["metadata"]["ownerReferences"][0]["name"] == "solulu-training"
    assert spec["template"]["metadata"]["labels"] == job["metadata"]["labels"]
    assert job["metadata"]["labels"] == {
        "app.kubernetes.io/component": "training",
        "app.kubernetes.io/managed-by": "solulu",
        "solulu.dev/job": "0f" * 16,
        "solulu.dev/key": "a" * 63,
        "solulu.dev/pod-template": "solulu-training",
    }
    assert spec["template"]["metadata"]["annotations"] == {"a": "b"}
    assert (pod["restartPolicy"], pod["nodeSelector"]) == ("Never", {"solulu.dev/pool": "gpu"})
    assert "activeDeadlineSeconds" not in pod
    assert container["image"] == "docker.io/solulu/solulu-heavy:1"
    assert [*container["command"], *container["args"]] == [
        *("python", "-m", "solulu.trainer.worker", "--checkpoints", "checkpoints/" + "a" * 64),
        *("--scratch", "/tmp/training"),
    ]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert environment["TOKENIZERS_PARALLELISM"] == "true"
    assert environment["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_a_training_in_a_pod_becomes_a_model_and_its_progress_is_seen(api, bench, controller, gate):
    bench.submit()
    working = Working(bench)
    wait_for(lambda: bench.table.page(stage="train")[0].progress.get("metrics"), "progress")
    gate.write_text("0")

    job = working.job()

    assert job.state == "SUCCEEDED", job.error
    assert job.progress["metrics"]["loss"] == 0.5
    assert list(bench.store.list(f"{job.artifact}/"))[-1].endswith("/weights")
    assert the_job(api)["status"]["conditions"][0]["type"] == "Complete"


def test_a_service_that_stops_leaves_the_pod_to_the_next_one(api, bench, controller, gate):
    bench.submit()
    first = Working(bench)
    pod = running_pod(api, controller)
    assert first.stop().state == "QUEUED"
    second = Working(bench)
    gate.write_text("0")

    assert second.job().state == "SUCCEEDED"
    assert list(controller.processes) == [pod]


def test_a_killed_pod_is_replaced(api, bench, controller, gate):
    bench.submit()
    working = Working(bench)
    first = running_pod(api, controller)
    controller.kill(first)
    running_pod(api, controller, but=[first])
    gate.write_text("0")

    assert working.job().state == "SUCCEEDED"
    assert len(controller.processes) == 2


def test_a_pod_that_is_killed_every_time_fails_the_job_with_the_end_of_its_log(api, bench, controller, gate):
    bench.submit()
    working = Working(bench)
    gate.write_text("137")

    job = working.job()

    assert job.state == "FAILED"
    assert job.error.startswith("the training process was killed by SIGKILL, perhaps because memory ran out")
    assert job.error.endswith("its log ends:\nsome words\nthe reason")
    assert len(controller.processes) == 4


@pytest.mark.parametrize(("code", "num_pods"), [(65, 1), (75, 4)])
def test_the_last_line_of_the_log_is_why_no_replacement_helps(api, bench, controller, gate, code, num_pods):
    bench.submit()
    gate.write_text(str(code))

    job = Working(bench).job()

    assert (job.state, job.error) == ("FAILED", "the reason")
    assert len(controller.processes) == num_pods


def test_cancelling_deletes_the_job_and_its_pod(api, bench, controller, gate):
    submitted = bench.submit()
    working = Working(bench)
    pod = running_pod(api, controller)
    bench.table.cancel(submitted.id)

    assert working.job().state == "CANCELLED"
    assert api.all("jobs") == api.all("pods") == []
    assert wait_for(lambda: controller.processes[pod].poll() is not None, "the end of its process")


def test_a_pod_that_no_node_takes_fails_the_job_with_the_schedulers_words(api, bench):
    bench.submit()
    working = Working(bench)
    message = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    pending(api, "", "", conditions=[condition])

    job = working.job()

    assert (job.state, job.error) == (
        "FAILED",
        f"no pod could start within 0.3 s: Unschedulable: {message}",
    )
    assert api.all("jobs") == api.all("pods") == []


def test_an_image_that_cannot_be_pulled_fails_the_job_whatever_the_kubelet_calls_it(api, bench):
    bench.submit()
    working = Working(bench)
    pending(api, "ErrImagePull", "not found")
    time.sleep(0.1)
    pending(api, "ImagePullBackOff", 'Back-off pulling image "x"')

    assert working.job().error.endswith(' s: ImagePullBackOff: Back-off pulling image "x"')


def test_an_image_that_takes_its_time_does_not(api, bench, gate):
    bench.submit()
    working = Working(bench)
    pod = pending(api, "ContainerCreating", "")
    api.warn(pod, "FailedScheduling", "was short of GPUs for a moment")
    pulling = {"name": "later"}, {"name": "pod", "uid": pod["metadata"]["uid"]}
    event = {"metadata": pulling[0], "involvedObject": pulling[1], "type": "Normal", "reason": "Pulling"}
    api.put("events", {**event, "lastTimestamp": "2999-01-01T00:00:00Z"})
    time.sleep(2.5)

    assert bench.table.page(stage="train")[0].state == "RUNNING"
    working.stop()


def test_what_a_volume_lacks_is_known_from_the_pods_newest_event(api, bench):
    bench.submit()
    working = Working(bench)
    api.warn(pending(api, "ContainerCreating", ""), "FailedMount", 'secret "store" not found')

    assert working.job().error.endswith(': FailedMount: secret "store" not found')


def test_a_quota_that_allows_no_pod_fails_the_job(api, bench):
    bench.submit()
    working = Working(bench)
    api.warn(the_job(api), "FailedCreate", 'Error creating: pods "x" is forbidden: exceeded quota: small')

    assert working.job().error.endswith('FailedCreate: Error creating: pods "x" is forbidden: exceeded quota: small')
    assert api.all("jobs") == []


def test_a_pod_whose_node_is_lost_fails_the_job_with_what_to_do(api, bench):
    bench.submit()
    working = Working(bench)
    pod = pending(api, "", "", phase="Running")
    pod["spec"]["nodeName"] = "gpu-1"
    pod["metadata"]["deletionTimestamp"] = "2999-01-01T00:00:00Z"
    api.put("pods", pod)
    time.sleep(1.5)
    assert bench.table.page(stage="train")[0].state == "RUNNING"
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    api.put("pods", pod)

    error = working.job().error

    assert "NodeLost: node gpu-1 has not ended pod pod, which it should have by 2026-01-01T00:00:00Z" in error
    assert "kubectl delete node gpu-1" in error


def test_a_job_that_a_queue_holds_back_is_waited_for(api, bench):
    bench.submit()
    working = Working(bench)
    job = the_job(api)
    api.put("jobs", {**job, "spec": {**job["spec"], "suspend": True}})
    api.warn(job, "FailedCreate", "of an earlier try")
    time.sleep(2.5)

    assert bench.table.page(stage="train")[0].state == "RUNNING"
    working.stop()


def test_a_training_begins_as_soon_as_the_api_server_is_back(api, bench, controller, gate):
    gate.write_text("0")
    api.is_away = True
    bench.submit()
    working = Working(bench)
    wait_for(lambda: list(bench.store.list("checkpoints/")), "the start of the job")
    time.sleep(0.5)
    api.is_away = False

    assert working.job().state == "SUCCEEDED"


def test_a_training_goes_on_while_the_api_server_is_away(api, bench, controller, gate):
    bench.submit()
    working = Working(bench)
    running_pod(api, controller)
    api.is_away = True
    gate.write_text("0")
    time.sleep(0.5)
    assert bench.table.page(stage="train")[0].state == "RUNNING"
    api.is_away = False

    assert working.job().state == "SUCCEEDED"


def test_a_training_goes_on_while_its_progress_cannot_be_read(api, bench, controller, gate, caplog):
    bench.submit()
    bench.store = FaultyStore(bench.store, [Rule(Fault.DISK_FULL, ["open"], "*/progress.json")])
    working = Working(bench)
    running_pod(api, controller)
    wait_for(lambda: "the progress of the training was not read" in caplog.text, "a look at the progress")
    gate.write_text("0")

    job = working.job()

    assert job.state == "SUCCEEDED", job.error
    assert not job.progress.get("metrics")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda api: api.put("podtemplates", template(containers=[{"name": "main"}])), "no container named trainer"),
        (lambda api: api.remove("podtemplates", "solulu-training"), "there is no PodTemplate solulu-training in"),
        (
            lambda api: api.refusals.update({("POST", "jobs"): Refusal(403, "exceeded quota: no Jobs")}),
            "Kubernetes refused to create Job solulu-train-.*: exceeded quota: no Jobs",
        ),
    ],
)
def test_what_can_be_known_at_once_fails_the_job_at_once(api, bench, change, error):
    change(api)
    bench.submit()

    job = bench.work()

    assert job.state == "FAILED"
    assert re.search(error, job.error)


def test_a_job_that_somebody_else_deletes_or_that_takes_too_long_fails_with_words(api, bench):
    bench.submit()
    working = Working(bench)
    api.remove("jobs", the_job(api)["metadata"]["name"])
    assert "was deleted, and not by Solulu; submit again" in working.job().error

    bench.submit()
    working = Working(bench)
    late = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": "Job was active too long"}
    api.set_status("jobs", the_job(api)["metadata"]["name"], conditions=[late])
    assert working.job().error == "Kubernetes ended the training: DeadlineExceeded: Job was active too long"


def test_a_left_over_of_an_earlier_job_of_the_same_key_is_ended_first(api, bench):
    launcher = KubernetesLauncher("solulu-training")
    for job_id, key in (("earlier", "k"), ("other", "l"), ("later", "k")):
        launcher.launch(job_id, f"checkpoints/{key}", None).ended()

    assert [job["metadata"]["name"] for job in api.all("jobs")] == ["solulu-train-later", "solulu-train-other"]
