"""`python -m thinc train` and `summary`: what they print, where, and with which exit status."""

import os
import signal
import subprocess
import sys

import pytest

from thinc.cli import main


def test_model_is_trained_summarised_and_trained_on(config, tmp_path, capsys):
    output = str(tmp_path / "out")
    assert main(["train", str(config), "--output", output, "--set", "training.epochs=2"]) == 0
    printed = capsys.readouterr().out
    assert "labels     2: no, yes" in printed
    assert f"saved to {tmp_path / 'out' / 'best'}" in printed
    assert main(["summary", str(tmp_path / "out" / "best")]) == 0
    printed = capsys.readouterr().out
    assert "relu" in printed and "W (16, 4), b (16,)" in printed
    assert "2 labels: no, yes" in printed
    assert main(["train", str(config), "--output", output, "--resume", "--quiet"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_ctrl_c_ends_training_after_its_step_and_resume_goes_on(config, tmp_path):
    output = tmp_path / "out"
    command = [sys.executable, "-m", "thinc", "train", str(config), "--output", str(output)]
    long = [*command, "--set", "training.epochs=100000"]
    process = subprocess.Popen(long, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "best" in line:
            break
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "continue with --resume" in printed
    assert errors == "thinc train: interrupted\n"
    steps = len((output / "log.tsv").read_text().splitlines())
    resumed = subprocess.run(
        [*command, "--resume", "--set", "training.epochs=100000", "--set", "training.seconds=0.001"],
        capture_output=True,
        text=True,
    )
    assert (resumed.returncode, resumed.stderr) == (0, "")
    assert len((output / "log.tsv").read_text().splitlines()) == steps + 1


def test_summary_of_a_config_with_and_without_its_data(config, capsys):
    assert main(["summary", str(config)]) == 0
    assert "nO=16, nI=?" in capsys.readouterr().out
    assert main(["summary", str(config), "--data"]) == 0
    printed = capsys.readouterr().out
    assert "nO=16, nI=4" in printed
    assert "2 labels: no, yes" in printed


def test_own_code_is_run_first(tmp_path, capsys):
    code, config = tmp_path / "own_layer.py", tmp_path / "a.cfg"
    code.write_text(
        "from thinc.api import Linear, registry\n\n"
        "@registry.layers('own_layer.v1')\ndef own_layer(width: int):\n    return Linear(width, 7)\n"
    )
    config.write_text('[model]\n@layers = "own_layer.v1"\nwidth = 5\n')
    assert main(["summary", str(config), "--code", str(code)]) == 0
    assert "nO=5, nI=7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["train", "a.cfg", "--resume", "--overwrite"], "exclude each other"),
        (["train", "a.cfg", "--resme"], "did you mean '--resume'?"),
        (["train", "a.cfg", "--set", "epochs"], "must be SECTION.KEY=VALUE; got 'epochs'"),
        (["trian", "a.cfg"], "did you mean 'train'?"),
        (["summary"], "MODEL_DIR|CONFIG"),
    ],
)
def test_misuse_is_explained_with_status_2(arguments, problem, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "summary"])
def test_broken_config_is_one_line_on_standard_error(command, config, capsys):
    config.write_text(config.read_text().replace('"Relu.v1"', '"Relou.v1"'))
    assert main([command, str(config)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"thinc {command}: error: {config}:9: ")
    assert len(error.splitlines()) == 1


def test_folder_without_a_model_is_an_error(tmp_path, capsys):
    assert main(["summary", str(tmp_path)]) == 1
    assert "must be a folder with config.cfg and model.bin" in capsys.readouterr().err


def test_output_that_nobody_reads_ends_quietly(config):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "thinc", "summary", str(config)]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, env=buffered)
    os.close(write)
    assert done.stderr == ""
