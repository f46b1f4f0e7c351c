"""What makes a lesson a lesson: exercises with feedback at once, measured claims, figures that describe themselves."""

from causalrec._lazy import attach

# The function shares its name with its module. Importing it here binds the name to the function for good: left to the
# lazy lookup below, `from causalrec.teach import claim` would hand out the module. It loads nothing heavy.
from causalrec.teach.claim import claim as claim

__getattr__, __dir__ = attach(
    __name__,
    {
        "Array": "judge",
        "Case": "judge",
        "Choice": "judge",
        "Claim": "claim",
        "Exercise": "exercise",
        "Game": "game",
        "Settled": "game",
        "deal": "game",
        "Feedback": "answer",
        "Function": "judge",
        "Guess": "judge",
        "Mistake": "exercise",
        "Names": "judge",
        "Note": "exercise",
        "Number": "judge",
        "Ranking": "judge",
        "Verdict": "claim",
        "bars": "figure",
        "bayes_square": "figure",
        "calibration": "figure",
        "check": "exercise",
        "claim": "claim",
        "claims": "claim",
        "environment_check": "environment",
        "graph": "figure",
        "hint": "exercise",
        "logistic_curve": "figure",
        "paths": "figure",
        "pipeline": "figure",
        "quadrants": "figure",
        "sampling_error": "figure",
        "scoreboard": "figure",
        "self_test": "exercise",
        "show": "figure",
        "solution": "exercise",
        "stratified_bars": "figure",
        "surgery": "figure",
        "twin_network": "figure",
        "where_it_breaks": "claim",
    },
)
