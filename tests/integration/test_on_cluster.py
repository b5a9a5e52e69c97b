"""`solulu run --on-cluster` against a server of the Kubernetes API whose pods are child processes."""

from __future__ import annotations

import re
import signal
import subprocess

import pytest
from support.commands import COMMAND, solulu
from support.job_controller import JobController
from support.kubernetes_api import Refusal
from support.kubernetes_api import running as running_api
from support.serving import wait_until

PIPELINE = """
steps:
  first:
    stage: scrape
    spec: {sources: ["folder:none"], max_contexts: 2, max_contexts_per_file: 3, seed: 2}
"""


def template(release, **annotations):
    labels = {
        "app.kubernetes.io/part-of": "solulu",
        "app.kubernetes.io/instance": release,
        "app.kubernetes.io/component": "client",
    }
    mount = {"name": "scratch", "mountPath": "/tmp"}
    container = {"name": "client", "image": "docker.io/solulu/solulu:1", "volumeMounts": [mount]}
    spec = {"containers": [container], "volumes": [{"name": "scratch", "emptyDir": {}}]}
    return {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": f"{release}-client", "labels": labels, "annotations": annotations},
        "template": {"metadata": {"labels": labels}, "spec": spec},
    }


@pytest.fixture
def api(tmp_path):
    with running_api(tmp_path) as api:
        api.put("podtemplates", template("one", **{"solulu.dev/pending-seconds": "0"}))
        yield api


@pytest.fixture
def controller(api, small_service, tmp_path):
    environment = {"SOLULU_ADDRESS": small_service.address, "SOLULU_HOME": str(small_service.settings.home)}
    with JobController(api, tmp_path, environment) as controller:
        yield controller


@pytest.fixture
def pipeline(tmp_path):
    (tmp_path / "My pipeline.yaml").write_text(PIPELINE)
    return tmp_path / "My pipeline.yaml"


def test_a_pod_runs_the_same_command_and_its_table_is_shown_here(api, controller, pipeline, capfdbinary):
    code = solulu("run", pipeline, "--on-cluster", "--set", "first.spec.seed=3")

    out, err = (text.decode() for text in capfdbinary.readouterr())
    assert code == 0, out + err
    assert re.search(r"first +scrape +done +scrape/[0-9a-f]{8} +6 +0", out)
    (job,) = api.all("jobs")
    name = job["metadata"]["name"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert re.fullmatch(r"solulu-run-my-pipeline-[0-9a-f]{8}", name)
    assert container["args"] == ["run", "/pipeline/My-pipeline.yaml", "--set", "first.spec.seed=3"]
    assert [mount["name"] for mount in container["volumeMounts"]] == ["scratch", "pipeline"]
    assert f"runs as Job {name} in namespace testing" in err
    assert "writes it here" in err


def test_the_configmap_goes_with_the_job(api, controller, pipeline):
    solulu("run", pipeline, "--on-cluster")

    (config_map,) = api.all("configmaps")
    assert config_map["data"] == {"My-pipeline.yaml": PIPELINE}
    api.remove("jobs", api.all("jobs")[0]["metadata"]["name"])
    assert api.all("configmaps") == []


def test_the_exit_code_is_the_pods(api, controller, pipeline, capfdbinary):
    assert solulu("run", pipeline, "--on-cluster", "--set", "first.spec.sources=['folder:job_error=0']") == 1

    assert b"the endpoint answers 401" in capfdbinary.readouterr().out
    assert len(controller.processes) == 1


def test_a_pipeline_that_is_wrong_is_not_brought_there(api, pipeline, capsys):
    assert solulu("run", pipeline, "--on-cluster", "--set", "first.spec.max_contexts=0") == 2

    assert "max_contexts: is 0" in capsys.readouterr().err
    assert api.requests == []


@pytest.mark.parametrize("flag", ["--address", "--report", "--json"])
def test_what_a_pod_cannot_do_is_refused(api, pipeline, flag, capsys):
    assert solulu("run", pipeline, "--on-cluster", flag, "x") == 2

    assert "leave out --address, --report and --json" in capsys.readouterr().err.replace("\n", " ")


def test_one_of_several_releases_has_to_be_named(api, pipeline, capsys):
    api.put("podtemplates", template("two"))
    assert solulu("run", pipeline, "--on-cluster") == 2
    assert "namespace testing has the releases one, two; name one with --release" in capsys.readouterr().err

    assert solulu("run", pipeline, "--on-cluster", "--release", "three") == 2
    assert "release three of Solulu is not installed in namespace testing" in capsys.readouterr().err


def test_a_namespace_without_solulu_is_told(api, pipeline, capsys):
    assert solulu("run", pipeline, "--on-cluster", "--namespace", "empty") == 2

    assert "Solulu is not installed in namespace empty" in capsys.readouterr().err


def test_a_refused_job_leaves_nothing_there(api, pipeline, capsys):
    api.refusals["POST", "jobs"] = Refusal(403, "exceeded quota: no more Jobs")

    assert solulu("run", pipeline, "--on-cluster") == 1

    assert "exceeded quota: no more Jobs" in capsys.readouterr().err
    assert api.all("configmaps") == []


def test_a_pod_that_does_not_start_is_not_waited_for(api, pipeline, capsys):
    command = subprocess.Popen([COMMAND, "run", pipeline, "--on-cluster"], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: api.all("jobs"), "the Job", 60)
    api.warn(api.all("jobs")[0], "FailedCreate", "exceeded quota: no more pods")

    assert "no pod could start within 0 s: FailedCreate: exceeded quota: no more pods" in command.communicate()[1]
    assert command.returncode == 1
    assert api.all("jobs") == api.all("configmaps") == []


def test_a_pod_that_is_gone_before_its_log_is_read_ends_nothing(api, controller, pipeline):
    api.refusals["GET", "pods/log"] = Refusal(404, "pods not found")

    assert solulu("run", pipeline, "--on-cluster") == 0
    assert any("/log?" in target for _, target in api.requests)


def test_an_interrupt_leaves_the_job_and_tells_how_to_follow_it(api, pipeline):
    command = subprocess.Popen([COMMAND, "run", pipeline, "--on-cluster"], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: any("/jobs/solulu-run" in target for _, target in api.requests), "a look at the Job", 60)
    command.send_signal(signal.SIGINT)

    said = command.communicate()[1]
    name = api.all("jobs")[0]["metadata"]["name"]
    assert command.returncode == 1
    assert f"kubectl --namespace testing logs --follow job/{name}" in said
