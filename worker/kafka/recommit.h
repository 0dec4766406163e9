/* How often positions are committed again that nobody moves (K-9): a broker forgets those of a group without members, and of
 * topics that no member subscribes to, after offsets.retention.minutes. */
#pragma once

#define RECOMMIT_FIRST_MS 3600000 /* of a process: one that is replaced daily must not put it off for ever */
#define RECOMMIT_MS 86400000
