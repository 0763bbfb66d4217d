// The page's side of mnist_lib.live.DigitCanvas: one plain module for anywidget, nothing to build or fetch.
//
// A stroke is {width, points: [[x, y], ...]} in a square of 1 x 1. It is shown as an SVG path: crisp on every
// screen, and in the text colour of the theme. Python draws its picture from the same points.

const PAGE = `
  <div class="dc-paper">
    <svg data-role="paper" viewBox="0 0 1 1" tabindex="0" role="img"
      aria-label="Paper: draw a digit with mouse, pen or finger. Ctrl+Z takes the last stroke back."></svg>
    <span class="dc-invitation" aria-hidden="true">draw a digit here</span>
  </div>
  <div class="dc-answer">
    <div class="dc-head" aria-hidden="true"><b data-role="digit"></b><span data-role="sure"></span></div>
    <div class="dc-bars" data-role="bars" role="img"></div>
    <span class="dc-unseen" data-role="spoken" role="status"></span>
  </div>
  <div class="dc-tools">
    <button type="button" data-role="undo" title="Take the last step back (Ctrl+Z)">Undo</button>
    <button type="button" data-role="clear" title="Start on empty paper">Clear</button>
    <label>Pen
      <input type="range" data-role="pen" min="3" max="12" value="7" aria-label="Pen width, % of the paper"></label>
    <span class="dc-tip" aria-hidden="true"></span>
    <label class="dc-label">Label
      <select data-role="label" aria-label="Label: the digit that you drew"></select></label>
    <button type="button" data-role="save" title="Save the drawing with its label">Save</button>
    <button type="button" data-role="fool" title="Count it: was the reader fooled?">This is no digit</button>
  </div>
  <div class="dc-remarks">
    <p class="dc-warnings" data-role="warnings"></p>
    <p class="dc-note" data-role="note" role="status"></p>
  </div>`;

const LIVE = 120; // milliseconds between two readings while the pen is down
const QUICK = 60; // a slower reader is asked at the end of a stroke only: else the last answer waits for one before
const PATIENCE = 3000; // milliseconds until a silent Python is mentioned

const LATE = "Python is still at work; the first reading takes a while. If nothing comes, run this cell again.";

// Never "100 %": even where a network's number rounds to 1, it can err.
const percent = (p) => (p > 0.99 ? "over 99 %" : `${Math.round(100 * p)} %`);

/** A smooth path: through the middles between the points, the points themselves pull at it. */
function path(points) {
  if (points.length === 1) return `M${points}l1e-4 0`; // a tap makes a dot; of length 0, some browsers leave it out
  const middles = points.slice(1).map(([x, y], i) => [(points[i][0] + x) / 2, (points[i][1] + y) / 2]);
  const curve = middles.slice(1).map((middle, i) => `Q${points[i + 1]} ${middle}`);
  return `M${points[0]}L${middles[0]}${curve.join("")}L${points.at(-1)}`;
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "digit-canvas";
  root.style.setProperty("--size", `${model.get("size")}px`);
  root.innerHTML = PAGE;
  const part = (role) => root.querySelector(`[data-role="${role}"]`);
  const [paper, pen, label, note] = ["paper", "pen", "label", "note"].map(part);
  const digits = [...Array(10).keys()];
  part("bars").innerHTML = digits.map((k) => `<span data-digit="${k}"><i></i>${k}</span>`).join("");
  label.innerHTML = ["–", ...digits].map((k) => `<option value="${k === "–" ? "" : k}">${k}</option>`).join("");

  let strokes = model.get("drawing").strokes;
  let past = []; // what Undo brings back, a cleared drawing too
  let stroke = null; // the one under the pen
  let sent = 0; // when Python last got the drawing, and under which number
  let serial = 0;
  let took = 0; // milliseconds of the last answer
  let timer = 0;

  const waiting = () => model.get("reading").serial !== model.get("drawing").serial;

  function paint() {
    while (paper.childElementCount > strokes.length) paper.lastElementChild.remove();
    strokes.forEach(({ width, points }, i) => {
      const line = paper.children[i] ?? paper.appendChild(document.createElementNS(paper.namespaceURI, "path"));
      line.setAttribute("d", path(points));
      line.setAttribute("stroke-width", width);
    });
    root.classList.toggle("dc-blank", !strokes.length);
  }

  function send() {
    sent = performance.now();
    const copy = strokes.map(({ width, points }) => ({ width, points: [...points] }));
    serial = model.get("drawing").serial + 1;
    model.set("drawing", { serial, strokes: copy });
    root.dataset.drawn = serial;
    model.set("note", "");
    model.save_changes(); // anywidget holds it back, and keeps the last only, until Python has taken the one before
    clearTimeout(timer);
    timer = setTimeout(show, PATIENCE);
  }

  function change(next) {
    past.push(strokes);
    strokes = next;
    paint();
  }

  function undo() {
    if (stroke) return;
    strokes = past.pop() ?? strokes.slice(0, -1);
    paint();
    send();
  }

  function show() {
    const reading = model.get("reading");
    const { digit = null, probability, probabilities = [], warnings = [], error } = reading;
    const late = waiting() && performance.now() - sent >= PATIENCE;
    const blank = !probabilities.length && !error;
    root.dataset.read = reading.serial;
    root.dataset.drawn = model.get("drawing").serial;
    part("digit").textContent = digit ?? (blank ? "" : "?");
    part("digit").classList.toggle("dc-none", digit === null);
    const sure = digit === null ? "not read as a digit" : `${percent(probability)} sure`;
    part("sure").textContent = blank || error ? "" : sure;
    digits.forEach((k) => {
      const bar = part("bars").children[k];
      bar.style.setProperty("--p", probabilities[k] ?? 0);
      bar.title = probabilities.length ? percent(probabilities[k]) : "";
      bar.classList.toggle("dc-first", k === digit);
    });
    const spoken = digits.map((k) => `${k}: ${percent(probabilities[k] ?? 0)}`).join(", ");
    part("bars").ariaLabel = `Probabilities. ${spoken}`;
    if (stroke) return; // half a digit earns no remarks
    const remarks = late ? [LATE] : error ? [error] : warnings;
    part("warnings").textContent = remarks.join(" ");
    part("warnings").classList.toggle("dc-error", Boolean(error));
    const result = digit === null ? "" : `Read as ${digit}, ${percent(probability)} sure. `;
    part("spoken").textContent = waiting() ? "" : result + remarks.join(" ");
  }

  function place({ clientX, clientY }) {
    const box = paper.getBoundingClientRect();
    return [(clientX - box.x) / box.width, (clientY - box.y) / box.height].map((v) => Number(v.toFixed(4)));
  }

  paper.addEventListener("pointerdown", (event) => {
    if (stroke || event.button !== 0) return; // a second finger, a right click
    event.preventDefault();
    paper.setPointerCapture(event.pointerId);
    paper.focus({ preventScroll: true });
    stroke = { id: event.pointerId, width: pen.value / 100, points: [place(event)] };
    change([...strokes, stroke]);
    note.textContent = "";
  });

  paper.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    const moves = event.getCoalescedEvents?.() ?? []; // all places since the last frame, not only the last one
    for (const point of (moves.length ? moves : [event]).map(place)) {
      const [x, y] = stroke.points.at(-1);
      if (Math.hypot(point[0] - x, point[1] - y) > 0.003) stroke.points.push(point);
    }
    paint();
    if (!waiting() && took < QUICK && performance.now() - sent > LIVE) send();
  });

  function lift(event) {
    if (event.pointerId !== stroke?.id) return;
    stroke = null;
    send();
  }
  paper.addEventListener("pointerup", lift);
  paper.addEventListener("pointercancel", lift);

  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    undo();
  });

  // Keys for the canvas are not commands of JupyterLab, where D D deletes a cell and Enter edits it. JupyterLab
  // listens at the document before anyone here, but spares what is marked. Ctrl+S, Shift+Enter stay commands.
  function shield(event) {
    if (!root.contains(event.target)) return;
    const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !command);
  }
  window.addEventListener("keydown", shield, true);

  part("undo").addEventListener("click", undo);
  part("clear").addEventListener("click", () => {
    if (strokes.length) {
      change([]);
      send();
    }
    label.value = ""; // the next digit may be another one
  });
  const tip = () => root.style.setProperty("--pen", pen.value / 100);
  pen.addEventListener("input", tip);
  part("save").addEventListener("click", () => {
    if (strokes.length && label.value !== "") model.send({ save: Number(label.value), drawing: model.get("drawing") });
    else note.textContent = strokes.length ? "Choose first which digit it is." : "Draw a digit first.";
  });

  root.classList.toggle("dc-fool", model.get("fool"));
  part("fool").addEventListener("click", () => {
    if (strokes.length) model.send({ fool: true, drawing: model.get("drawing") });
    else note.textContent = "Draw something first that is no digit.";
  });

  model.on("change:drawing", () => {
    if (stroke || model.get("drawing").serial === serial) return;
    strokes = model.get("drawing").strokes; // drawn in another view, or by Python
    past = [];
    paint();
  });
  model.on("change:reading", () => {
    if (!waiting()) {
      clearTimeout(timer);
      took = performance.now() - sent;
    }
    show();
  });
  model.on("change:note", () => (note.textContent = model.get("note")));

  tip();
  paint();
  show();
  note.textContent = model.get("note");
  el.append(root);
  return () => {
    clearTimeout(timer);
    window.removeEventListener("keydown", shield, true);
  };
}

export default { render };
