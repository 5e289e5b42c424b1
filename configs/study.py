# SPDX-License-Identifier: Apache-2.0
"""What the scripts that reproduce a paper share: runs that are made where they are missing, and a page."""
import csv
import io
import subprocess
import sys
from pathlib import Path


def add_options(parser, runs):
    parser.add_argument("--espalier", default="build/release/bin/espalier", help="the command")
    parser.add_argument("--plugin-path", help="where its plug-ins are, if not beside it")
    parser.add_argument("--runs", default=runs, help="folder of the runs; finished ones are kept")
    parser.add_argument("--report", help="Markdown file; default: standard output")


class Runs:
    """The runs in one folder, made where they are missing and finished where they are not."""

    def __init__(self, arguments, configs):
        self.espalier, self.folder = str(Path(arguments.espalier).resolve()), Path(arguments.runs).resolve()
        self.plugin_path, self.configs = arguments.plugin_path, Path(configs)
        self.folder.mkdir(parents=True, exist_ok=True)

    def call(self, *arguments):
        plugins = ["--plugin-path", self.plugin_path] if self.plugin_path else []
        done = subprocess.run([self.espalier, *map(str, arguments), *plugins], stdout=subprocess.PIPE, text=True)
        if done.returncode not in (0, 4):  # 4: nothing feasible, an outcome like any other
            sys.exit(f"{' '.join(map(str, arguments))}: exit status {done.returncode}")
        return done.stdout

    def run(self, name, config, settings, seeds=None):
        """One run, or a folder with one a seed ("1..17"), of a config with some keys set."""
        directory = self.folder / name
        if directory.exists():
            self.call("resume", directory, "--quiet")
            return directory
        print(f"{name} ...", file=sys.stderr, flush=True)
        sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        self.call("run", self.configs / config, "--out", directory, "--quiet", *sets,
                  *(["--seeds", seeds] if seeds else []))
        return directory

    def rows(self, *arguments):
        return list(csv.DictReader(io.StringIO(self.call("results", *arguments, "--format", "csv"))))


class Page:
    def __init__(self):
        self.lines = []

    def say(self, line=""):
        self.lines.append(line)

    def table(self, columns, rows):
        self.say("| " + " | ".join(columns) + " |")
        self.say("| --- " * len(columns) + "|")
        for row in rows:
            self.say("| " + " | ".join(map(str, row)) + " |")
        self.say()

    def write(self, file):
        text = "\n".join(self.lines) + "\n"
        if file:
            Path(file).write_text(text)
        else:
            print(text)
