"""What makes a lesson a lesson: exercises with feedback at once, measured claims, figures that describe themselves."""

from causalrec._lazy import attach

__getattr__, __dir__ = attach(
    __name__,
    {
        "Case": "judge",
        "Choice": "judge",
        "Claim": "claims",
        "Exercise": "exercise",
        "Feedback": "answer",
        "Function": "judge",
        "Game": "game",
        "Guess": "judge",
        "Mistake": "exercise",
        "Note": "exercise",
        "Number": "judge",
        "Order": "judge",
        "Settled": "game",
        "Subset": "judge",
        "Vector": "judge",
        "Verdict": "claims",
        "all_claims": "claims",
        "check": "exercise",
        "claim": "claims",
        "deal": "game",
        "hint": "exercise",
        "self_test": "exercise",
        "solution": "exercise",
        "where_it_breaks": "claims",
    },
)
