/* The one change of a workload's document: from what it is and what is wanted to a JSON Patch, forth and back (W-1, W-2, W-7, W-8).
 *
 * Pure. Only entries of env that are wanted, or were written by us, are touched, and beside them one annotation of the target's own
 * metadata (how to restore, enough without any other record) and one label of its pods (for people alone, W-5). With nothing wanted,
 * spec.template becomes what it was byte for byte, except for what somebody else changed meanwhile. */
#pragma once

#include "common/base/reason.h"
#include "common/json/json.h"
#include "supervisor/target/target.h"

#define PATCH_ANNOTATION "sluice.dev/patched"
#define PATCH_LABEL "operator.metalbear.co/patched"
#define PATCH_ANNOTATION_BYTES_MAX (200u << 10) /* all annotations of an object together may have 256 KiB */

struct patch_input {
    const struct json *document;        /* as the API server has it now */
    const struct json *origins;         /* known from elsewhere, where the annotation is lost: a list; NULL: none */
    const struct target_entry *entries; /* wanted */
    size_t entry_count;
    const struct target_entry *past; /* wanted once; of use where both annotation and origins are lost */
    size_t past_count;
    bool pin_dependents; /* entries that refer to a wanted one get its original (W-2) */
};
struct patch {
    struct json *operations; /* RFC 6902; NULL: nothing is to be changed */
    struct json *origins;    /* as the annotation has them afterwards; NULL: none */
    bool template_changes;   /* the pods are affected; else only the annotation */
};
void patch_deinit(struct patch *patch); /* also the CLEANUP form */

enum patch_outcome { PATCH_REFUSED = 1 };
/* Also the judge after a refusal of the API server: from a fresh document, no operations mean that it is ours already. PATCH_REFUSED:
 * *why says which container is missing, or that there is no room for the annotation. */
MUST_USE int patch_build(const struct patch_input *input, struct patch *ret, struct reason *why);
/* A copy of the document as it is without our patch. */
MUST_USE int patch_undone(const struct json *document, const struct json *origins, struct json **ret);
/* Does the pod template give every wanted entry its value? The last entry of a name counts, as for the kubelet. */
bool patch_in_force(const struct json *document, const struct target_entry *entries, size_t count);
/* Is there anything of ours on it? */
bool patch_is_on(const struct json *document);

/* Where the containers of a pod template are: also init containers that stay. NULL: there is none of that name. */
struct patch_place {
    const char *list; /* "containers" or "initContainers" */
    size_t index;
};
const struct json *patch_container(const struct json *pod_spec, const char *name, struct patch_place *ret_place);
/* The last entry of a name, or -1. */
ptrdiff_t patch_last_entry(const struct json *container, const char *variable);
