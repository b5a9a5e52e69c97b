"""The InferenceService is one that KServe's real definition takes, field for field."""

from __future__ import annotations

import pytest
from solulu.serving import manifests
from solulu.serving.manifests import Wish
from support.crds import complaints
from support.endpoints import TEMPLATE

DEFINITION = "serving.kserve.io_inferenceservices.yaml"
MODEL = "train/" + "a" * 64


@pytest.fixture
def inference_service():
    found = manifests.inference_service(Wish("code", MODEL), TEMPLATE)
    return {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", **found}


def test_kserve_takes_every_field_of_the_inference_service(inference_service):
    assert complaints(DEFINITION, inference_service) == []


def test_a_field_that_kserve_does_not_know_would_be_noticed(inference_service):
    inference_service["spec"]["predictor"]["containers"][0]["probes"] = {}
    inference_service["spec"]["predictor"]["minReplicas"] = "1"

    found = "\n".join(complaints(DEFINITION, inference_service))

    assert "'probes' was unexpected" in found
    assert "'1' is not of type 'integer'" in found


def test_kserve_is_given_plain_pods_of_the_templates_container_under_the_name_that_it_looks_for():
    made = manifests.inference_service(Wish("code", MODEL), TEMPLATE)
    deployment = manifests.deployment(Wish("code", MODEL), TEMPLATE)

    predictor = made["spec"]["predictor"]
    (container,) = predictor["containers"]
    assert made["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
    assert container.pop("name") == "kserve-container"
    plain = deployment["spec"]["template"]
    assert container.items() <= plain["spec"]["containers"][0].items()
    assert {name: predictor[name] for name in ("labels", "annotations")} == plain["metadata"]
    assert predictor["deploymentStrategy"] == deployment["spec"]["strategy"]
    assert predictor["nodeSelector"] == TEMPLATE["template"]["spec"]["nodeSelector"]


def test_a_sidecar_of_the_template_stays_beside_the_predictor():
    given = TEMPLATE["template"]["spec"]
    spec = {**given, "containers": [{"name": "proxy", "image": "proxy:1"}, *given["containers"]]}
    template = {**TEMPLATE, "template": {**TEMPLATE["template"], "spec": spec}}

    made = manifests.inference_service(Wish("code", MODEL), template)["spec"]["predictor"]["containers"]

    assert [container["name"] for container in made] == ["kserve-container", "proxy"]
