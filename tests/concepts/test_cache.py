# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A cache gives back what was put in, and says what is wrong with what it cannot."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from monai_skin.concepts import ConceptCache, ConceptSet, encode_rle, open_cache, read_concepts, write_concepts
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import sha256_of


def same(first, second):
    arrays = ("vectors", "boxes", "scores", "phrase_ids")
    equal = all(np.array_equal(getattr(first, name), getattr(second, name)) for name in arrays)
    masks = all(np.array_equal(first.mask(index), second.mask(index)) for index in range(len(first)))
    return equal and masks and first.phrases == second.phrases and first.size == second.size


@pytest.fixture
def cache(tmp_path, settings):
    made = ConceptCache(tmp_path / "cache", settings)
    made.prepare()
    return made


def test_concepts_come_back_as_they_were_with_phrases_of_any_language(cache, concepts):
    picture = b"a picture"
    cache.write(concepts.of_file(sha256_of(picture), "b" * 64))
    back = cache.read(picture)
    assert same(back, concepts) and back.outline_digest == "b" * 64
    assert back.phrase(1) == "läsion 皮膚" and back.mask(1).sum() == 8
    assert list(cache) == [sha256_of(picture)] and cache.verify() == []


def test_the_same_concepts_make_the_same_bytes(cache, concepts, tmp_path):
    for name in ("a", "b"):
        write_concepts(tmp_path / name, concepts, settings_digest=cache.digest)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_picture_without_concepts_is_named_with_the_command_that_makes_them(cache, tmp_path):
    (tmp_path / "IMG_1.jpg").write_bytes(b"x")
    with pytest.raises(InvalidInputError, match=r'IMG_1.jpg: .* "python -m monai_skin concepts extract IMG_1.jpg --c'):
        cache.read(tmp_path / "IMG_1.jpg")


def test_torn_foreign_and_renamed_files_are_listed_and_count_as_unfinished(cache, concepts):
    torn, foreign, renamed, other = ("1" * 64, "2" * 64, "3" * 64, "4" * 64)
    cache.write(concepts.of_file(torn))
    data = cache.path(torn).read_bytes()
    cache.path(torn).write_bytes(data[: len(data) // 2])
    cache.path(foreign).write_bytes(b"no safetensors")
    cache.write(concepts.of_file(other))
    cache.path(renamed).write_bytes(cache.path(other).read_bytes())
    write_concepts(cache.path("5" * 64), concepts.of_file("5" * 64), settings_digest="f" * 64)
    problems = cache.verify()
    assert len(problems) == 4
    assert "is damaged or cut off" in problems[0] and "holds no concepts" in problems[1]
    assert "image digest is 4444" in problems[2] and "settings digest is ffff" in problems[3]
    assert [cache.finished(digest) for digest in (torn, foreign, renamed, other)] == [False, False, False, True]
    assert not cache.finished(other, outline_digest="9" * 64)


def test_a_file_of_an_earlier_form_is_extracted_anew_instead_of_read_with_its_masks_turned(cache, concepts):
    digest = "1" * 64
    cache.write(concepts.of_file(digest))
    data = cache.path(digest).read_bytes()
    assert data.count(b'form\\": 2') == 1
    cache.path(digest).write_bytes(data.replace(b'form\\": 2', b'form\\": 1'))
    with pytest.raises(InvalidInputError, match="form is 1; expected 2"):
        cache.read_digest(digest)
    assert not cache.finished(digest)


def test_arrays_that_do_not_fit_together_are_refused(cache, concepts, tmp_path):
    bent = replace(concepts)
    object.__setattr__(bent, "scores", concepts.scores[:1])  # past the check, as a foreign writer would
    write_concepts(tmp_path / "bent", bent, settings_digest=cache.digest)
    with pytest.raises(InvalidInputError, match=r"bent: concepts do not fit together \(concepts: scores have shape"):
        read_concepts(tmp_path / "bent", settings_digest=cache.digest, image_digest="a" * 64)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"boxes": np.zeros((1, 4), np.float32)}, r"boxes have shape \(1, 4\)"),
        ({"vectors": np.full((2, 256), np.nan, np.float32)}, "vectors are not finite"),
        ({"phrase_ids": np.array([0, 2], np.int32)}, "phrase_ids name no phrase; expected 0 to 1"),
        ({"runs": (np.array([24], np.int32),)}, "runs are 1; expected 2"),
        ({"runs": (np.array([24], np.int32), np.array([23], np.int32))}, "runs do not cover the picture"),
    ],
)
def test_a_set_of_concepts_names_the_array_that_does_not_fit(concepts, change, message):
    with pytest.raises(InvalidInputError, match=message):
        replace(concepts, **change)


def test_several_writers_of_one_picture_leave_one_whole_file(cache, concepts):
    writers = [threading.Thread(target=cache.write, args=(concepts,)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert same(cache.read_digest("a" * 64), concepts)
    assert sorted(path.name for path in cache.folder.iterdir()) == [f"{'a' * 64}.safetensors", "settings.json"]


def test_a_folder_of_one_recipe_opens_by_itself_and_one_of_several_wants_to_be_told(cache, settings, tmp_path):
    assert open_cache(tmp_path / "cache").digest == settings.digest
    second = ConceptCache(tmp_path / "cache", replace(settings, max_concepts=25))
    second.prepare()
    with pytest.raises(UsageError, match=f"cache: settings are 2; expected one of .*{second.folder.name}"):
        open_cache(tmp_path / "cache")
    assert open_cache(tmp_path / "cache", second.digest).settings.max_concepts == 25
    with pytest.raises(UsageError, match="settings 'zz' fit 0 of 2"):
        open_cache(tmp_path / "cache", "zz")
    with pytest.raises(InvalidInputError, match="empty: concepts are not there"):
        open_cache(tmp_path / "empty")


def test_settings_changed_by_hand_are_found_out(cache, tmp_path):
    file = cache.folder / "settings.json"
    file.write_text(file.read_text(encoding="utf-8").replace("0.25", "0.26"), encoding="utf-8")
    with pytest.raises(IntegrityError, match="settings are not those the folder is named after"):
        open_cache(tmp_path / "cache")
    with pytest.raises(IntegrityError, match="settings are not those the folder is named after"):
        cache.prepare()


def test_concepts_of_an_unknown_picture_cannot_be_kept(cache):
    whole = ConceptSet.whole_image(np.ones(256, np.float32), (3, 5))
    assert whole.phrases == ("image",) and whole.mask(0).all() and whole.boxes.tolist() == [[0, 0, 5, 3]]
    assert whole.runs[0].tolist() == encode_rle(np.ones((3, 5), bool)).tolist()
    with pytest.raises(UsageError, match="image_digest is empty"):
        cache.write(whole)
