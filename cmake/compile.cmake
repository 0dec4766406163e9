# Warnings, hardening (S-16) and sanitizers for every target, and the ways to declare one.

set(SLUICE_WARNINGS
    -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith
    -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wswitch-enum -Wformat=2 -Wnull-dereference -Wunused-result)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND SLUICE_WARNINGS -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Woverride-init)
else()
    # Empty variadic lists of the logging macros, which both compilers accept in gnu17.
    list(APPEND SLUICE_WARNINGS -Winitializer-overrides -Wno-gnu-zero-variadic-macro-arguments)
endif()

add_compile_options(${SLUICE_WARNINGS} -fno-omit-frame-pointer -fno-strict-aliasing)
add_compile_definitions(_GNU_SOURCE)
include_directories(${CMAKE_SOURCE_DIR})

if(SLUICE_SANITIZE)
    add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-sanitize-recover=all -g)
    add_link_options(-fsanitize=${SLUICE_SANITIZE})
    if(SLUICE_SANITIZE MATCHES "thread")
        # Libraries come without its knowledge: what it needs of them goes into every program that uses them.
        target_sources(PkgConfig::ZMQ INTERFACE ${CMAKE_SOURCE_DIR}/tests/tsan/zmq.c)
        target_sources(PkgConfig::RDKAFKA INTERFACE ${CMAKE_SOURCE_DIR}/tests/tsan/threads.c)
    endif()
else()
    add_compile_options(-fstack-protector-strong -fstack-clash-protection)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
        add_compile_options(-fcf-protection=full)
    endif()
    add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
    if(CMAKE_BUILD_TYPE MATCHES "Rel")
        add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    endif()
endif()

# A static library of one folder: sluice_library(NAME SOURCES ... LINK ...).
function(sluice_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# A program that is shipped: sluice_program(NAME PACKAGE ... SOURCES ... LINK ...). People call sluice by name; the others lie in one folder,
# because they find one another there.
function(sluice_program name)
    cmake_parse_arguments(ARG "" "PACKAGE" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    set(folder ${SLUICE_SERVICE_FOLDER})
    if(name STREQUAL "sluice")
        set(folder bin)
    endif()
    install(TARGETS ${name} DESTINATION ${folder} COMPONENT ${ARG_PACKAGE})
endfunction()

# Another malloc for a program, where the build is to have it. Nothing calls it by name, so the linker is told to keep it.
function(sluice_use_jemalloc name)
    if(SLUICE_JEMALLOC AND JEMALLOC_FOUND)
        target_link_libraries(${name} PRIVATE -Wl,--no-as-needed PkgConfig::JEMALLOC -Wl,--as-needed)
    endif()
endfunction()

# A cmocka test, run by ctest under a label: sluice_test(NAME LABEL unit SOURCES ... LINK ...).
function(sluice_test name)
    cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINK;ARGS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} PkgConfig::CMOCKA)
    add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
    set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300)
endfunction()
