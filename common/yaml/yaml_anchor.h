/* The anchors of one document, and what an alias costs. Included in this folder only. */
#pragma once

#include "common/json/json.h"
#include "common/yaml/yaml.h"

struct yaml_anchor {
    char *name;               /* owned */
    const struct json *value; /* borrowed from the tree being built; NULL: still open */
};
struct yaml_anchors {
    struct yaml_anchor *items; /* owned, in order of appearance */
    size_t count;
};

void yaml_anchors_deinit(struct yaml_anchors *anchors);
enum yaml_anchor_outcome { YAML_ANCHOR_TOO_MANY = 1 };
/* Opens an anchor; its slot is valid for yaml_anchor_close. */
MUST_USE int yaml_anchor_open(struct yaml_anchors *anchors, const char *name, size_t *ret_slot);
void yaml_anchor_close(struct yaml_anchors *anchors, size_t slot, const struct json *value);
/* The latest anchor of that name, or NULL. */
const struct yaml_anchor *yaml_anchor_find(const struct yaml_anchors *anchors, const char *name);

/* What a tree adds up to. */
struct yaml_measure {
    size_t values;
    size_t bytes;   /* of strings and keys */
    unsigned depth; /* levels of containers */
};
struct yaml_measure yaml_measure(const struct json *json);
