"""Fails for whatever ODS declares and nobody explains or tests.

    coverage.py SOURCE_ROOT LLVM_TBLGEN MLIR_INCLUDE

Every operation, attribute and type has a summary, a description and an example;
its verifier's constraints have labels (`get_c1`), numbered from 1; every label
has a test under test/dialect that breaks it: a comment with the label, and an
expected error before the next test. Every pass has a summary, a description and
words for each option and statistic; its names line up (`FooBarPass`,
`FooBar.cpp`, `tacit-foo-bar`, `test/passes/foo-bar.mlir`).
"""

import json
import os
import re
import subprocess
import sys

LABEL = re.compile(r"^\s*- \(([a-z0-9_]+)_c([0-9]+)\)", re.MULTILINE)
MENTION = re.compile(r"^\s*// ([a-z0-9_]+_c[0-9]+)\b", re.MULTILINE)


def dump(root, tblgen, include, source):
    text = subprocess.run(
        [tblgen, "--dump-json", "-I" + root, "-I" + include, os.path.join(root, source)],
        check=True, stdout=subprocess.PIPE).stdout
    return json.loads(text)


def of_class(records, *names):
    """Records of any of these classes that the project declares itself."""
    found = {}
    for name in names:
        for record in records["!instanceof"].get(name, []):
            if record.startswith("Tacit_"):
                found[record] = records[record]
    return found


class Report:
    def __init__(self):
        self.count = 0

    def __call__(self, message):
        print("coverage: " + message)
        self.count += 1


def tested_labels(root, report):
    """Labels that tests break: those with an expected error below them."""
    labels = set()
    folder = os.path.join(root, "test", "dialect")
    for path, _, files in os.walk(folder):
        for file in sorted(files):
            with open(os.path.join(path, file)) as stream:
                cases = stream.read().split("\n// -----\n")
            for case in cases:
                for label in MENTION.findall(case):
                    labels.add(label)
                    if "expected-error" not in case:
                        report("%s: %s is named where no error is expected" % (file, label))
    return labels


def check_dialect(root, records, report):
    declared = set()
    described = of_class(records, "Op", "AttrDef", "TypeDef", "Dialect")
    for name, record in sorted(described.items()):
        text = record.get("description") or ""
        prefix = record.get("opName") or record.get("mnemonic") or "argument"
        if not (record.get("summary") or "").strip():
            report("%s has no summary" % name)
        if not text.strip():
            report("%s has no description" % name)
        if not re.search(r"Example:\s+```mlir\n", text):
            report("%s has no example" % name)
        numbers = []
        for owner, number in LABEL.findall(text):
            if owner != prefix:
                report("%s: label %s_c%s should begin with %s" % (name, owner, number, prefix))
            numbers.append(int(number))
            declared.add("%s_c%s" % (owner, number))
        if numbers != list(range(1, len(numbers) + 1)):
            report("%s: constraints are numbered %s" % (name, numbers))
        verified = any(record.get(key) for key in
                       ("hasVerifier", "hasRegionVerifier", "genVerifyDecl", "hasRegionArgAttrVerify"))
        if verified and not numbers:
            report("%s is verified but states no constraint" % name)
    for name, record in sorted(of_class(records, "Interface").items()):
        if not (record.get("description") or "").strip():
            report("%s has no description" % name)
    if not declared:
        report("no constraint found: the pattern of labels must have changed")
    tested = tested_labels(root, report)
    for label in sorted(declared - tested):
        report("no test under test/dialect breaks %s" % label)
    for label in sorted(tested - declared):
        report("a test names %s, which nothing declares" % label)


def sources(root):
    return {file for _, _, files in os.walk(os.path.join(root, "passes")) for file in files}


def check_passes(root, records, report):
    files = sources(root)
    for name in records["!instanceof"]["PassBase"]:
        record = records[name]
        stem = name[:-len("Pass")] if name.endswith("Pass") else name
        # A run of capitals, as in LLVM, is one word.
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", stem).lower()
        if record["argument"] != "tacit-" + words:
            report("%s should be named tacit-%s, not %s" % (name, words, record["argument"]))
        if stem + ".cpp" not in files:
            report("%s has no source file %s.cpp below passes/" % (name, stem))
        if not record["summary"].strip():
            report("%s has no summary" % name)
        if not record["description"].strip():
            report("%s has no description" % name)
        for part in record["options"] + record["statistics"]:
            entry = records[part["def"]]
            if not entry["description"].strip():
                report("%s: nothing describes %s" % (name, entry.get("argument") or entry["name"]))
        test = record["argument"][len("tacit-"):] + ".mlir"
        if not os.path.exists(os.path.join(root, "test", "passes", test)):
            report("%s has no test test/passes/%s" % (name, test))


def main(root, tblgen, include):
    report = Report()
    check_dialect(root, dump(root, tblgen, include, "dialect/TacitOps.td"), report)
    check_passes(root, dump(root, tblgen, include, "passes/Passes.td"), report)
    return 1 if report.count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
