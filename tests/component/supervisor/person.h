/* A person who starts the supervisor: folders, environment, processes, what is said on stderr. Every wait has a deadline. */
#pragma once

#include "common/base/fd.h"
#include "tests/unit/cmocka_all.h"
#include <sys/types.h>

#define PERSON_WAIT_MS 12000
#define PROGRAMS_MAX 2

struct program {
    pid_t pid; /* 0: none, or ended */
    char output[96];
};

struct person {
    char folder[64]; /* holds manifests/, state/, run/ and what the services do */
    struct program programs[PROGRAMS_MAX];
    char environment[8][160]; /* NAME=value */
    char *environ[9];
};

int person_open(void **state);
int person_close(void **state);
/* Sets a variable of what is started from now on; value NULL: takes it away. %s in it stands for the folder. */
void person_setenv(struct person *person, const char *name, const char *value);
/* arguments: NULL-terminated; "%s" at the beginning of one stands for the folder. */
void person_start(struct person *person, unsigned number, const char *const *arguments);
/* With --standalone and the folder of manifests. */
void person_start_usual(struct person *person, unsigned number);
/* Waits until it ends by itself; its exit code, or 1000 + the signal. */
int person_wait(struct person *person, unsigned number);
/* Waits until its output holds the text that many times. */
void person_hears(struct person *person, unsigned number, const char *text, unsigned times);
const char *person_output(struct person *person, unsigned number); /* valid until the next call */
void person_put(struct person *person, const char *name, const char *text);
const char *person_text(struct person *person,
                        const char *name); /* "" when there is none; valid until the next call */

/* Children of a process with that name (at most 15 bytes); 0: none. */
pid_t child_of(pid_t parent, const char *name);
void process_name(pid_t pid, char ret_name[32]);
