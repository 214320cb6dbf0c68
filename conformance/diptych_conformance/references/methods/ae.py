"""The plain auto-encoder: nothing ties its codes to a prior."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.codes import reconstruction
from diptych_conformance.references.methods.primal import autoencoder
from diptych_conformance.references.play import adam
from diptych_conformance.references.statement import ReferenceMethod, Statement


def ae() -> ReferenceMethod:
    return autoencoder(lambda nets, x, noise: reconstruction(nets, x, nets.encoder(x)), rule=adam(1e-3))


READING = reading.Reading(symbols.codes, numbers=(0,), words=reading.SQUARED)
STATEMENTS = (Statement("ae", ae, card=READING),)
