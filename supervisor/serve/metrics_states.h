/* The part of the page that says what there is: phases and conditions of splits and sessions. For metrics_page.c only. */
#pragma once

#include "supervisor/serve/metrics_page.h"

void write_splits(const struct metrics_page *from, struct exposition *page, enum metric metric);
void write_sessions(const struct metrics_page *from, struct exposition *page, enum metric metric);
void write_split_info(const struct metrics_page *from, struct exposition *page, enum metric metric);
void write_split_phase(const struct metrics_page *from, struct exposition *page, enum metric metric);
void write_split_since(const struct metrics_page *from, struct exposition *page, enum metric metric);
void write_split_condition(const struct metrics_page *from, struct exposition *page, enum metric metric);
void write_session_conditions(const struct metrics_page *from, struct exposition *page, enum metric metric);
