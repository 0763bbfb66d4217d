"""Graphs as boxes and arrows: what is joined, what is left out, what the boxes say."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest

from mnist_lib.tensorflow1 import graphs


def node(name, kind, *inputs):
    return SimpleNamespace(name=name, type=kind, inputs=[SimpleNamespace(op=op) for op in inputs])


X, W = node("X", "Placeholder"), node("W", "VarHandleOp")
READ = node("matmul/ReadVariableOp", "ReadVariableOp", W)
MATMUL = node("matmul", "MatMul", X, READ)
SHAPE = node("shape", "Shape", X)
LOSSES = node("losses/losses", "SparseSoftmaxCrossEntropyWithLogits", MATMUL, SHAPE)
SLOPES = [node("gradients/a", "Mul", LOSSES), node("gradients/b", "MatMul", LOSSES, X)]
GRAPH = [X, W, READ, MATMUL, SHAPE, LOSSES, *SLOPES]
BOXES = {"X": "X", "W": "W", "matmul": "matmul", "losses/losses": "losses", "gradients/": "gradients"}
ARROWS = {("X", "matmul"), ("W", "matmul"), ("matmul", "losses"), ("losses", "gradients"), ("X", "gradients")}


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def words(ax):
    return {text.get_text() for text in ax.texts} - {""}


def test_arrows_pass_through_what_is_in_no_box_but_not_through_a_shape():
    assert graphs.arrows(GRAPH, BOXES) == ARROWS
    assert graphs.arrows(GRAPH, BOXES | {"matmul/ReadVariableOp": "read"}) == ARROWS - {("W", "matmul")} | {
        ("W", "read"),
        ("read", "matmul"),
    }


def test_arrows_start_at_the_given_operations_only():
    assert graphs.arrows([MATMUL], BOXES) == {("X", "matmul"), ("W", "matmul")}
    assert graphs.arrows([], BOXES) == set()


def test_a_name_is_no_beginning_unless_it_says_so():
    assert graphs.arrows([MATMUL, READ], {"W": "W", "mat": "matmul"}) == set()


def test_many_ways_to_one_box_are_walked_once():
    op = node("X", "Placeholder")
    for depth in range(60):  # two ways at each of sixty steps
        op = node(f"plumbing{depth}", "Add", op, op)
    assert graphs.arrows([node("matmul", "MatMul", op)], BOXES) == {("X", "matmul")}


def test_what_the_boxes_say(ax):
    assert graphs.draw(ax, GRAPH, BOXES, "a title") is ax
    assert words(ax) == {
        "X\nPlaceholder",
        "W\nVarHandleOp",
        "matmul\nMatMul",
        "losses/losses\nSparseSoftmax…",
        "gradients\n2 operations",
    }
    assert ax.get_title(loc="left") + ax.get_title() == "a title" and not ax.axison


def test_a_long_name_gives_way_to_the_box_in_brackets(ax):
    graphs.draw(ax, [node("a/very/long/name/W", "Placeholder")], {"a/": "W"})
    assert words(ax) == {"(W)\nPlaceholder"}


def test_one_line_where_name_and_type_are_the_same(ax):
    graphs.draw(ax, [node("Mean", "Mean")], {"Mean": "loss"})
    assert words(ax) == {"Mean"}


def test_marked_arrows_are_red(ax):
    graphs.draw(ax, set_of(GRAPH), BOXES, marked=[("X", "gradients")])
    colours = [text.arrow_patch.get_edgecolor() for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(colours) == len(ARROWS) and len(set(colours)) == 2
    assert sorted(map(colours.count, set(colours))) == [1, len(ARROWS) - 1]


def set_of(operations):
    return {op.name: op for op in operations}.values()  # any iterable will do


def test_places_of_ones_own(ax):
    graphs.draw(ax, [X, MATMUL], {"X": "in", "matmul": "out"}, places={"in": (0, 0), "out": (0, 5)})
    assert ax.get_ylim()[0] > 5 and ax.get_ylim()[1] < 0  # y points down, and all boxes are inside


@pytest.mark.parametrize(
    ("boxes", "word"), [({"X": "nowhere"}, "No place for the box 'nowhere'"), ({"z": "X"}, "No operation")]
)
def test_a_box_without_place_or_operation(boxes, word, ax):
    with pytest.raises(ValueError, match=word):
        graphs.draw(ax, GRAPH, boxes)
