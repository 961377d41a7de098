"""What a notebook shows of a result: a frontend that shows the picture leaves out its text, so the words come beside it."""

import json
import pathlib
import re

import pytest

PICTURE = pathlib.Path(__file__).resolve().parents[2] / "notebooks/images/chelsea.jpg"


@pytest.fixture
def session(client):
    content, _ = client.execute(f"model resnet9-cifar;\nimage {PICTURE};")
    assert content["status"] == "ok", content
    return client


def shown(client, code):
    """The text on both streams, and the results."""
    content, outputs = client.execute(code)
    assert content["status"] == "ok", content
    streams = {"stdout": "", "stderr": ""}
    results = []
    for output in outputs:
        if output["type"] == "stream":
            assert not results, "the words come after the picture"
            streams[output["content"]["name"]] += output["content"]["text"]
        elif output["type"] in ("execute_result", "display_data"):
            results.append(output["content"])
    return streams["stdout"], streams["stderr"], results


def test_class_score_and_time_stand_over_a_heat_map(session):
    said, warned, (result,) = shown(session, "ablation-cam class=cat")
    assert said.startswith("ablation-cam of resnet9-cifar at head for chelsea.jpg: cat (3)\nlogit "), said
    assert said.rstrip().endswith("closed form") and not warned
    assert result["data"]["text/plain"] == said.rstrip("\n")
    assert result["metadata"]["image/png"]["alt"] == said.rstrip("\n")


def test_an_empty_map_says_why_where_a_person_sees_it(session):
    said, warned, (result,) = shown(session, "ablation-cam class=ship")
    assert "ship (8)" in said and "warning" not in said
    assert "warning: the score is not positive" in warned and "warning: the map is zero everywhere" in warned
    assert "warning: the map is zero everywhere" in result["data"]["text/plain"]


def test_warnings_of_a_grid_say_whose_they_are(session):
    said, warned, _ = shown(session, "compare ablation-cam grad-cam class=cat,ship")
    assert not said
    assert "warning: ablation-cam, chelsea.jpg, ship: the score is not positive" in warned
    assert ", cat:" not in warned


def test_a_difference_says_its_numbers(session):
    said, _, (result,) = shown(session, "ablation-cam class=cat as a;\ngrad-cam class=cat as b;\ndiff a b")
    assert "A - B: correlation 0." in said and said.rstrip("\n") == result["data"]["text/plain"]


def test_a_semicolon_hides_the_words_too(session):
    said, warned, results = shown(session, "ablation-cam class=ship;")
    assert (said, warned, results) == ("", "", [])


def test_a_picture_says_its_size(session):
    said, _, _ = shown(session, f"image {PICTURE}")
    assert said == "chelsea.jpg: 451x300, JPEG, colour\n"


def test_a_sheet_says_how_long_it_took_and_not_too_many_warnings(session):
    others = " ".join(str(PICTURE.with_name(f"{name}.jpg")) for name in ("coffee", "rocket", "two-cups"))
    said, warned, _ = shown(session, f"image {PICTURE} {others};\nablation-cam class=deer,frog,ship")
    assert said.startswith("12 maps in ") and said.rstrip().endswith(", closed form")
    lines = warned.splitlines()
    assert len(lines) == 8 and lines[-1].startswith("warning: and ") and lines[-1].endswith(" more")


EXPLAINING = {
    "ablation-cam": "ablation-cam class=cat",
    "guided-backprop": "guided-backprop class=cat",
    "compare": "compare ablation-cam grad-cam class=cat",
    "sweep": "sweep grad-cam class=cat",
    "ablate": "ablate class=cat top=2",
    "evaluate": "evaluate ablation-cam grad-cam class=cat images=1 metrics=drop",
    "benchmark": "benchmark grad-cam runs=1",
    "show": "grad-cam class=cat as kept;\nshow kept",
    "diff": "grad-cam class=cat as a;\nablation-cam class=cat as b;\ndiff a b",
    "figure": "grad-cam class=cat as a;\nablate class=cat top=1 as b;\nfigure a b titles=one,two",
}


@pytest.mark.parametrize("verb", EXPLAINING)
def test_every_result_says_model_layer_class_score_and_time(session, verb):
    """Nothing is a silent default, and programs are told as much as people."""
    *_, (*_, result) = shown(session, EXPLAINING[verb])
    text = result["data"]["text/plain"]
    for word in ("resnet9-cifar", "head", "cat", "logit"):
        assert word in text, f"{verb} does not say '{word}':\n{text}"
    assert re.search(r"\d (s|ms|µs)\b", text), f"{verb} says no time:\n{text}"
    facts = json.dumps(result["data"]["application/vnd.camkernel.v1+json"])
    for word in ('"verb"', '"model"', '"layer"', '"class"', '"score"', "seconds", "warnings"):
        assert word in facts, f"{verb} has no {word}: {facts}"
