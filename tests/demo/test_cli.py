"""`python -m thinc`: what it prints, where, and with which exit status."""

import subprocess
import sys

import pytest

from thinc import about
from thinc.cli import info, main


def test_demo_runs_from_the_command_line(conllu_files, small_config, tmp_path):
    train, dev = map(str, conllu_files)
    command = [sys.executable, "-m", "thinc", "demo", "--quiet", "--seed=1", f"--output={tmp_path / 'out'}"]
    command += [f"--train={train}", f"--dev={dev}", "--column=upos", f"--config={small_config}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("held-out accuracy ")


def test_malformed_file_is_named_with_its_line(conllu_files, tmp_path, capsys):
    train, dev = conllu_files
    bad = tmp_path / "bad.conllu"
    bad.write_text(train.read_text() + "1\tonly three\tcolumns\n")
    line = len(bad.read_text().splitlines())
    output = tmp_path / "out"
    assert main(["demo", "--train", str(bad), "--dev", str(dev), "--output", str(output)]) == 1
    assert f"thinc demo: error: {bad}:{line}: " in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("name", ["--train", "--config"])
def test_missing_file_is_one_line_on_standard_error(name, conllu_files, tmp_path, capsys):
    arguments = {"--train": conllu_files[0], "--dev": conllu_files[1], name: tmp_path / "none"}
    assert main(["demo", *(str(part) for pair in arguments.items() for part in pair)]) == 1
    error = capsys.readouterr().err
    assert str(tmp_path / "none") in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "COMMAND"),
        (["demo", "--train", "a"], "--train and --dev go together"),
        (["demo", "--column", "lemma"], "invalid choice: 'lemma'"),
        (["demo", "--seconds", "0"], "must be more than 0; got 0"),
        (["demo", "--seconds", "soon"], "argument --seconds"),
    ],
)
def test_misuse_is_explained_with_status_2(arguments, problem, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert problem in capsys.readouterr().err


def test_version_is_that_of_the_library(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == about.__version__


def test_info_tells_versions_kernels_threads_gpu_and_packages(capsys, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert main(["info"]) == 0
    printed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert printed["thinc"] == about.__version__
    assert printed["OPENBLAS_CORETYPE"] == "Haswell"
    for label in ("location", "python", "kernels", "gemm", "threads", "GPU", "requires", "THINC_ISA"):
        assert printed[label]
    assert "numpy " in printed["requires"]


def test_info_imports_no_optional_package():
    code = (
        "import sys; from thinc.cli import info, main; main(['info']); "
        "print(*set(info.OPTIONAL).intersection(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_package_without_metadata_has_no_version():
    assert info.with_version("no_such_package") == "no_such_package (version unknown)"
