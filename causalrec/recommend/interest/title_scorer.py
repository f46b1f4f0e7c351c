"""A causal language model as judge of titles: does an item's title become likelier after what a user clicked?"""

from __future__ import annotations

from typing import Any

import numpy as np

from causalrec.errors import DataError
from causalrec.recommend.interest.calibration import Method
from causalrec.recommend.interest.clicks import NumberedScore, last_clicked, recent_items, without_itself
from causalrec.recommend.interest.interface import Calibrated, calibrated
from causalrec.recommend.text.causal_language_model import CausalLanguageModel
from causalrec.recommend.text.words import listed_texts
from causalrec.shop.log import Log
from causalrec.types import Array


def fit_title_scorer(
    log: Log, language_model: CausalLanguageModel, clicks: int = 10, method: Method = "platt"
) -> Calibrated:
    """Interest as how much likelier an item's title becomes after the titles that the user clicked.

    Score = [ln P(title | clicked titles) - ln P(title | no prompt)] / tokens of the title: the pointwise mutual
    information a token, so that long or rare titles are not disliked for it. The prompt is the user's last `clicks`
    clicked titles, oldest first, a line each, the item's own left out. A user without history has the base. Where the
    log has no history its own clicks stand in, as in `without_itself`. The model reads every pair once: with a large
    one, fit it on a small log.

    Raises: DataError for fewer than one click or a model that cannot be used, EstimationError where the target never
    varies.
    Source: Brown et al. 2020 (GPT-3), section 2.4 (likelihood a token, divided by the unprompted one); Sileo, Vossen &
    Raymaekers 2022 (titles of liked items as a prompt).
    """
    if clicks < 1:
        raise DataError(f"clicks is {clicks}; let the prompt hold at least 1.")
    titles, recent = listed_texts(log.catalogue.items["title"]), recent_items(log)

    def fit(matrix: Any) -> NumberedScore:
        def prompt_of(user: int, item: int) -> str:
            return "".join(f"{titles[one]}\n" for one in reversed(last_clicked(matrix, recent, user, item, clicks)))

        def score(user: Array, item: Array) -> Array:
            prompts = [prompt_of(*pair) for pair in zip(user, item, strict=True)]
            known = np.array([bool(prompt) for prompt in prompts], dtype=bool)
            asked = [prompt for prompt in prompts if prompt]
            wanted = [titles[number] for number in item[known]]
            values = np.full(len(user), np.nan)
            after = language_model.likelihood(asked, wanted).per_token
            values[known] = after - language_model.likelihood([""] * len(wanted), wanted).per_token
            return values

        return score

    return calibrated("causal language model", log, without_itself(log, fit), method)
