//go:build tools

// Package programs names the commands that build.sh builds, so that go.mod and go.sum pin all they are made of.
package programs

import (
	_ "github.com/argoproj/argo-rollouts/cmd/rollouts-controller"
	_ "helm.sh/helm/v3/cmd/helm"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-proxy"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
	_ "k8s.io/kubernetes/cmd/kubelet"
)
