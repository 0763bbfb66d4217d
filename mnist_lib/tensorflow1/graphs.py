"""Draw a TensorFlow graph: the operations that matter as boxes, and arrows for what flows between them."""

# Where notebook 15 places the boxes of softmax regression: the same in each of its pictures. y points down.
PLACES = {
    "X": (1.15, 0),
    "W": (0, 0),
    "labels": (2.3, 0),
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
COLOURS = {
    **dict.fromkeys(["X", "labels"], "#CDE4F3"),
    **dict.fromkeys(["W", "b"], "#FBE3B6"),
    **dict.fromkeys(["new W", "new b"], "#F6CFC7"),
}
LONGEST = 14  # letters in a line of a box


def needed(wanted):
    """Find what a session runs when it is asked for one thing: walk backwards along the edges.

    Parameters
    ----------
    wanted : tf.Tensor or tf.Operation
        Of a graph of TensorFlow 1.

    Returns
    -------
    set of tf.Operation
        Those that it needs, its own included; also those that only have to run earlier (``control_inputs``).
    """
    found, todo = set(), [getattr(wanted, "op", wanted)]
    while todo:
        operation = todo.pop()
        if operation not in found:
            found.add(operation)
            todo += [tensor.op for tensor in operation.inputs] + list(operation.control_inputs)
    return found


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
    found = set()
    for operation in operations:
        end, seen, todo = _box_of(operation, boxes), set(), [operation]
        while end and todo:  # backwards, to the nearest boxes
            op = todo.pop()
            for before in [tensor.op for tensor in op.inputs if op.type != "Shape"]:
                if start := _box_of(before, boxes):
                    found.add((start, end))
                elif before.name not in seen:
                    seen.add(before.name)
                    todo.append(before)
    return {(start, end) for start, end in found if start != end}


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
    operations, marked, patches = list(operations), set(marked), {}
    for box in dict.fromkeys(boxes.values()):
        inside = [op for op in operations if _box_of(op, boxes) == box]
        if box not in places:
            raise ValueError(f"No place for the box {box!r}; places has {', '.join(places)}.")
        if not inside:
            raise ValueError(f"No operation is in the box {box!r}. Compare the names in boxes with those of the graph.")
        look = {"boxstyle": "round", "fc": COLOURS.get(box, "#EEEEEE"), "ec": "none"}
        text = ax.text(*places[box], _words(box, inside), size=size, ha="center", va="center", bbox=look)
        patches[box] = text.get_bbox_patch()
    for start, end in sorted(arrows(operations, boxes)):
        look = {"color": "#CC3311", "lw": 2.2} if (start, end) in marked else {"color": "#777777", "lw": 1}
        look |= {"arrowstyle": "-|>", "connectionstyle": "arc3,rad=0.04"}
        look |= {"patchA": patches[start], "patchB": patches[end]}
        ax.annotate("", places[end], places[start], arrowprops=look)
    across, down = zip(*(places[box] for box in patches), strict=True)
    ax.set(xlim=(min(across) - 0.4, max(across) + 0.4), ylim=(max(down) + 0.35, min(down) - 0.3), title=title)
    ax.set_axis_off()
    return ax


def _box_of(op, boxes):
    for start, box in boxes.items():
        if op.name == start or (start.endswith("/") and op.name.startswith(start)):
            return box


def _words(box, operations):
    if len(operations) > 1:
        return f"{box}\n{len(operations)} operations"
    name, kind = operations[0].name, operations[0].type
    if len(kind) > LONGEST:
        kind = kind[: LONGEST - 1] + "…"
    return name if name == kind else f"{name if len(name) <= LONGEST else f'({box})'}\n{kind}"
