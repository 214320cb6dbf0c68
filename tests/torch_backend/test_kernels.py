"""The kernels of eager steps compute what their primitive's text does, and its first and second derivatives."""

import pytest
import torch

from diptych import kernels, primitives
from diptych_torch.kernels import EAGER, KERNELS, Kernels, xp

pytestmark = pytest.mark.torch

LINE = torch.tensor([-800.0, -60.0, -0.5, -1e-9, 0.0, 1e-9, 0.3, 20.0], dtype=torch.float64)
POINTS = torch.tensor([[0.0, 2.0], [1.0, -1.0], [0.0, 2.0]], dtype=torch.float64)
GRID = torch.arange(12, dtype=torch.float64).reshape(3, 2, 2) % 5
WIDE = torch.arange(30, dtype=torch.float64).reshape(3, 10) % 7
SQUARE = torch.tensor([[torch.inf, 1.0, 2.0], [-1.0, 0.0, 3.0], [0.5, 4.0, -2.0]], dtype=torch.float64)
CALLS = {
    kernels._hyperbolas: [(LINE.abs(), [0.5, 3.0])],
    primitives.expm1: [(LINE,)],
    primitives.softplus: [(LINE,), (20 * LINE,)],
    primitives.relu: [(LINE,)],
    primitives.clip: [(LINE, -0.5, 0.3)],
    primitives.logsumexp: [(WIDE, 0), (WIDE, 1), (1e4 + GRID, 2)],
    primitives.row_norm: [(POINTS - 1,), (GRID,), (LINE,)],
    primitives.off_diagonal: [(SQUARE,)],
    primitives.row_squared_distances: [(POINTS, POINTS.flip(0)), (GRID, GRID.flip(0)), (LINE, LINE.flip(0))],
    primitives.squared_distances: [(POINTS, POINTS[:2] + 1), (GRID, GRID[1:]), (LINE, LINE[2:]), (WIDE, WIDE[1:])],
    primitives.self_distances: [(POINTS,), (GRID,), (LINE,), (WIDE,)],
}


def derivatives(f, arguments):
    """The value, the slope of a sum of its squares by each array, and that slope's own."""
    held = [x.clone().requires_grad_() if isinstance(x, torch.Tensor) else x for x in arguments]
    arrays = [x for x in held if isinstance(x, torch.Tensor)]
    value = f(*held)
    first = torch.autograd.grad((value * value).sum(), arrays, create_graph=True)
    total = sum((slope * slope).sum() for slope in first)
    return [value, *first, *torch.autograd.grad(total, arrays, allow_unused=True, materialize_grads=True)]


def test_every_kernel_is_called_here():
    called = set()

    class Noting(Kernels):
        def evaluate(self, f, args, kwargs):
            called.add(f)
            return super().evaluate(f, args, kwargs)

    for f, calls in CALLS.items():
        for arguments in calls:
            f(*arguments, xp=Noting())
    assert called >= set(KERNELS)


@pytest.mark.parametrize("f", CALLS, ids=lambda f: f.__name__)
def test_a_kernel_has_the_value_and_the_derivatives_of_the_text(f):
    for arguments in CALLS[f]:
        found = derivatives(lambda *given: f(*given, xp=EAGER), arguments)
        text = derivatives(lambda *given: f(*given, xp=xp), arguments)
        for a, b in zip(found, text, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("f", CALLS, ids=lambda f: f.__name__)
def test_a_kernel_keeps_a_number_that_is_none(f):
    for first, *others in CALLS[f]:
        broken = first.clone()
        broken.view(-1)[1] = torch.nan
        assert f(broken, *others, xp=EAGER).isnan().any()


def test_the_derivative_of_expm1_is_right_where_it_is_small():
    x = torch.tensor([-60.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(primitives.expm1(x, xp=EAGER).sum(), x)
    torch.testing.assert_close(slope, torch.exp(x), rtol=1e-15, atol=0)


def test_a_norm_whose_square_is_no_number_has_its_slope():
    x = torch.tensor([[3e200, -4e200], [0.0, 0.0], [-3e-200, 4e-200], [1.0, 0.0]], dtype=torch.float64)
    x.requires_grad_()
    norm = primitives.row_norm(x, xp=EAGER)
    (slope,) = torch.autograd.grad(norm.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope[:, 1].sum(), x)
    expected = torch.tensor([[0.6, -0.8], [0.0, 0.0], [-0.6, 0.8], [1.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(
        norm, torch.tensor([5e200, 0.0, 5e-200, 1.0], dtype=torch.float64), rtol=1e-15, atol=0
    )
    torch.testing.assert_close(slope, expected, rtol=1e-15, atol=0)
    along = [[0.48 / 5e200, 0.36 / 5e200], [0.0, 0.0], [0.48 / 5e-200, 0.36 / 5e-200], [0.0, 1.0]]
    torch.testing.assert_close(second, torch.tensor(along, dtype=torch.float64), rtol=1e-14, atol=0)
