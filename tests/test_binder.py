"""Binder: repo2docker finds our files and would build from them, and the lock fits the package."""

from __future__ import annotations

import os
import re
import tomllib

import pytest
from conftest import ROOT
from packaging.requirements import Requirement

PYTHON = "3.12"


def test_repo2docker_would_build_it(monkeypatch):
    module = pytest.importorskip("repo2docker.app", reason="repo2docker is not installed")
    app = module.Repo2Docker()
    monkeypatch.chdir(ROOT)
    packs = (kind(app.base_image) for kind in app.buildpacks)
    pack = next(pack for pack in packs if pack.detect())
    pack.platform = "linux/amd64"
    assert type(pack).__name__ == "PythonBuildPack"
    assert pack.python_version == PYTHON
    # A Python for which repo2docker keeps no versions of its own would get the default one.
    assert not pack.separate_kernel_env
    dockerfile = pack.render({})
    assert '-r "binder/requirements.txt"' in dockerfile
    assert "binder/postBuild" in dockerfile
    assert "binder/start" in dockerfile


def test_the_scripts_can_be_run():
    for name in ("postBuild", "start"):
        assert os.access(ROOT / "binder" / name, os.X_OK), name
    # repo2docker's rule: what comes after `start` is the server.
    assert (ROOT / "binder" / "start").read_text().rstrip().endswith('exec "$@"')


def test_the_locked_versions_are_what_the_package_asks_for():
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)$", lines, re.M))
    assert len(locked) == sum(not line.lstrip().startswith("#") for line in lines.splitlines())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted in map(Requirement, project["dependencies"]):
        assert wanted.specifier.contains(locked[wanted.name]), f"{wanted}: run `make lock`"
