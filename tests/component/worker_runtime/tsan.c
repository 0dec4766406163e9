/* libzmq (and its C++ library) comes without the thread sanitizer's knowledge of its atomics, so what it does itself would look like races. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) { return "called_from_lib:libzmq.so\ncalled_from_lib:libstdc++.so\n"; }
