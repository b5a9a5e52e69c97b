#!/bin/sh
# A pool of GPU nodes on Azure Kubernetes Service that is empty until a pod asks for one. AKS installs the driver;
# NVIDIA's device plugin is installed once for a cluster; it looks for the second label and tolerates the taint.
# Usage: CLUSTER=name GROUP=resource-group k8s/gpu-pools/aks.sh
set -eu
az aks nodepool add --name solulugpu \
  --cluster-name "${CLUSTER:?}" --resource-group "${GROUP:?}" \
  --node-vm-size Standard_NC24ads_A100_v4 --node-osdisk-size 100 \
  --enable-cluster-autoscaler --node-count 0 --min-count 0 --max-count 4 \
  --labels solulu.dev/pool=gpu nvidia.com/gpu.present=true --node-taints nvidia.com/gpu=present:NoSchedule
helm upgrade --install nvidia-device-plugin nvidia-device-plugin --namespace kube-system \
  --repo https://nvidia.github.io/k8s-device-plugin
