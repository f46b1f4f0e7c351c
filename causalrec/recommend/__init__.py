"""Interest, ranking, value: what a shopper may like, what showing it changes, and what to show.

Names load when first used: torch and transformers only when a text is read that no cache holds. First taught: lesson
5b; in full: lessons 4a to 5c.
"""

from causalrec._lazy import attach

# `rank` is a function in a module of the same name: importing it here settles which of the two the name means.
from causalrec.recommend.rank import rank as rank

__getattr__, __dir__ = attach(
    __name__,
    {
        "TextEncoder": "text",
        "cosine": "text",
        "nearest": "text",
        "InterestModel": "predict",
        "TextInterest": "predict",
        "fit_interest": "predict",
        "DRLearner": "uplift",
        "TLearner": "uplift",
        "dr_learner": "uplift",
        "t_learner": "uplift",
        "Ranking": "rank",
        "SCORES": "rank",
        "rank": "rank",
        "gain": "evaluate",
        "incremental_purchases": "evaluate",
        "ndcg": "evaluate",
        "scoreboard": "evaluate",
        "Recommender": "pipeline",
        "candidates_for": "pipeline",
        "fit_recommender": "pipeline",
        "learner_columns": "pipeline",
        "recommend": "pipeline",
        "uplift_intervals": "pipeline",
    },
)
