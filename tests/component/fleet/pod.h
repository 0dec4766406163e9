/* A pod on this machine: two containers that see neither each other's processes nor each other's files, but for one folder.
 *
 * The test is the supervisor's container. A process of its own plays the kubelet, which alone can start and signal the
 * guardian, PID 1 of the other container. */
#pragma once

/* Runs the tests in their container, and returns what they return. Called once, by main, before anything else. */
int pod_run(int (*tests)(void));
/* Starts the container of the workers. path: of the guardian's socket. hidden: a folder that it does not have. */
void pod_workers_start(const char *path, const char *hidden);
void pod_workers_signal(int number);
/* The wait status of its PID 1. */
int pod_workers_wait(void);
