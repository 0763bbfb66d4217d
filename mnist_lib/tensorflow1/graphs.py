"""Draw a TensorFlow graph: the operations that matter as boxes, and arrows for what flows between them."""

# Where notebook 09 places the boxes of softmax regression: the same in each of its pictures. y points down.
PLACES = {
    "x": (1.15, 0),
    "W": (0, 0),
    "y": (2.3, 0),
    "b": (3.25, 0),
    "matmul": (0.62, 1.15),
    "logits": (0.95, 2.3),
    "probabilities": (0.5, 3.6),
    "losses": (2.05, 3.4),
    "loss": (2.55, 4.75),
    "gradients": (1.35, 4.75),
    "new W": (0.1, 5.95),
    "new b": (3.15, 5.95),
}
_COLOURS = {
    **dict.fromkeys(["x", "y"], "#CDE4F3"),
    **dict.fromkeys(["W", "b"], "#FBE3B6"),
    **dict.fromkeys(["new W", "new b"], "#F6CFC7"),
}
_LONGEST = 14  # letters in a line of a box


def arrows(operations, boxes):
    """Find what flows between the boxes; operations that are in no box are passed through.

    Parameters
    ----------
    operations : iterable of tf.Operation
        Those of the graph that count.
    boxes : dict of str to str
        An operation's name, or how the names of several begin (then it ends in "/"), to the box it is in.

    Returns
    -------
    set of (str, str)
        Pairs of boxes, from and to. What an operation only asks the shape of does not count.
    """
    return {
        (start, end)
        for op in operations
        if (end := _box_of(op, boxes))
        for start in _boxes_before(op, boxes)
        if start != end
    }


def draw(ax, operations, boxes, title="", *, places=PLACES, marked=(), size=9):
    """Draw a graph as boxes and arrows.

    A box's first line is the operation's name, or in brackets the box's if that name is long; its second
    line is the operation's type. A box of several operations says how many they are.

    Parameters
    ----------
    ax : matplotlib Axes
    operations, boxes
        As for ``arrows``.
    title : str
        What to see.
    places : dict of str to (x, y)
        The middle of each box, y pointing down.
    marked : iterable of (str, str)
        Arrows that are drawn in red.
    size : float
        Of the letters, in points.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a box has no place, or none of the operations is in it.
    """
    operations = list(operations)
    inside = {box: [op for op in operations if _box_of(op, boxes) == box] for box in boxes.values()}
    for box, its_operations in inside.items():
        if box not in places:
            raise ValueError(f"No place for the box {box!r}; places has {', '.join(places)}.")
        if not its_operations:
            raise ValueError(f"No operation is in the box {box!r}. Compare the names in boxes with those of the graph.")
    patches = {}
    for box, its_operations in inside.items():
        look = {"boxstyle": "round", "fc": _COLOURS.get(box, "#EEEEEE"), "ec": "none"}
        text = ax.text(*places[box], _words(box, its_operations), size=size, ha="center", va="center", bbox=look)
        patches[box] = text.get_bbox_patch()
    marked = set(marked)
    for start, end in sorted(arrows(operations, boxes)):
        red = (start, end) in marked
        look = {"arrowstyle": "-|>", "color": "#CC3311" if red else "#777777", "lw": 2.2 if red else 1}
        look |= {"connectionstyle": "arc3,rad=0.04", "patchA": patches[start], "patchB": patches[end]}
        ax.annotate("", places[end], places[start], arrowprops=look)
    across, down = zip(*(places[box] for box in inside), strict=True)
    ax.set(xlim=(min(across) - 0.4, max(across) + 0.4), ylim=(max(down) + 0.35, min(down) - 0.3), title=title)
    ax.set_axis_off()
    return ax


def _box_of(op, boxes):
    for start, box in boxes.items():
        if op.name == start or (start.endswith("/") and op.name.startswith(start)):
            return box
    return None


def _boxes_before(op, boxes):
    """Walk backwards from an operation to the nearest boxes."""
    found, seen, todo = set(), set(), [op]
    while todo:
        op = todo.pop()
        for before in [tensor.op for tensor in op.inputs] if op.type != "Shape" else []:
            if box := _box_of(before, boxes):
                found.add(box)
            elif before.name not in seen:
                seen.add(before.name)
                todo.append(before)
    return found


def _words(box, operations):
    if len(operations) > 1:
        return f"{box}\n{len(operations)} operations"
    name, kind = operations[0].name, operations[0].type
    if len(kind) > _LONGEST:
        kind = kind[: _LONGEST - 1] + "…"
    first = name if len(name) <= _LONGEST else f"({box})"
    return name if name == kind else f"{first}\n{kind}"
