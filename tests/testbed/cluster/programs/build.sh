#!/usr/bin/env bash
# build.sh FOLDER: the programs of the test cluster, as go.mod and go.sum pin them. What Go compiled stays in its own cache, so a
# changed pin builds only what it changed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$here"

# Programs of Kubernetes tell their version to each other and refuse one that is too old, so it is stamped as their own builds do.
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
IFS=. read -r major minor _ <<<"${version#v}"
stamp=()
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    stamp+=(-X "$package.gitVersion=$version" -X "$package.gitMajor=$major" -X "$package.gitMinor=$minor")
done
# What `helm template` and `helm lint` take for the cluster's version.
for package in chartutil lint/rules; do
    stamp+=(-X "helm.sh/helm/v3/pkg/$package.k8sVersionMajor=$major" -X "helm.sh/helm/v3/pkg/$package.k8sVersionMinor=$minor")
done

CGO_ENABLED=0 nice -n 10 go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w ${stamp[*]}" -o "$out/" \
    k8s.io/kubernetes/cmd/{kube-apiserver,kube-controller-manager,kube-scheduler,kubelet,kube-proxy,kubectl} \
    helm.sh/helm/v3/cmd/helm github.com/argoproj/argo-rollouts/cmd/rollouts-controller ./etcd ./coredns
gcc -std=gnu17 -O2 -Wall -Wextra -Werror -static -s -o "$out/pause" pause.c
# The kinds of the rollouts controller.
install -m 644 -D -t "$out/rollouts-crds" "$(go list -m -f '{{.Dir}}' github.com/argoproj/argo-rollouts)"/manifests/crds/*-crd.yaml
