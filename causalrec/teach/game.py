"""The game of twin worlds: sealed logs, a bet on the world each came from, and what bets can win.

`deal` tosses a fair coin for every log, draws the log from the world that the coin names, and seals the coins.
`Game.settle` takes bets, or a function that bets, opens the coins and counts.

First taught: lesson 2a.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from causalrec.causal.belief.proportion import wilson_interval
from causalrec.causal.models.mechanism import categorical
from causalrec.causal.models.scm import SCM
from causalrec.causal.models.twins import Twins
from causalrec.errors import ExerciseError
from causalrec.teach.answer import Feedback, UnreadableAnswer, boxed, described, read_items, read_label, untouched
from causalrec.teach.judge import reason

if TYPE_CHECKING:
    import pandas as pd

World = Literal["first", "second"]
WORLDS: tuple[World, World] = ("first", "second")
Strategy = Callable[["pd.DataFrame"], str] | Sequence[str]


@dataclass(frozen=True, repr=False)
class Settled:
    """How a game went: the hits, their share with a 95 % interval, and what to make of it.

    Attributes:
        bets: the bets, one a log.
        worlds: the worlds that the logs came from; the coins, opened.
        x: the variable to act on.
        experiment: whether x was set by lot in the logs.

    First taught: lesson 2a.
    """

    bets: tuple[World, ...]
    worlds: tuple[World, ...]
    x: str
    experiment: bool

    @property
    def hits(self) -> int:
        """How many bets named the right world."""
        return sum(bet == world for bet, world in zip(self.bets, self.worlds, strict=True))

    @property
    def rounds(self) -> int:
        """How many bets there were."""
        return len(self.bets)

    @property
    def share(self) -> float:
        """Hits as a share of the bets."""
        return self.hits / self.rounds

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the chance to hit, as `causalrec.causal.belief.proportion.wilson_interval` has it."""
        low, high = wilson_interval(self.hits, self.rounds)
        return float(low), float(high)

    def __repr__(self) -> str:
        """Hits, share, interval and what they mean, as text."""
        return f"{self._counted} {self._meaning}"

    def _repr_html_(self) -> str:
        return boxed(f"{self.hits} of {self.rounds} hit", f"{self._counted} {self._meaning}", "#0072B2")

    @property
    def _counted(self) -> str:
        low, high = self.interval
        return (f"You named the world of {self.hits} of {self.rounds} logs: {self.share:.2f}, 95 % interval "
                f"{low:.2f} to {high:.2f}. A coin gets 0.50.")

    @property
    def _meaning(self) -> str:
        low, high = self.interval
        better, worse = low > 0.5, high < 0.5
        if self.experiment and (better or worse):
            how = "Here" if better else "Turn your bets round, and here"
            return f"{how} you beat it: {self.x} was set by lot, so what goes with {self.x} is caused by it."
        if self.experiment:
            return f"Here it can be beaten: {self.x} was set by lot. In which world does anything then go with it?"
        if better or worse:
            return ("Luck, good or bad, takes 1 game in 20 that far. Deal again: both worlds give every log the same "
                    "chance, so no bet can know more than the coin.")
        return "No bet does better in the long run: both worlds give every log the same chance."


@dataclass(frozen=True, repr=False, eq=False)
class Game:
    """Logs, each from one of two worlds, and the sealed coins that say which.

    Attributes:
        logs: one DataFrame a round, with the same columns in the same order in either world.
        x: the variable to act on.
        experiment: whether x was set by lot in all of them.

    First taught: lesson 2a.
    """

    logs: tuple[pd.DataFrame, ...]
    x: str
    experiment: bool
    _worlds: tuple[World, ...]

    def __repr__(self) -> str:
        """How many logs there are, and no more."""
        how = f", {self.x} set by lot" if self.experiment else ""
        return f"Game({len(self.logs)} sealed logs of {len(self.logs[0])} rows{how})"

    def settle(self, strategy: Strategy) -> Settled | Feedback:
        """What came of a strategy: a function that gets a log and returns "first" or "second", or a list of such bets.

        The function gets a copy of each log. Where it stops with an error or returns something else, where bets are
        missing or still dots, feedback says so and nothing is opened.

        Without an experiment no strategy wins more than half of the rounds in the long run. Both worlds have the same
        table, so a log L has the same law in both, so it is independent of the coin C that chose the world; and then,
        for every bet b that is a function of L (or of L and a coin of the learner's own),

            P(b(L) = C) = P(b = first) / 2 + P(b = second) / 2 = 1/2.

        With an experiment L follows P(v | do(x)) of its world, which differs. (The theorem speaks of bets that are made
        before anything is opened. Who settles twice and changes a bet in between has looked.)

        First taught: lesson 2a.
        """
        if untouched(strategy):
            return Feedback("not attempted", 'Replace the dots by your bets, or by a function that bets, '
                            "then run the cell again.")
        try:
            bets = self._asked(strategy) if callable(strategy) else self._listed(strategy)
        except UnreadableAnswer as told:
            return told.feedback
        return Settled(bets, self._worlds, self.x, self.experiment)

    def _asked(self, strategy: Callable[[pd.DataFrame], Any]) -> tuple[World, ...]:
        """The bets that a function makes, one a log."""
        bets = []
        for number, log in enumerate(self.logs, 1):
            try:
                bet = strategy(log.copy())
            except Exception as error:
                raise UnreadableAnswer(f"Your function stops with {reason(error)} for log {number}.") from None
            if bet is ...:
                raise UnreadableAnswer("Replace the dots in the function, then run the cell again.", "not attempted")
            if bet is None:
                raise UnreadableAnswer(f'For log {number} your function gives nothing back; `return "first"` or '
                                       '`return "second"` in every case.')
            bets.append(_bet(bet, f"For log {number} your function gives {described(bet)}"))
        return tuple(bets)

    def _listed(self, strategy: Any) -> tuple[World, ...]:
        """The bets in a list, one a log."""
        bets = read_items(strategy, "a function, or a list of bets,")
        if len(bets) != len(self.logs):
            raise UnreadableAnswer(f"Your list has {len(bets)} of {len(self.logs)} bets; give one a log.")
        return tuple(_bet(bet, f"Bet {number} is {described(bet)}") for number, bet in enumerate(bets, 1))


def deal(twins: Twins, rounds: int, rows: int, rng: np.random.Generator, *, experiment: bool = False) -> Game:
    """A game of `rounds` logs with `rows` rows each, every log from one of the twin worlds by a fair coin.

    With `experiment`, x is set by lot in either world: each of its values with the same chance, whatever else is so.

    Raises:
        ExerciseError: there is not at least one round and one row.

    First taught: lesson 2a.
    """
    if rounds < 1 or rows < 1:
        raise ExerciseError(f"a game of {rounds} logs with {rows} rows each cannot be dealt; take at least 1 of both.")
    worlds = tuple(WORLDS[coin] for coin in rng.integers(0, 2, rounds))
    models = {name: _by_lot(model, twins) if experiment else model for name, model in zip(WORLDS, twins, strict=True)}
    columns = list(twins.joint.variables)  # one order and one type for both: a log's looks must not tell
    logs = tuple(models[world].sample(rows, rng)[columns] for world in worlds)
    return Game(logs, twins.x, experiment, worlds)


def _by_lot(model: SCM, twins: Twins) -> SCM:
    """The model with x set by a fair lot among its values."""
    domain = twins.joint.domains[twins.joint.variables.index(twins.x)]
    lot = np.full(len(domain), 1 / len(domain))
    return model.do(**{twins.x: categorical((), lambda: lot, domain)})


def _bet(bet: Any, told: str) -> World:
    """The world that a bet names, whatever its case."""
    try:
        label = read_label(bet, WORLDS)
    except UnreadableAnswer:
        raise UnreadableAnswer(f'{told}; bet "first" or "second".') from None
    return "first" if label == "first" else "second"
