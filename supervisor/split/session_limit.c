/* Limits of sessions (S-15): of one target, and of one user in one namespace. Pure. */
#include "supervisor/split/step.h"

/* In the order of routes, so that of two at the limit one is served. */
static bool is_before(const struct other_session *other, const struct split_session *session)
{
    if (other->created_ms != session->created_ms)
        return other->created_ms < session->created_ms;
    return strcmp(other->uid, session->uid) < 0;
}

/* Earlier ones of the same user at other targets of the namespace. */
static int64_t count_elsewhere(const struct target_view *view, const struct split_session *session)
{
    int64_t count = 0;
    for (size_t i = 0; i < view->other_session_count; i++) {
        const struct other_session *other = &view->other_sessions[i];
        count += strcmp(other->user, session->owner_username) == 0 && !session_phase_is_over(other->phase) &&
                 is_before(other, session);
    }
    return count;
}

void session_check_limits(const struct step *step, size_t index, struct reason *why)
{
    const struct target_view *view = step->view;
    const char *user = view->sessions[index].session.owner_username;
    int64_t of_user = count_elsewhere(view, &view->sessions[index].session), all = 0;
    for (size_t i = 0; i < index; i++)
        if (step->verdicts[i].fate == SESSION_LIVE) {
            all++;
            of_user += strcmp(view->sessions[i].session.owner_username, user) == 0;
        }
    if (all >= view->settings->sessions_max)
        reason_set(why, REASON_LIMIT_REACHED, 0, "the target has its limit of %lld sessions",
                   (long long)view->settings->sessions_max);
    else if (of_user >= view->settings->sessions_per_user_max)
        reason_set(why, REASON_LIMIT_REACHED, 0, "user %.100s has the limit of %lld sessions in namespace %.63s",
                   user, (long long)view->settings->sessions_per_user_max, view->key.namespace);
}
