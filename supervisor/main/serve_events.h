/* What happened lately, for the CLI and the page: {"events": [...]} as event_board.h says them. */
#pragma once

#include "common/http/server.h"
#include "supervisor/apply/event_board.h"

/* GET, with ?namespace=NS or of all; context is the board. */
void serve_events_answer(void *context, const struct http_request *request, struct http_response *response);
