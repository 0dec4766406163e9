/* What the thread sanitizer cannot know of libraries that come without instrumentation: the atomics of libzmq and of its C++ library
 * would look like races, and so would librdkafka's destroying of a lock when the last reference, an atomic, is gone.
 *
 * Linked into every program that has channels; a file of suppressions would not do, because a worker's environment does
 * not name one. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libzmq.so\n"
           "called_from_lib:libstdc++.so\n"
           "race:pthread_rwlock_destroy\n";
}
