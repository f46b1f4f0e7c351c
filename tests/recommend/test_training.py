"""The training loop: when it stops, what it keeps, and that an interruption leaves no trace in the result."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest import training
from causalrec.recommend.interest.training import STATE, Epoch, Schedule, held_out_users, seeded, shuffled, train
from causalrec.recommend.text.language_model import one_thread

torch = pytest.importorskip("torch")

SCHEDULE = Schedule(epochs=5, patience=5, batch=8, learning_rate=0.05)


def small(seed: int = 3):
    """A small network with dropout, its batches and its loss on 40 rows that a line divides."""
    with seeded(seed) as generator:
        inputs = torch.randn(40, 4, generator=generator)
        network = torch.nn.Sequential(
            torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(16, 1)
        )
    target = (inputs[:, 0] > 0).float()

    def loss(rows):
        score = network(inputs[rows])[:, 0]
        return torch.nn.functional.binary_cross_entropy_with_logits(score, target[rows])

    return network, loss, lambda generator: shuffled(32, 8, generator), lambda: loss(torch.arange(32, 40)).item()


def run(schedule: Schedule = SCHEDULE, **options):
    """The epochs of the small network, and its weights in one row."""
    network, loss, batches, validation = small()
    options = {"seed": 1, "validation": validation, "progress": False, **options}
    epochs = train(network, loss, batches, schedule, **options)
    return epochs, np.concatenate([value.detach().numpy().ravel() for value in network.parameters()])


def same(left, right) -> bool:
    """Whether two runs agree to the bit."""
    return left[0] == right[0] and np.array_equal(left[1], right[1])


class Cut(Exception):
    """An interruption."""


def cut_after(count: int):
    """A callback that interrupts after so many epochs."""
    seen = []

    def callback(epoch: Epoch) -> None:
        seen.append(epoch)
        if len(seen) == count:
            raise Cut

    return callback


def scripted(*losses: float):
    """A validation that says these losses one after the other."""
    return iter(losses).__next__


# One step, stopping, and what is kept.


def test_one_step_by_hand() -> None:
    # Loss w, gradient 1: Adam's first step is the learning rate whatever the gradient; decay takes rate · decay · w.
    network = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(2.0)
    schedule = Schedule(epochs=1, learning_rate=0.1, weight_decay=0.5)
    epochs = train(network, lambda batch: network.weight.sum(), lambda _: [None], schedule, seed=1, progress=False)
    assert epochs == (Epoch(2.0, None),)
    assert network.weight.item() == pytest.approx(2 * (1 - 0.1 * 0.5) - 0.1)


def test_the_loss_falls() -> None:
    epochs, _ = run(replace(SCHEDULE, epochs=30, patience=30))
    assert epochs[-1].loss < 0.5 * epochs[0].loss
    assert min(epoch.held_out for epoch in epochs) < epochs[0].held_out


def test_it_stops_when_patience_is_at_an_end_and_keeps_the_best_weights() -> None:
    patient = replace(SCHEDULE, epochs=20, patience=2)
    epochs, weights = run(patient, validation=scripted(3.0, 2.0, 2.5, 2.0, 1.0))
    assert [epoch.held_out for epoch in epochs] == [3.0, 2.0, 2.5, 2.0]  # as good as the best is not better
    assert np.array_equal(weights, run(replace(SCHEDULE, epochs=2), validation=None)[1])


def test_without_anything_held_out_the_last_weights_stay() -> None:
    epochs, weights = run(validation=None)
    assert [epoch.held_out for epoch in epochs] == [None] * 5
    assert not np.array_equal(weights, run(replace(SCHEDULE, epochs=4), validation=None)[1])


def test_frozen_weights_are_left_alone_and_not_kept(tmp_path) -> None:
    from safetensors.torch import load_file

    network, loss, batches, _ = small()
    before = network[0].weight.clone()
    network[0].requires_grad_(False)
    train(network, loss, batches, SCHEDULE, seed=1, folder=tmp_path, progress=False)
    assert torch.equal(network[0].weight, before)
    kept = load_file(next(tmp_path.glob("*.safetensors")))
    assert {name for name in kept if name.startswith("now.")} == {"now.3.weight", "now.3.bias"}


# The same again.


def test_two_runs_agree_whatever_the_number_of_threads_and_the_state_of_the_generator() -> None:
    first, threads = run(), torch.get_num_threads()
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            torch.manual_seed(number)
            before, inside = torch.get_rng_state(), []
            assert same(run(after_epoch=lambda _, inside=inside: inside.append(torch.get_num_threads())), first)
            assert inside == [1] * 5
            assert torch.get_num_threads() == number
            assert torch.equal(torch.get_rng_state(), before)
    finally:
        torch.set_num_threads(threads)
    assert not np.array_equal(run(seed=2)[1], first[1])


def test_threads_and_generator_are_put_back_after_an_error() -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()

    def breaking() -> None:
        with one_thread(), seeded(1):
            torch.rand(3)
            raise Cut

    with pytest.raises(Cut):
        breaking()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_epochs_do_not_share_random_numbers() -> None:
    drawn = []
    for numbers in ((1,), (1, 1), (1, 2), (2, 1)):
        with seeded(*numbers) as generator:
            drawn += [torch.rand(1, generator=generator).item(), torch.rand(1).item()]
    assert len(set(drawn)) == 8


def test_every_row_is_dealt_once() -> None:
    with seeded(4) as generator:
        batches = shuffled(10, 4, generator)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(torch.cat(batches).tolist()) == list(range(10))
    assert torch.cat(batches).tolist() != list(range(10))


# Interrupted and resumed.


@pytest.mark.parametrize("count", [1, 2, 4])
def test_an_interruption_leaves_no_trace(tmp_path, count) -> None:
    with pytest.raises(Cut):
        run(folder=tmp_path, after_epoch=cut_after(count))
    new: list[Epoch] = []
    resumed = run(folder=tmp_path, after_epoch=new.append)
    assert same(resumed, run())
    assert len(new) == 5 - count


def test_an_interruption_between_patience_and_the_best(tmp_path) -> None:
    patient, losses = replace(SCHEDULE, patience=2), (3.0, 2.0, 2.5, 2.6, 1.0)
    with pytest.raises(Cut):
        run(patient, folder=tmp_path, validation=scripted(*losses), after_epoch=cut_after(3))
    resumed = run(patient, folder=tmp_path, validation=scripted(*losses[3:]))
    assert same(resumed, run(patient, validation=scripted(*losses)))


def test_an_interruption_in_the_middle_of_an_epoch(tmp_path) -> None:
    network, loss, batches, validation = small()
    calls = []

    def breaking(rows):
        calls.append(rows)
        if len(calls) == 11:  # four batches and one held-out loss an epoch: the first of the third epoch
            raise Cut
        return loss(rows)

    def judged():
        return breaking(torch.arange(32, 40)).item()

    with pytest.raises(Cut):
        train(network, breaking, batches, SCHEDULE, seed=1, validation=judged, folder=tmp_path, progress=False)
    assert same(run(folder=tmp_path), run())


@pytest.mark.parametrize("broken", ["weights", "state"])
def test_an_interruption_while_the_checkpoint_is_written(tmp_path, monkeypatch, broken) -> None:
    write_whole, calls = training.write_whole, []

    def cut(path: Path, content: str | bytes) -> Path:
        calls.append(path.name)
        if len(calls) == (5 if broken == "weights" else 6):  # of the third epoch
            raise Cut
        return write_whole(path, content)

    monkeypatch.setattr(training, "write_whole", cut)
    with pytest.raises(Cut):
        run(folder=tmp_path)
    monkeypatch.undo()
    assert len(json.loads((tmp_path / STATE).read_text())["epochs"]) == 2
    assert same(run(folder=tmp_path), run())


def test_a_process_that_was_killed(tmp_path) -> None:
    code = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[1]); import test_training as t\n"
        "kill = getattr(signal, 'SIGKILL', signal.SIGTERM)\n"
        "t.run(folder=sys.argv[2], after_epoch=lambda epoch: seen.append(epoch) or "
        "(len(seen) == 3 and os.kill(os.getpid(), kill)))\n"
    )
    here = str(Path(__file__).parent)
    code = "seen = []\n" + code
    done = subprocess.run([sys.executable, "-c", code, here, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr == ""
    (tmp_path / ".weights-9.safetensors.1.part").write_bytes(b"half")  # as a kill while writing leaves it
    assert len(json.loads((tmp_path / STATE).read_text())["epochs"]) == 3
    assert same(run(folder=tmp_path), run())
    assert sorted(path.name for path in tmp_path.iterdir()) == [STATE, "weights-5.safetensors"]


def test_a_finished_training_is_read_and_not_repeated(tmp_path) -> None:
    first = run(folder=tmp_path / "new" / "folder")
    network, _, _, _ = small()

    def never(*_):
        raise AssertionError

    epochs = train(network, never, never, SCHEDULE, seed=1, folder=tmp_path / "new" / "folder", progress=False)
    weights = np.concatenate([value.detach().numpy().ravel() for value in network.parameters()])
    assert same((epochs, weights), first)


# Checkpoints that cannot be used.


def test_the_checkpoint_of_another_training_is_refused(tmp_path) -> None:
    run(folder=tmp_path, identity={"data": "a"})
    for other, message in [
        ({"seed": 2}, r"of another training \(seed is 1 there, 2 here\); give another folder"),
        ({"identity": {"data": "b"}}, r"\(data is 'a' there, 'b' here\)"),
        ({"schedule": replace(SCHEDULE, batch=4)}, r"\(batch is 8 there, 4 here\)"),
        ({"identity": {}}, r"\(data is 'a' there, None here\)"),
    ]:
        with pytest.raises(DataError, match=message):
            run(**{"folder": tmp_path, "identity": {"data": "a"}, **other})


def test_damaged_weights_are_refused(tmp_path) -> None:
    run(folder=tmp_path)
    path = tmp_path / "weights-5.safetensors"
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"weights-5.safetensors is damaged: its SHA-256 is not .* to train anew"):
            run(folder=tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="is damaged"):
        run(folder=tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"epochs": 3}', "\udcff"])
def test_a_damaged_state_is_refused(tmp_path, text) -> None:
    run(folder=tmp_path)
    (tmp_path / STATE).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"training\.json is damaged and cannot be read; delete it to train anew"):
        run(folder=tmp_path)


class Harmful:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return os._exit, (7,)


def test_nothing_is_unpickled(tmp_path) -> None:
    run(folder=tmp_path)
    content = pickle.dumps(Harmful())
    (tmp_path / "weights-5.safetensors").write_bytes(content)
    state = json.loads((tmp_path / STATE).read_text())
    state["sha256"] = hashlib.sha256(content).hexdigest()
    (tmp_path / STATE).write_text(json.dumps(state))
    with pytest.raises(DataError, match="not in the form of safetensors"):
        run(folder=tmp_path)


def test_a_folder_that_cannot_be(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file cannot keep a training \(.*\); give a folder"):
        run(folder=tmp_path / "file")


# What cannot be trained.


def test_a_loss_that_is_no_number() -> None:
    network, loss, batches, _ = small()
    for bad in (float("nan"), float("inf")):
        with pytest.raises(EstimationError, match=r"the loss of an epoch is (nan|inf): .*lower learning_rate"):
            train(network, lambda rows, bad=bad: loss(rows) * bad, batches, SCHEDULE, seed=1, progress=False)
        with pytest.raises(EstimationError, match=f"is {bad}"):
            run(validation=lambda bad=bad: bad)
    with pytest.raises(EstimationError, match="give pairs to train on"):
        train(network, loss, lambda _: [], SCHEDULE, seed=1, progress=False)


@pytest.mark.parametrize("name", ["epochs", "patience", "batch"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, None])
def test_counts_that_cannot_be(name, value) -> None:
    with pytest.raises(DataError, match=f"{name} is {value}; give a whole number, 1 or more"):
        Schedule(**{name: value})


def test_rates_and_seeds_that_cannot_be() -> None:
    for rates in ({"learning_rate": 0}, {"learning_rate": float("nan")}, {"weight_decay": -1}):
        with pytest.raises(DataError, match="give a rate above 0"):
            Schedule(**rates)
    for seed in (-1, 1.5, None):
        with pytest.raises(DataError, match=f"seed is {seed}; give a whole number"):
            run(seed=seed)


# What the reader sees, and who is held out.


def test_a_bar_only_where_it_is_wanted(capfd) -> None:
    run()
    assert capfd.readouterr() == ("", "")
    run(progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "epoch 5 of at most 5" in err


def test_held_out_users_are_held_out_whole() -> None:
    users = pd.Series([f"u{number % 10}" for number in range(50)])
    held = held_out_users(users, seed=1)
    assert users[held].nunique() == 2
    assert not set(users[held]) & set(users[~held])
    assert np.array_equal(held, held_out_users(users, seed=1))
    assert {tuple(users[held_out_users(users, seed)].unique()) for seed in range(5)} != {tuple(users[held].unique())}
    assert held_out_users(pd.Series(["u1", "u2", "u1"]), seed=1).sum() in (1, 2)
    assert not held_out_users(pd.Series(["u1", "u1"]), seed=1).any()
    assert held_out_users(pd.Series([], dtype=str), seed=1).shape == (0,)
