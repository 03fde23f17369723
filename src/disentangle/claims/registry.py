"""What claims measure: name -> "module:class". A new measure is its file, its line here, and a claim in the ledger."""

from disentangle.claims.base import Claim
from disentangle.late import load

MEASURES = {
    "accuracy": "disentangle.claims.accuracy:AccuracyClaim",
    "difference": "disentangle.claims.difference:DifferenceClaim",
    "separation": "disentangle.claims.separation:SeparationClaim",
    "hump": "disentangle.claims.hump:HumpClaim",
    "values": "disentangle.claims.values:ValuesClaim",
    "networks": "disentangle.claims.networks:NetworksClaim",
    "gradient": "disentangle.claims.gradient:GradientClaim",
    "approximation": "disentangle.claims.approximation:ApproximationClaim",
    "convergence": "disentangle.claims.convergence:ConvergenceClaim",
    "search": "disentangle.claims.search:SearchClaim",
    "transplant": "disentangle.claims.transplant:TransplantClaim",
}


def measures() -> dict[str, type[Claim]]:
    """The class of each measure."""
    return {name: load(address) for name, address in MEASURES.items()}
