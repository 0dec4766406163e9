/* What the files of the API share. Internal to api*.c. */
#pragma once

#include "cli/api.h"

enum { API_VALUES_MAX = 4 << 20 };

const char *api_socket(const struct api *api); /* its path, for messages */
