"""Models as files: replaced as a whole or not at all."""

import os
import zipfile

import pytest
from support.toy_models import affine, node


def test_a_file_holds_the_bytes(tmp_path):
    model = affine(2, 2).initialize()
    model.to_disk(tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == model.to_bytes()
    assert affine().from_disk(str(tmp_path / "model")).to_bytes() == model.to_bytes()
    assert os.listdir(tmp_path) == ["model"]


def test_a_file_may_be_whatever_can_be_opened(tmp_path):
    model = affine(2, 2).initialize()
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        model.to_disk(zipfile.Path(archive, "model"))
    path = zipfile.Path(tmp_path / "archive.zip", "model")
    assert affine().from_disk(path).to_bytes() == model.to_bytes()
    assert affine(2, 2).can_from_disk(path)
    assert not affine(2, 2).can_from_disk(zipfile.Path(tmp_path / "archive.zip", "other"))


def test_a_missing_folder_is_named_as_it_was_given(tmp_path):
    path = tmp_path / "no" / "model"
    with pytest.raises(FileNotFoundError) as caught:
        affine(2, 2).to_disk(path)
    assert caught.value.filename == str(path)


def test_a_failed_save_leaves_the_old_file(tmp_path):
    affine(2, 2).initialize().to_disk(tmp_path / "model")
    before = (tmp_path / "model").read_bytes()
    bad = affine(2, 2).initialize()
    bad.attrs["a"] = 2**64
    with pytest.raises(OverflowError):
        bad.to_disk(tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == before
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions and links")
def test_a_save_keeps_permissions_and_follows_links(tmp_path):
    target, link = tmp_path / "model", tmp_path / "link"
    target.write_bytes(b"")
    target.chmod(0o640)
    link.symlink_to(target)
    node("a").to_disk(link)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_bytes() == node("a").to_bytes()
    node("a").to_disk(os.devnull)


def test_the_folder_of_a_file_must_exist(tmp_path):
    with pytest.raises(FileNotFoundError):
        node("a").to_disk(tmp_path / "missing" / "model")
    with pytest.raises(FileNotFoundError):
        node("a").from_disk(tmp_path / "missing")
