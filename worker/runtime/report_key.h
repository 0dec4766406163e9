/* Under which key a report stands, and whom it is about. Pure. */
#pragma once

#include "ipc/messages.h"

#define REPORT_KEY_SIZE 352

/* "<subject>\n<type>\n<more>": two messages with one key are one report. */
void report_key(const struct ipc_message *message, char key[REPORT_KEY_SIZE]);
/* The subject of reports about the split as a whole; it can be no temp's name. */
extern const char report_subject_split[];
/* A temp's name, a session's uid, or report_subject_split. Valid until the next call in this thread. */
const char *report_subject(const char *key);
