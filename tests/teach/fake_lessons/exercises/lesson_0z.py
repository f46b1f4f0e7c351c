"""A lesson of one exercise of each kind; never part of the course."""

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Case, Choice, Function, Guess, Number, Order, Subset, Vector


def uplift(mu0, mu1):
    """What showing adds."""
    return mu1 - mu0


def level(mu0, mu1):
    return mu1


EXERCISES = (
    Exercise(
        id="0z.1",
        prompt="What does showing add for the persuadable (0.05 without, 0.50 with)?",
        judge=Number(0.45, tolerance=0.005, low=-1, high=1, praise="Showing adds 0.45."),
        solution="`answer = 0.50 - 0.05`",
        hints=("Compare two worlds.", "Subtract what happens without."),
        mistakes=(Mistake(0.50, "That is what happens with showing; subtract what happens without."),),
    ),
    Exercise(
        id="0z.2",
        prompt="Which question does P(buy | seen) answer?",
        judge=Choice(
            {
                "seeing": "It is a share among the rows in which the item was seen.",
                "doing": "No: nobody intervened; those who saw it were chosen.",
                "imagining": "No: that compares two worlds for one user.",
            },
            right="seeing",
        ),
        solution="Seeing: no do() stands in it.",
        hints=("Look for a do().",),
    ),
    Exercise(
        id="0z.3",
        prompt="Which of these must be held fixed?",
        judge=Subset(
            frozenset({"activity", "score"}),
            among=("activity", "score", "clicked"),
            because={"clicked": "clicked lies between cause and effect."},
        ),
        solution="activity and score: both come before.",
        hints=("What came before the recommendation?",),
        mistakes=(Mistake({"activity", "score", "clicked"}, "Holding clicked fixed hides what showing does."),),
    ),
    Exercise(
        id="0z.4",
        prompt="Write uplift(mu0, mu1).",
        judge=Function(
            uplift,
            cases=(Case((0.05, 0.50), 0.45), Case((0.40, 0.40), 0.0), Case((0.0, 0.2), 0.2)),
            praise="That is τ.",
        ),
        solution="The difference:",
        hints=("Two worlds, one minus the other.",),
        mistakes=(Mistake(level, "That is the level with showing; subtract the level without."),),
    ),
    Exercise(
        id="0z.5",
        prompt="The uplift of the three items, in order.",
        judge=Vector(lambda: [0.0, 0.45, -0.1], tolerance=0.001),
        solution="Differences of the two columns.",
        hints=("One subtraction does all.",),
        mistakes=(Mistake([0.4, 0.5, 0.1], "Those are the levels with showing."),),
    ),
    Exercise(
        id="0z.6",
        prompt="Rank by uplift, the best first.",
        judge=Order(("persuadable", "sure thing", "annoyed")),
        solution="By the differences.",
        hints=("Sort from high to low.",),
        mistakes=(Mistake(["sure thing", "persuadable", "annoyed"], "That is the order of interest.", "almost"),),
    ),
    Exercise(
        id="0z.7", prompt="Guess the share of buyers whom showing moved.", judge=Guess(low=0, high=1), solution=""
    ),
    Exercise(
        id="0z.8", prompt="Guess which ranking sells most.", judge=Guess(options=("interest", "uplift")), solution=""
    ),
)
