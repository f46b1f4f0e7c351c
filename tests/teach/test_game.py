"""The game of twin worlds: no bet beats a coin, an experiment does, and a learner's slips are told."""

from __future__ import annotations

from itertools import product
from math import comb
from zlib import crc32

import numpy as np
import pytest

from causalrec.causal.formulas.table import Table
from causalrec.causal.models.twins import twin_worlds
from causalrec.errors import ExerciseError
from causalrec.teach.answer import Feedback
from causalrec.teach.game import WORLDS, Game, Settled, deal

TENT = Table(("shown", "bought"), ((0, 1), (0, 1)), [[0.41, 0.09], [0.27, 0.23]])
TWINS = twin_worlds(TENT, "shown", "bought")


def gap(log):
    """How much more often the shown bought than the others; 0 where there are no two groups."""
    shares = log.groupby("shown")["bought"].mean()
    return shares[1] - shares[0] if len(shares) == 2 else 0.0


def by_the_gap(log):
    """What a learner would try first: in the second world the two groups buy alike, if x is set by lot."""
    return "first" if gap(log) > 0.14 else "second"


STRATEGIES = {
    "always first": lambda log: "first",
    "by the gap": by_the_gap,
    "by the sales": lambda log: "first" if log["bought"].mean() > 0.32 else "second",
    "by the first row": lambda log: WORLDS[int(log["bought"].iloc[0])],
    "by runs": lambda log: WORLDS[int((log["shown"].diff().abs() > 0).sum() % 2)],
    "by looks": lambda log: WORLDS[crc32(f"{list(log.columns)} {log.dtypes} {log.index}".encode()) % 2],
    "by a hash of all rows": lambda log: WORLDS[int(log.to_numpy().ravel() @ np.arange(log.size) % 2)],
}


def chance_of_as_many(hits, rounds):
    """P(a fair coin is at least as far from half of the rounds), exactly."""
    far = abs(hits - rounds / 2)
    return sum(comb(rounds, k) for k in range(rounds + 1) if abs(k - rounds / 2) >= far) / 2**rounds


# The theorem.


def test_every_bet_on_one_row_wins_exactly_half():
    # All 16 functions from the four possible rows to the two worlds, by exact tables: no sampling, no luck.
    tables = [world.table(("shown", "bought")) for world in TWINS]
    rows = list(product((0, 1), repeat=2))
    for bets in product(WORLDS, repeat=4):
        strategy = dict(zip(rows, bets, strict=True))
        wins = sum(
            table.probability(shown=r, bought=y) / 2
            for world, table in zip(WORLDS, tables, strict=True) for r, y in rows if strategy[r, y] == world
        )
        assert wins == pytest.approx(0.5, abs=1e-12)


@pytest.fixture(scope="module")
def games():
    """Ten games of 60 logs with and without experiment."""
    return {
        experiment: [deal(TWINS, 60, 150, np.random.default_rng(seed), experiment=experiment) for seed in range(10)]
        for experiment in (False, True)
    }


def total(games, strategy):
    """Hits and rounds of a strategy over several games."""
    settled = [game.settle(strategy) for game in games]
    return sum(one.hits for one in settled), sum(one.rounds for one in settled)


@pytest.mark.parametrize("name", STRATEGIES)
def test_no_strategy_beats_the_coin(games, name):
    # A right kit fails one of these with probability below 1e-4 by Bonferroni over the strategies.
    hits, rounds = total(games[False], STRATEGIES[name])
    assert rounds == 600
    assert chance_of_as_many(hits, rounds) > 1e-4 / len(STRATEGIES)


def test_with_an_experiment_the_gap_wins_nearly_always(games):
    hits, rounds = total(games[True], by_the_gap)
    assert hits / rounds > 0.95
    assert chance_of_as_many(hits, rounds) < 1e-50  # so the bound above can be broken
    blind, rounds = total(games[True], STRATEGIES["always first"])
    assert chance_of_as_many(blind, rounds) > 1e-4  # an experiment helps only who looks


def test_the_experiment_sets_x_by_lot_and_shows_the_effect(games):
    rows = {world: [] for world in WORLDS}
    for game in games[True]:
        for log, world in zip(game.logs, game.settle(by_the_gap).worlds, strict=True):
            rows[world].append((log["shown"].mean(), gap(log)))
    first, second = (np.array(rows[world]) for world in WORLDS)
    assert abs(first[:, 0].mean() - 0.5) < 5 * np.sqrt(0.25 / (150 * len(first)))
    assert first[:, 1].mean() == pytest.approx(0.46 - 0.18, abs=0.03)
    assert second[:, 1].mean() == pytest.approx(0, abs=0.03)


def test_an_experiment_does_not_help_where_there_is_nothing_to_find():
    independent = Table(("shown", "bought"), ((0, 1), (0, 1)), [[0.3, 0.3], [0.2, 0.2]])
    twins = twin_worlds(independent, "shown", "bought")
    hits, rounds = total([deal(twins, 400, 100, np.random.default_rng(5), experiment=True)], by_the_gap)
    assert chance_of_as_many(hits, rounds) > 1e-4


# The deal.


def test_the_coin_is_fair_and_the_deal_repeats():
    game = deal(TWINS, 1000, 1, np.random.default_rng(2))
    firsts = game.settle(["first"] * 1000).hits
    assert chance_of_as_many(firsts, 1000) > 1e-4
    one, two = (deal(TWINS, 5, 20, np.random.default_rng(9)) for _ in range(2))
    assert all(a.equals(b) for a, b in zip(one.logs, two.logs, strict=True))
    assert one.settle(by_the_gap) == two.settle(by_the_gap)


def test_a_logs_looks_do_not_tell():
    joint = Table(("bought", "ad", "age"), ((0, 1), ("mail", "none"), (20, 40)), np.arange(1, 9).reshape(2, 2, 2) / 36)
    game = deal(twin_worlds(joint, "ad", "bought", before="age"), 30, 8, np.random.default_rng(0))
    assert len(set(game.settle(["first"] * 30).worlds)) == 2
    assert {tuple(log.columns) for log in game.logs} == {("bought", "ad", "age")}
    assert len({tuple(log.dtypes) for log in game.logs}) == 1
    assert len({str(log.index) for log in game.logs}) == 1


def test_the_coins_are_sealed():
    game = deal(TWINS, 8, 100, np.random.default_rng(1))
    assert repr(game) == "Game(8 sealed logs of 100 rows)"
    assert repr(deal(TWINS, 2, 3, np.random.default_rng(1), experiment=True)).endswith("3 rows, shown set by lot)")
    assert not any(word in repr(game) for word in WORLDS)


def test_a_strategy_that_spoils_its_log_spoils_a_copy():
    game = deal(TWINS, 3, 10, np.random.default_rng(1))
    before = [log.copy() for log in game.logs]

    def spoils(log):
        log.iloc[:, :] = 9
        return "first"

    assert isinstance(game.settle(spoils), Settled)
    assert all(log.equals(kept) for log, kept in zip(game.logs, before, strict=True))


@pytest.mark.parametrize(("rounds", "rows"), [(0, 10), (10, 0), (-1, 5)])
def test_no_logs_or_no_rows(rounds, rows):
    with pytest.raises(ExerciseError, match="cannot be dealt; take at least 1"):
        deal(TWINS, rounds, rows, np.random.default_rng(0))


# The settlement.


def settled(hits, rounds, experiment=False):
    return Settled(("first",) * rounds, ("first",) * hits + ("second",) * (rounds - hits), "ad", experiment)


def test_wilsons_interval_by_hand():
    # 8 of 10: centre (.8 + .19207) / 1.38415 = .71674, reach 1.96 sqrt(.016 + .0096036) / 1.38415 = .22658
    one = settled(8, 10)
    assert (one.hits, one.rounds, one.share) == (8, 10, 0.8)
    assert one.interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert settled(20, 20).interval == pytest.approx((0.8389, 1.0), abs=1e-4)
    assert settled(0, 20).interval == pytest.approx((0.0, 0.1611), abs=1e-4)


@pytest.mark.parametrize(("hits", "experiment", "says"), [
    (11, False, "No bet does better in the long run"),
    (19, False, "Luck, good or bad"),
    (1, False, "Luck, good or bad"),
    (19, True, "Here you beat it: ad was set by lot, so what goes with ad is caused by it."),
    (1, True, "Turn your bets round"),
    (11, True, "Here it can be beaten: ad was set by lot"),
])
def test_the_words_follow_the_hits(hits, experiment, says):
    one = settled(hits, 20, experiment)
    assert says in repr(one)
    assert f"{hits} of 20 logs: {hits / 20:.2f}, 95 % interval" in repr(one)
    assert repr(one).split(". ")[0] in one._repr_html_()


def test_a_list_of_bets_in_any_case_counts_as_bets():
    game = deal(TWINS, 3, 10, np.random.default_rng(1))
    one = game.settle([" First", "SECOND", "first"])
    assert one.bets == ("first", "second", "first")
    assert one.hits == sum(bet == world for bet, world in zip(one.bets, one.worlds, strict=True))


@pytest.mark.parametrize(("strategy", "verdict", "says"), [
    (..., "not attempted", "Replace the dots by your bets"),
    (["first", ..., "second"], "not attempted", "Replace the dots by your bets"),
    (lambda log: ..., "not attempted", "Replace the dots in the function"),
    (lambda log: None, "wrong", 'For log 1 your function gives nothing back; `return "first"`'),
    (lambda log: log["price"], "wrong", "Your function stops with KeyError ('price') for log 1."),
    (lambda log: 1 / 0, "wrong", "Your function stops with ZeroDivisionError (division by zero) for log 1."),
    (lambda: "first", "wrong", "Your function stops with TypeError"),
    (lambda log: True, "wrong", 'For log 1 your function gives True, which is true or false; bet "first" or "second".'),
    (lambda log: "third", "wrong", "For log 1 your function gives the text 'third'; bet"),
    (lambda log: log, "wrong", "For log 1 your function gives a DataFrame of shape (10, 2); bet"),
    (["first"], "wrong", "Your list has 1 of 3 bets; give one a log."),
    (["first", "1st", "first"], "wrong", "Bet 2 is the text '1st'; bet"),
    ("first", "wrong", "a function, or a list of bets, is expected"),
    (7, "wrong", "a function, or a list of bets, is expected"),
])
def test_a_learners_slips_are_told_and_nothing_is_opened(strategy, verdict, says):
    told = deal(TWINS, 3, 10, np.random.default_rng(1)).settle(strategy)
    assert isinstance(told, Feedback)
    assert told.verdict == verdict
    assert says in told.message


def test_an_error_in_a_later_log_names_it():
    game = deal(TWINS, 3, 10, np.random.default_rng(1))
    calls = []

    def second_time_unlucky(log):
        calls.append(log)
        return "first" if len(calls) == 1 else log.loc[99]

    assert "for log 2." in game.settle(second_time_unlucky).message
    assert isinstance(game, Game)
