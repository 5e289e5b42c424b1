# SPDX-License-Identifier: Apache-2.0
# Reads ctest's log and names the test cases that were skipped, and why.
/^-----/ && length($0) > 70 {  # Catch2's head of a test case: its name between two lines
    head = !head
    if (head)
        name = ""
    next
}
head {
    sub(/^ +/, "")
    name = name (name == "" ? "" : " ") $0
}
/^ *skipped: / {
    sub(/^ */, "")
    if (!seen[name, $0]++)
        printf "%s: %s\n", name, $0
}
