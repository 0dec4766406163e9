/* A fleet without workers, for tests of what is served of one: nobody has figures, and no messages can be looked at. */
#include "supervisor/fleet/fleet_look.h"

const struct figures *__wrap_fleet_figures(const struct fleet *fleet, const char *worker, const char *session);
const struct figures *__wrap_fleet_figures(const struct fleet *fleet, const char *worker, const char *session)
{
    (void)fleet;
    (void)worker;
    (void)session;
    return NULL;
}
const struct observed_pace *__wrap_fleet_pace(const struct fleet *fleet, const char *worker);
const struct observed_pace *__wrap_fleet_pace(const struct fleet *fleet, const char *worker)
{
    (void)fleet;
    (void)worker;
    return NULL;
}
