/* Orders. Fails for want of memory only. */
#include "worker/kafka/order.h"

#include <stdlib.h>
#include <string.h>

int order_new(struct worker_table *table, uint32_t partitions, struct order **ret)
{
    struct order *order = calloc(1, sizeof *order);

    if (!order)
        return -ENOMEM;
    atomic_init(&order->refs, 1);
    order->table = worker_table_ref(table);
    order->partitions = partitions;
    order->held = calloc(partitions + 1, sizeof *order->held);
    order->ready = calloc(table->temp_count + 1, sizeof *order->ready);
    if (!order->held || !order->ready) {
        order_unref(order);
        return -ENOMEM;
    }
    *ret = order;
    return 0;
}

struct order *order_ref(struct order *order)
{
    atomic_fetch_add(&order->refs, 1);
    return order;
}

void order_unref(struct order *order)
{
    if (!order || atomic_fetch_sub(&order->refs, 1) > 1)
        return;
    worker_table_unref(order->table);
    free(order->held);
    free(order->ready);
    free(order);
}

bool order_same(const struct order *a, const struct order *b)
{
    return a->table == b->table && a->run == b->run && a->release == b->release && a->settle == b->settle &&
           a->forgiven == b->forgiven && a->partitions == b->partitions &&
           memcmp(a->held, b->held, a->partitions * sizeof *a->held) == 0 &&
           memcmp(a->ready, b->ready, a->table->temp_count * sizeof *a->ready) == 0;
}
