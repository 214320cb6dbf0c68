"""What methods are composed of: `dual(divergence)`, `primal(cost, latent=...)`, `hybrid(cost, game, latent=...)`.

Those three are `diptych.dual`, `diptych.primal` and `diptych.hybrid`; here are the parts they take.
"""

from diptych.algebra import encoders
from diptych.algebra.adversarial import adversarial_kl
from diptych.algebra.hybrid_losses import LearnedCost
from diptych.algebra.latent import aggregate, conditional_kl

__all__ = ["LearnedCost", "adversarial_kl", "aggregate", "conditional_kl", "encoders"]
