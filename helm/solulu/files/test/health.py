"""`helm test`: every service is healthy behind the gateway, and the token opens the list of jobs and of endpoints.

It runs in a client's pod, so it proves the names, the token and the way through the network as well.
"""

from __future__ import annotations

import os
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from solulu.v1 import job_pb2, job_pb2_grpc, serving_pb2, serving_pb2_grpc

SECONDS = 30
token = (("authorization", f"Bearer {os.environ['SOLULU_TOKEN']}"),)

with grpc.insecure_channel(os.environ["SOLULU_ADDRESS"]) as channel:
    for service in sys.argv[1:]:
        answer = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service=f"solulu.v1.{service.title()}Service"),
            metadata=(("solulu-service", service),),
            timeout=SECONDS,
            wait_for_ready=True,
        )
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, f"{service} is not healthy: {answer}"
        sys.stdout.write(f"{service} is healthy\n")
    jobs = job_pb2_grpc.JobServiceStub(channel).ListJobs(job_pb2.ListJobsRequest(), metadata=token, timeout=SECONDS)
    endpoints = serving_pb2_grpc.ServingServiceStub(channel).ListEndpoints(
        serving_pb2.ListEndpointsRequest(), metadata=token, timeout=SECONDS
    )
    sys.stdout.write(f"{len(jobs.jobs)} jobs, {len(endpoints.endpoints)} endpoints\n")
