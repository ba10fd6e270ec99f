"""Errors in configs: each names the line in the file."""

import pytest

from thinc.training.config_file import ConfigError, ConfigFile


def replaced(config, old, new):
    """Change the config; returns the line on which the new text begins."""
    before, found, after = config.read_text().partition(old)
    assert found
    config.write_text(before + new + after)
    return before.count("\n") + 1


def everything(config):
    file = ConfigFile(config)
    file.settings()
    file.data()
    for name in ("model", "optimizer", "loss"):
        file.resolve(name)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            '"Relu.v1"',
            '"Relo.v1"',
            "there is no 'Relo.v1' in the registry 'layers' (did you mean 'Relu.v1'?)",
        ),
        ("@optimizers =", "@optimisers =", "Unknown registry: 'optimisers'"),
        ("dropout = 0.2", "drop_out = 0.2", "unexpected argument: 'drop_out'"),
        ("nO = 16", 'nO = "wide"', "'wide' is not <class 'int'>"),
        ("nO = 16", "nO = 16\nnO = 17", "option 'nO' in section 'model.*.hidden' already exists"),
        ("nO = 16", "nO = ${hidden.width}", "there is no 'hidden.width', for the variable ${hidden.width}"),
        ("epochs = 4", "epocs = 4", "[training] has no 'epocs' (did you mean 'epochs'?)"),
        ("epochs = 4", "epochs = 0", "training.epochs: must be more than 0; got 0"),
        ("batch_size = 16", 'batch_size = "all"', "training.batch_size: must be a number; got 'all'"),
        ("learn_rate = 0.02", "learn_rate", "Source contains parsing errors"),
    ],
)
def test_error_in_a_config_names_its_line(config, old, new, problem):
    line = replaced(config, old, new) + new.count("\n")
    with pytest.raises(ConfigError) as caught:
        everything(config)
    assert str(caught.value).startswith(f"{config}:{line}: ")
    assert problem in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_missing_argument_is_reported_at_its_section(config):
    replaced(config, "train =", "dev =")
    with pytest.raises(ConfigError, match=rf"{config}:1: \[data\] missing required argument: 'train'"):
        everything(config)


def test_error_of_a_layer_is_reported_at_its_block(config):
    line = replaced(config, "dropout = 0.2", "dropout = 7") - 3
    with pytest.raises(ConfigError) as caught:
        everything(config)
    assert str(caught.value).startswith(f"{config}:{line}: ")


def test_missing_section_is_named(config):
    config.write_text(config.read_text().replace("[loss]", "[lost]"))
    with pytest.raises(ConfigError, match=r"must have a section \[loss\]; got \[data\], \[model\]"):
        everything(config)


def test_training_section_may_be_left_out(config):
    config.write_text(config.read_text().partition("[training]")[0])
    assert ConfigFile(config).settings().batch_size == 128


@pytest.mark.parametrize("text", ["a = 1\n", "[model\nb = 1\n"])
def test_text_that_is_no_config_names_its_first_line(tmp_path, text):
    path = tmp_path / "bad.cfg"
    path.write_text(text)
    with pytest.raises(ConfigError, match="bad.cfg:1: File contains no section headers"):
        ConfigFile(path)


def test_file_that_is_no_text_is_an_error(tmp_path):
    path = tmp_path / "bad.cfg"
    path.write_bytes(b"[a]\nb = \xff\n")
    with pytest.raises(ConfigError, match="must be UTF-8"):
        ConfigFile(path)


def test_labels_of_the_data_are_counted(config):
    replaced(config, '"Softmax.v1"', '"Softmax.v1"\nnO = ${labels.count}')
    file = ConfigFile(config)
    assert file.resolve("model").layers[-1].has_dim("nO") is None
    assert file.data().labels == ("no", "yes")
    assert file.resolve("model").layers[-1].get_dim("nO") == 2
