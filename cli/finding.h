/* What `check` found: a list of facts, each good, worth knowing, or in need of somebody. Owns its rows. */
#pragma once

#include "cli/terminal.h"
#include "common/json/json.h"

enum finding_level { FINDING_GOOD, FINDING_NOTE, FINDING_PROBLEM };

struct findings {
    struct json *rows; /* owned: [{level, subject, reason, message, nextStep}] */
    unsigned problems;
    bool failed; /* a row could not be kept: no memory */
};

void findings_init(struct findings *findings);
void findings_deinit(struct findings *findings); /* also the CLEANUP form */
/* code REASON_NONE: there is no next step. subject: what it is about. */
void findings_add(struct findings *findings, enum finding_level level, const char *subject, enum reason_code code,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same with a next step that somebody else gave; reason "" and next "" when there is none. */
void findings_add_told(struct findings *findings, enum finding_level level, const char *subject, const char *reason,
                       const char *message, const char *next);
/* As text or as one JSON document. -ENOBUFS, -ENOMEM. */
MUST_USE int findings_render(const struct findings *findings, bool json, const struct terminal *terminal,
                             struct buf *ret);
