/* What a path of the API means. Pure. */
#pragma once

#include "common/model/kind.h"
#include <stdbool.h>

struct api_target {
    struct resource_key key; /* namespace and name are "" when the path has none */
    bool status;             /* ends in /status */
};
/* "/apis/GROUP/VERSION[/namespaces/NS]/PLURAL[/NAME[/status]]", for the core group "/api/VERSION/...". False: no such
 * resource. */
bool api_path_parse(const char *path, struct api_target *ret);
/* fieldSelector with metadata.name and metadata.namespace, each "=" or "==" a value; text NULL or "": none. It narrows
 * *target. False: another selector. */
bool api_selector_parse(const char *text, struct api_target *target);
