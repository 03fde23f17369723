"""The file of the claims ledger: what it has to say, and what is refused."""

import pytest

from disentangle.claims.judging import judge, read_claims
from disentangle.config import Statistics
from disentangle.errors import InputError
from tests.conftest import ROOT
from tests.made_up_claims import CLAIM, METRICS, read

SETTINGS = Statistics(resamples=499)


def test_the_ledger_of_the_project_can_be_judged_without_any_cell():
    claims = read_claims(ROOT / "workflow/claims.yaml")
    table = judge(claims, {"metrics": METRICS[:0]}, "embedded", SETTINGS)
    assert (table["verdict"] == "not measured").all() and set(table["claim"]) == set(claims)
    assert (table["source"] != "").all()


def test_a_claim_asks_for_what_its_measure_needs_and_for_nothing_else():
    """Whatever else it asked for, nothing would ever be found for it."""

    class Noting(dict):
        def get(self, name, default=None):
            asked.add(name)
            return super().get(name, default)

    for name, claim in read_claims(ROOT / "workflow/claims.yaml").items():
        asked = set()
        found = Noting(metrics=METRICS.assign(family=getattr(claim, "family", "dense"), density="0.1"))
        judge({name: claim.model_copy(update={"datasets": ["digits"], "networks": ["mlp"]})}, found, "embedded", SETTINGS)
        assert asked <= {"metrics", *claim.needs}, name


MISTAKES = [
    ({"kind": "reading"}, "claims.made_up.kind is 'reading'; input should be 'replication', 'question',"),
    ({"fixed": {"day": "yesterday", "seen": []}}, "claims.made_up.fixed.day is 'yesterday'; input should be a valid date"),
    ({"fixed": {"day": "2020-01-31"}}, "claims.made_up.fixed.seen is missing; write a value for it."),
    ({"fails_if": ""}, "claims.made_up.fails_if is ''; string should have at least 1 character."),
    ({"familly": "dense"}, "claims.made_up.familly is not a setting; did you mean 'family'?"),
    ({"measure": "diference"}, "claims.made_up: measure 'diference' does not exist; did you mean 'difference'?"),
    ({"density": 1.5}, "claims.made_up.density is 1.5; write a share of edges in (0, 1], best or free."),
    ({"density": "bst"}, "claims.made_up.density is 'bst'; write a share of edges in (0, 1], best or free."),
    ({"source": ""}, "claims.made_up.source is ''; string should have at least 1 character."),
    ({"measure": "hump"}, "claims.made_up.low is missing; write a value for it."),
    (
        {"criterion": {"rule": "over", "threshold": 0, "reason": "ours"}},
        "claims.made_up.criterion.rule is 'over'; input",
    ),
    (
        {"criterion": {"rule": "above", "treshold": 0, "reason": "ours"}},
        "claims.made_up.criterion.threshold is missing",
    ),
]


@pytest.mark.parametrize(("change", "sentence"), MISTAKES)
def test_a_mistake_in_a_claim_is_one_sentence(tmp_path, change, sentence):
    with pytest.raises(InputError) as error:
        read(tmp_path, {"made_up": CLAIM | change})
    assert str(error.value).startswith(sentence) and "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["published", "source", "criterion", "statement", "family", "kind", "fixed", "fails_if"])
def test_what_a_claim_cannot_do_without(tmp_path, key):
    with pytest.raises(InputError, match=f"claims.made_up.{key} is missing"):
        read(tmp_path, {"made_up": {k: v for k, v in CLAIM.items() if k != key}})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a: [", "is not YAML"), ("", "is not a mapping"), ("- 1", "is not a mapping"), ("a: 1", "is not a mapping")],
)
def test_a_file_that_is_no_ledger(tmp_path, text, sentence):
    with pytest.raises(InputError, match=rf"\A.*{sentence}.*\Z"):  # on one line
        read(tmp_path, text)


def test_density_is_the_text_of_the_tables(tmp_path):
    claims = read(tmp_path, {name: CLAIM | {"density": density} for name, density in [("a", 0.50), ("b", 1), ("c", "free")]})
    assert [claim.density for claim in claims.values()] == ["0.5", "1.0", "free"]


SEEN = [
    ([], "before any result of it was seen", {"digits": True, "": True}),
    (["digits", "mnist"], "after results of it were seen on digits and mnist", {"digits": False, "cifar10": True, "": True}),
    (["all"], "after results of it were seen", {"digits": False, "": False}),
]


@pytest.mark.parametrize(("seen", "words", "before"), SEEN)
def test_a_claim_says_of_each_data_set_whether_its_criterion_came_first(tmp_path, seen, words, before):
    (claim,) = read(tmp_path, {"made_up": CLAIM | {"fixed": {"day": "2020-01-31", "seen": seen}}}).values()
    assert str(claim.fixed) == f"2020-01-31, {words}"
    assert {dataset: claim.fixed.before(dataset) for dataset in before} == before


def test_a_claim_that_lacks_something_names_no_preset_as_one_that_measures_it(tmp_path):
    claims = read(
        tmp_path, {"made_up": CLAIM | {"family": "wanting", "lacks": "a family that does not exist", "preset": "paper"}}
    )
    (found,) = judge(claims, {"metrics": METRICS}, "embedded", SETTINGS).to_dict("records")
    assert (found["verdict"], found["note"]) == ("not measured", "No preset measures it without a family that does not exist.")
