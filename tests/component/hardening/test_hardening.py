"""S-16 as built: each program of SLUICE_PROGRAMS (paths with colons between them) is read with readelf and objdump."""

import os
import platform
import re
import subprocess
import unittest


def output(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def lacks(program):
    """What is not as it should be, in words; empty when all is well."""
    elf = output("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", program)
    found = []

    def want(holds, text):
        if not holds:
            found.append(text)

    want(re.search(r"Type:\s+DYN", elf) and re.search(r"\(FLAGS_1\).*\bPIE\b", elf), "is no position independent executable")
    want("GNU_RELRO" in elf, "has no read-only relocations")
    want(re.search(r"\(FLAGS_1\).*\bNOW\b", elf), "binds its symbols later than at the start")
    want(re.search(r"GNU_STACK.*\bRW\b", elf), "has an executable stack")
    want(not re.search(r"\bRWE\b", elf), "has a segment that can be written and executed")
    want(not re.search(r"\((TEXTREL|RPATH|RUNPATH)\)", elf), "relocates its code, or names folders of libraries")
    want("__stack_chk_fail" in elf, "has no stack protector")
    want(re.search(r"\b__v?snprintf_chk\b", elf), "is not fortified")
    if platform.machine() in ("x86_64", "AMD64"):
        main = output("objdump", "--disassemble=main", "--section=.text", program)
        want(re.search(r"<main>:\n[^\n]*\bendbr64\b", main), "has no control-flow protection")
    return found


class Hardening(unittest.TestCase):
    def test_s16_programs_are_hardened(self):
        programs = os.environ["SLUICE_PROGRAMS"].split(":")
        self.assertEqual({os.path.basename(program) for program in programs}, {"sluice", "sluice-guardian", "sluice-supervisor", "sluice-worker-kafka",
                                                                                  "sluice-worker-sqs"})
        self.assertEqual({program: lacks(program) for program in programs}, {program: [] for program in programs})


if __name__ == "__main__":
    unittest.main()
