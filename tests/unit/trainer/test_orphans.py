"""Jobs in the cluster that nobody waits for are deleted, and no others."""

from __future__ import annotations

from solulu.core.kubernetes import JOBS, Cluster
from solulu.trainer.kubernetes import KubernetesLauncher
from solulu.trainer.orphans import Orphans


def test_jobs_whose_job_of_ours_is_over_or_gone_are_deleted_and_no_others(api, bench):
    launcher, sweep = KubernetesLauncher("solulu-training"), Orphans("solulu-training", bench.table)
    live = bench.submit(seed=1).id
    cancelled = bench.table.cancel(bench.submit(seed=2).id).id
    for number, job_id in enumerate((live, cancelled, "0" * 32, "1" * 32)):
        launcher.launch(job_id, f"checkpoints/{number}", None).ended()
    done = {"type": "Complete", "status": "True"}
    api.set_status("jobs", "solulu-train-" + "1" * 32, conditions=[done])
    other = Cluster().get(JOBS, f"solulu-train-{cancelled}")
    labels = {**other["metadata"]["labels"], "solulu.dev/pod-template": "another-release"}
    api.put("jobs", {**other, "metadata": {**other["metadata"], "name": "other", "labels": labels}})

    deleted = sweep.sweep()
    sweep.stop()

    assert deleted == sorted([f"solulu-train-{cancelled}", "solulu-train-" + "0" * 32])
    assert len(api.all("jobs")) == 3
