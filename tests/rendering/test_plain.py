import dataclasses
import json
import math
from dataclasses import replace

from ganola.judging.results import Evaluation
from ganola.rendering.plain import plain_fields
from tests.rendering.evaluations import EVALUATION


def test_the_numbers_come_back_from_json_as_they_were():
    found = json.loads(json.dumps(plain_fields(EVALUATION), allow_nan=False))
    assert found == plain_fields(EVALUATION)
    far = found["results"][0]
    assert far["scores"]["ratio"] == {"high": 80.0, "low": 20.0, "value": 40.0}
    assert far["features"][0]["held_out"] == [0.25, None]
    assert far["copying"]["pairs"][0]["piece"] == "a hymn"
    assert found["grid"] == {"bars": 2, "lowest": 60, "metre": "2/4", "pitches": 12, "steps_per_quarter": 2}
    assert found["tracks"][1]["name"] == "Bass"
    assert found["held_out"] == {"groups": 9, "name": "test", "windows": 9}


def test_json_has_every_finding_and_no_music():
    found = plain_fields(EVALUATION)
    assert set(found) == {field.name for field in dataclasses.fields(Evaluation)}
    pair = found["results"][0]["copying"]["pairs"][0]
    assert set(pair) == {"phrase", "similarity", "run", "piece", "bar", "semitones"}
    assert '"cells"' not in json.dumps(found)


def test_what_is_not_a_number_is_nothing():
    assert plain_fields(EVALUATION)["results"][0]["diversity"]["nearest_real"] == [0.125, None]
    infinite = replace(EVALUATION, threshold=math.inf)
    assert plain_fields(infinite)["threshold"] is None


def test_json_is_in_order_and_the_same_each_time():
    once, twice = (json.dumps(plain_fields(EVALUATION)) for _ in range(2))
    assert once == twice == json.dumps(plain_fields(EVALUATION), sort_keys=True)
