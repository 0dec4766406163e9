/* What the leak detector finds in librdkafka 2.0.2 itself: an operation whose answer arrives while its handle is being destroyed is
 * never freed.
 *
 * Linked only into the test that destroys producers in the middle of calls, in builds with that sanitizer. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:librdkafka.so\n"; }
