"""Lesson 4b, Is the language model better than the simple thing: its exercises."""

from __future__ import annotations

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Choice, Guess, Number

EXERCISES = (
    Exercise(
        id="4b.guess",
        prompt="Which of five models sorts known items best, for shoppers whose clicks of four weeks it has?",
        judge=Guess(options=("popularity", "item-kNN", "factorisation", "NCF", "fine-tuned BERT")),
        solution="",
    ),
    Exercise(
        id="4b.1",
        prompt="Two shoppers clicked the lamp, one the novel, and one of them both. How alike are lamp and novel, by "
        "the shrunk likeness with a shrink of 10?",
        judge=Number(
            expected=1 / (2**0.5 + 10),
            tolerance=0.001,
            low=0.0,
            high=1.0,
            praise="One shopper in common, over the root of 2 · 1 plus 10: from very alike to hardly.",
        ),
        hints=(
            "Read off how many clicked both, how many the lamp, how many the novel.",
            "n is 1 for both, 2 for the lamp, 1 for the novel: 1 / (√(2 · 1) + 10). `np.sqrt` is the root.",
        ),
        solution="`answer = 1 / (np.sqrt(2 * 1) + 10)`, which is about 0.088.",
        mistakes=(
            Mistake(1 / 2**0.5, "That is the plain cosine. You forgot the shrink: add 10 below the line."),
            Mistake(
                1 / (2 * 1 + 10),
                "Below the line stands the root of 2 · 1, not 2 · 1 itself.",
                verdict="almost",
            ),
            Mistake(1 / (2 * 1 + 10) ** 0.5, "The 10 is added after the root is taken, not under it.", "almost"),
            Mistake(1 / 3, "That divides by the clicks of lamp and novel together. Take the root of 2 · 1."),
            Mistake(1 / (2**0.5 * 10), "The shrink is added below the line, not multiplied.", "almost"),
            Mistake(1 / 2**0.5 - 10, "The shrink is added below the line, not taken from the whole."),
            Mistake(0.1, "You left the root of 2 · 1 out: the 10 is added to it.", "almost"),
        ),
    ),
    Exercise(
        id="4b.2",
        prompt="Of 40 regulars 20 browse a lamp and 10 click; of 60 others 12 browse it and 3 click. Within each group "
        "those who browse click like the rest would. Which share of all 100 would click if all came across it?",
        judge=Number(
            expected=0.35,
            tolerance=0.002,
            low=0.0,
            high=1.0,
            praise="10 / 0.5 + 3 / 0.2 = 35 of 100: each click counts for all whom its shopper stands for.",
        ),
        hints=(
            "With which chance does a regular browse the lamp? With which one of the others?",
            "A regular who browses stands for two, another for five.",
        ),
        solution="`answer = (10 / (20 / 40) + 3 / (12 / 60)) / 100`, which is 0.35.\n\n"
        "The same without weights: half of 40 regulars and a quarter of 60 others.",
        mistakes=(
            Mistake(
                13 / 32,
                "That is the plain share among those who browsed. Regulars browse more easily, so there are too many "
                "of them; weight by one over the chance.",
            ),
            Mistake(
                (10 * 0.5 + 3 * 0.2) / (20 * 0.5 + 12 * 0.2),
                "You weighted by the propensity. That favours even more whoever is seen often; take its inverse.",
            ),
            Mistake(
                13 / 100,
                "You counted the clicks that were seen, over all 100. Who did not browse could not click; that is no "
                "refusal.",
            ),
            Mistake(
                (10 / 20 + 3 / 12) / 2,
                "You gave both groups the same weight. There are 40 regulars and 60 others.",
                verdict="almost",
            ),
            Mistake(
                32 / 100,
                "That is the share who browsed. Asked is who would click.",
            ),
        ),
    ),
    Exercise(
        id="4b.3",
        prompt="Held-out losses of up to six epochs would be 62, 55, 53, 54, 56, 51. Training ends after two epochs in "
        "a row without a lower held-out loss. The weights of which epoch does it end with?",
        judge=Number(
            expected=3,
            tolerance=0.01,
            low=1.0,
            high=6.0,
            praise="Epochs 4 and 5 bring nothing lower, so the sixth never runs, and those of epoch 3 are kept.",
        ),
        hints=(
            "Go through the epochs and keep the lowest loss so far. When have two in a row not beaten it?",
            "After epoch 5 it stops. Which of epochs 1 to 5 was best?",
        ),
        solution="`answer = 3`\n\n"
        "54 and 56 are not below 53, so training ends after epoch 5, with the weights of epoch 3. That a sixth would "
        "have been better nobody gets to know.",
        mistakes=(
            Mistake(6, "Epoch 6 would be the best, but it never runs: epochs 4 and 5 have not beaten 53."),
            Mistake(
                5,
                "After epoch 5 it stops, but its weights are not those that stay: the best ones do.",
                verdict="almost",
            ),
            Mistake(4, "Epoch 4 is the first that brings nothing lower; two in a row must do so. And the best stay."),
            Mistake(2, "From epoch 2 to epoch 3 the loss still falls."),
        ),
    ),
    Exercise(
        id="4b.4",
        prompt="A calibrated model says chances strictly between 0 and 1, not all alike. Somebody squares them all. "
        "What becomes worse?",
        judge=Choice(
            options={
                "AUC": "Of two chances the greater one has the greater square, so the order stays, and with it the "
                "AUC.",
                "log loss": "The order stays, so the AUC does. But where one half was said and came true, a quarter is "
                "said now.",
                "both": "One of the two sees the order alone, and squares of chances keep the order.",
                "neither": "A chance of one half came true in half of the cases. Now the model says a quarter there.",
            },
            right="log loss",
        ),
        hints=("Try chances of 0.5 and 0.8. Which is greater afterwards? And how often does what got 0.5 happen?",),
        solution='`answer = "log loss"`\n\n'
        "Squaring keeps the order of chances, so the AUC stays. But they are too low now: where all pairs were clicked "
        "as often as was said, any other chance has a higher log loss on average.",
    ),
    Exercise(
        id="4b.5",
        prompt="Last month a model told 100 patients 4 in 10, and 20 of them needed a bed; it told 100 others 2 in 10, "
        "and 10 needed one. Today 50 patients get 4 in 10 and 150 get 2 in 10. How many beds will be needed, on "
        "average?",
        judge=Number(
            expected=25,
            tolerance=0.01,
            low=0.0,
            high=200.0,
            praise="50 patients at 2 in 10 and 150 at 1 in 10: what came true, not what was said.",
        ),
        hints=(
            "Of those who were told 4 in 10, which share needed a bed?",
            "20 of 100 and 10 of 100. Carry these shares over to 50 and 150 patients.",
        ),
        solution="`answer = 50 * 20 / 100 + 150 * 10 / 100`, which is 25.\n\n"
        "The model sorts well: who gets 4 in 10 needs a bed twice as often. But both chances are twice too high. AUC "
        "cannot see that, and who plans beds must.",
        mistakes=(
            Mistake(
                50,
                "You believed the chances as they are said. Last month half as many needed a bed; a high AUC does not "
                "say that chances come true.",
            ),
            Mistake(30, "So many needed a bed last month. Today fewer patients are in the group of 4 in 10."),
            Mistake(10, "Those are the beds of the first group alone.", verdict="almost"),
            Mistake(15, "Those are the beds of the second group alone.", verdict="almost"),
            Mistake(
                100,
                "You doubled what the model says. It says too much already; what came true is half of it.",
            ),
        ),
    ),
)
