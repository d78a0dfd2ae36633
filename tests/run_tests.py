#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of one or more build folders with ctest and closes with one line `N passed, N failed`.

Counts test functions, as Qt Test's "Totals:" lines give them; a program that ends badly without a failed function (a crash, a time-out,
a sanitizer report) counts as one failure.
"""
import argparse
import collections
import os
import re
import subprocess
import sys

TOTALS = re.compile(r"Totals: (\d+) passed, (\d+) failed, (\d+) skipped")
START = re.compile(r"^test (\d+)$")
LINE = re.compile(r"^(\d+): (.*)$")
RESULT = re.compile(r"^\s*\d+/\d+ Test\s+#(\d+): (\S+) \.+\s*(.*?)\s+([\d.]+) sec")


def run(build, jobs, extra):
    environment = dict(os.environ, QT_QPA_PLATFORM=os.environ.get("QT_QPA_PLATFORM", "offscreen"), CTEST_OUTPUT_ON_FAILURE="1",
                       QTEST_DISABLE_STACK_DUMP="1",  # a crash must end the program, not start a debugger on it
                       LSAN_OPTIONS="suppressions=" + os.path.join(os.path.dirname(os.path.abspath(__file__)), "leaks.supp") + ":print_suppressions=0")
    process = subprocess.Popen(["ctest", "--test-dir", build, "-V", "-j", str(jobs), "--timeout", "900", *extra],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment)
    # The totals of every class, and the end of what was printed: a program that floods its output must not fill the memory.
    totals_of, output = collections.defaultdict(list), collections.defaultdict(lambda: collections.deque(maxlen=4000))
    passed, failed, skipped, ended = 0, 0, 0, 0
    for line in process.stdout:
        line = line.rstrip("\n")
        if match := LINE.match(line):
            number, text = match.groups()
            output[number].append(text[:2000])
            if found := TOTALS.search(text):
                totals_of[number].append(tuple(map(int, found.groups())))
        elif match := RESULT.match(line):
            number, name, verdict, seconds = match.groups()
            lines, totals = output.pop(number, ()), totals_of.pop(number, [])
            failures = sum(total[1] for total in totals)
            passed += sum(total[0] for total in totals)
            skipped += sum(total[2] for total in totals)
            ended += 1
            good = verdict == "Passed"
            failed += failures if failures or good else 1
            print(f"{'ok  ' if good else 'FAIL'} {build}/{name}  {sum(t[0] for t in totals)} passed, {failures} failed  {seconds} s", flush=True)
            if not good:
                print("\n".join("    " + text for text in lines if not text.startswith("PASS"))[-8000:], flush=True)
    process.wait()
    if ended == 0:
        print(f"FAIL {build}: no test ran")
        failed += 1
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("builds", nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--regex", help="only tests whose name matches")
    arguments = parser.parse_args()
    extra = ["-R", arguments.regex] if arguments.regex else []
    sums = [0, 0, 0]
    for build in arguments.builds:
        sums = [a + b for a, b in zip(sums, run(build, arguments.jobs, extra))]
    print(f"{sums[0]} passed, {sums[1]} failed" + (f", {sums[2]} skipped" if sums[2] else ""))
    return 1 if sums[1] or not sums[0] else 0


if __name__ == "__main__":
    sys.exit(main())
