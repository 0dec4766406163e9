/* A port of a pod, reached through the API server with the client's own credentials: the sub-resource pods/portforward over
 * WebSocket (Kubernetes API reference, "connect GET requests to portforward of Pod"; subprotocol v4.channel.k8s.io).
 *
 * Owns what is on its way: of each connection one end, and a WebSocket. Everything between is bounded: who does not read is not
 * sent more. */
#pragma once

#include "common/kube/client.h"

struct kube_forward;
/* client is borrowed for life, and must have had an answer already: credentials are not fetched here. -ENOBUFS, -ENOMEM. */
MUST_USE int kube_forward_new(struct kube_client *client, const char *namespace, const char *pod, uint16_t port,
                              struct kube_forward **ret);
void kube_forward_free(struct kube_forward *forward);
DEFINE_CLEANUP(struct kube_forward, kube_forward)
/* Name of the abstract unix socket that leads there, for kube_access.through; borrowed. Only this process gets through. Each
 * connection is one of its own, at most KUBE_FORWARD_CONNECTIONS_MAX; what is more is closed. */
enum { KUBE_FORWARD_CONNECTIONS_MAX = 8 };
const char *kube_forward_name(const struct kube_forward *forward);
/* Why the last connection failed or was cut, and the status of the API server's refusal, or 0. NULL: it was not. */
const struct reason *kube_forward_trouble(const struct kube_forward *forward);
