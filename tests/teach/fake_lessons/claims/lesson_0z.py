"""Two claims that share a measurement; never part of the course."""

from causalrec.teach.claims import Claim

MEASURED: list[str] = []


def measured(world):
    MEASURED.append(world)
    return {"uplift": 0.58 if world == "course" else 0.10, "article": 0.18}


CLAIMS = (
    Claim(
        id="0z.beats",
        sentence="Ranked by uplift, the shop gains {uplift:.2f}; by the article's score, {article:.2f}.",
        measure=measured,
        holds=lambda figures: figures["uplift"] > figures["article"] + 0.05,
        margin="uplift must lead by 0.05.",
        world="course",
        breaks_in="no effect",
        breaks_because="Where showing moves nobody, uplift is noise and gains {uplift:.2f}.",
    ),
    Claim(
        id="0z.positive",
        sentence="Uplift gains {uplift:.2f}.",
        measure=measured,
        holds=lambda figures: figures["uplift"] > 0.2,
        margin="more than 0.20.",
        world="course",
        breaks_in="no effect",
        breaks_because="Nobody is moved.",
    ),
)
