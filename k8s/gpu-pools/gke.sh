#!/bin/sh
# A pool of GPU nodes on Google Kubernetes Engine that is empty until a pod asks for one. GKE installs driver and device
# plugin; the taint keeps other pods away. Usage: CLUSTER=name LOCATION=us-central1-a k8s/gpu-pools/gke.sh
set -eu
gcloud container node-pools create solulu-gpu \
  --cluster "${CLUSTER:?}" --location "${LOCATION:?}" \
  --machine-type g2-standard-8 --accelerator type=nvidia-l4,count=1,gpu-driver-version=latest \
  --disk-size 100 --enable-autoscaling --num-nodes 0 --min-nodes 0 --max-nodes 4 \
  --node-labels solulu.dev/pool=gpu --node-taints nvidia.com/gpu=present:NoSchedule
