/* Errors into reasons. The library's enum is open, so this is the one place with a default. */
#include "worker/kafka/errors.h"

static enum reason_code code_of(rd_kafka_resp_err_t error)
{
    switch ((int)error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
        return REASON_BROKER_AUTHENTICATION;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        return REASON_BROKER_AUTHORIZATION;
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
        return REASON_TRANSACTIONS_UNAVAILABLE;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        return REASON_TOPIC_NOT_FOUND;
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
        return REASON_TOPIC_REFUSED;
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
    case RD_KAFKA_RESP_ERR_INVALID_TXN_STATE:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
    case RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS:
        return REASON_BROKER_BUSY;
    default: /* what is not known counts as a broker that may not be there: positions are taken with care then */
        return REASON_BROKER_UNREACHABLE;
    }
}

static bool is_silence(rd_kafka_resp_err_t error)
{
    switch ((int)error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
        return true;
    default:
        return false;
    }
}

static int reason_fill(enum reason_code code, rd_kafka_resp_err_t error, const struct errors_context *c, int outcome,
                       struct reason *why)
{
    if (code == REASON_BROKER_AUTHORIZATION)
        return reason_set(why, code, outcome, "cannot %s %s %s: the ACL %s on %s %s is missing", c->doing,
                          c->resource, c->name, c->operation, c->resource, c->name);
    if (code == REASON_BROKER_AUTHENTICATION)
        return reason_set(why, code, outcome, "cannot %s %s %s: the broker does not accept the credentials", c->doing,
                          c->resource, c->name);
    if (code == REASON_TOPIC_NOT_FOUND)
        return reason_set(why, code, outcome, "cannot %s %s %s: the cluster has no such topic or partition", c->doing,
                          c->resource, c->name);
    if (code == REASON_BROKER_BUSY || (code == REASON_BROKER_UNREACHABLE && !is_silence(error)))
        return reason_set(why, code, outcome, "cannot %s %s %s: the broker cannot do it now (%s)", c->doing,
                          c->resource, c->name, rd_kafka_err2name(error));
    if (code == REASON_BROKER_UNREACHABLE)
        return reason_set(why, code, outcome, "cannot %s %s %s: no broker has answered (%s)", c->doing, c->resource,
                          c->name, rd_kafka_err2name(error));
    return reason_set(why, code, outcome, "cannot %s %s %s: the cluster refuses it (%s)", c->doing, c->resource,
                      c->name, rd_kafka_err2name(error));
}

int errors_reason(rd_kafka_resp_err_t error, const struct errors_context *context, int outcome, struct reason *why)
{
    return reason_fill(code_of(error), error, context, outcome, why);
}

bool errors_of_broker(rd_kafka_resp_err_t error)
{
    return errors_refusal(error) == ERRORS_REFUSAL_TRANSIENT && code_of(error) == REASON_BROKER_UNREACHABLE;
}

enum errors_refusal errors_refusal(rd_kafka_resp_err_t error)
{
    switch ((int)error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
        return ERRORS_REFUSAL_RECORD;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        return ERRORS_REFUSAL_DESTINATION;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        return ERRORS_REFUSAL_LOST;
    default:
        return ERRORS_REFUSAL_TRANSIENT;
    }
}
