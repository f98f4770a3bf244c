"""Does what a page of the documentation says, and checks that it prints what the page says it prints.

    run_page.py PAGE FOLDER

Files: a block whose first line is ```LANGUAGE NAME is written to FOLDER/NAME. Commands: in a ```console block, a line that begins
with `$ ` is run there by a shell, and the lines up to the next command are its output. `...` in them stands for anything: a
line of its own for any number of lines, elsewhere for part of a line.
"""

import pathlib
import re
import subprocess
import sys


def pattern(expected):
    """The regular expression of expected output."""
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(r".*?".join(re.escape(piece) for piece in line.split("...")) + r"[ \t]*\n")
    return re.compile("".join(parts))


def blocks(text):
    """Each fenced block as (what follows the fence, its lines, its first line's number)."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            continue
        if start is None:
            start = number
        else:
            yield lines[start - 1][3:].strip(), lines[start:number - 1], start + 1
            start = None


def commands(lines, first):
    """Each command of a console block as (text, expected output, line number)."""
    found = []
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            found.append((line[2:], [], number))
        elif found and found[-1][0].endswith("\\"):
            text, expected, at = found[-1]
            found[-1] = (text[:-1] + line.strip(), expected, at)
        elif found:
            found[-1][1].append(line)
    return found


def main():
    page, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    ran = 0
    for info, lines, first in blocks(page.read_text()):
        language, _, name = info.partition(" ")
        if name:
            (folder / name).write_text("\n".join(lines) + "\n")
        if language != "console":
            continue
        for command, expected, number in commands(lines, first):
            ran += 1
            done = subprocess.run(command, shell=True, cwd=folder, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            if not pattern(expected).fullmatch(done.stdout):
                sys.exit(f"{page}:{number}: `{command}` printed (exit {done.returncode})\n{done.stdout}\n"
                         "where the page says\n" + "\n".join(expected))
    if not ran:
        sys.exit(f"{page}: no command in it")
    print(f"{page}: {ran} commands printed what the page says")


main()
