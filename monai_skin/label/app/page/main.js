// Copyright (c) monai_skin contributors. SPDX-License-Identifier: Apache-2.0
// The page: which picture, which tool, and what happens to the outline.
import * as api from "./api.js";
import { learning } from "./learning.js";
import { Mask } from "./mask.js";
import { listen } from "./pointer.js";
import { View } from "./view.js";

const $ = (id) => document.getElementById(id);
const view = new View($("canvas"));
const passed = new Set(); // pictures a person went by
const drafts = new Map(); // what was drawn and not accepted, by picture
let list = [], current = null, tool = "brush", space = false, busy = 0;

// An outline that clicks bend is the network's, or what a hand drew before the first of them.
const fresh = (id, picture, mask) => ({ id, picture, mask, base: null, drawn: false, touched: false, foreground: [], background: [] });

export function say(text, wrong = false) {
  $("status").textContent = text;
  $("status").classList.toggle("wrong", wrong);
}

// What is named keeps other work waiting; training and scoring, which are not, go on beside it.
export async function attempt(what, work) {
  const counted = what ? 1 : 0;
  busy += counted;
  document.body.dataset.busy = busy;
  if (what) say(what);
  try {
    await work();
    if (what) say("Ready.");
  } catch (error) {
    say(error.message, true);
  } finally {
    busy -= counted;
    document.body.dataset.busy = busy;
  }
}

export async function reload() {
  list = await api.pictures();
  list.sort((a, b) => a.approved - b.approved || (b.spread ?? -1) - (a.spread ?? -1) || a.id.localeCompare(b.id));
  $("count").textContent = `${list.filter((one) => one.approved).length} of ${list.length} accepted`;
  $("pictures").replaceChildren(...list.map((one) => {
    const row = document.createElement("li"), button = document.createElement("button");
    button.textContent = one.id;
    button.title = one.spread == null ? one.id : `${one.id}, doubt ${one.spread.toFixed(3)}`;
    button.className = one.approved ? "approved" : "";
    button.setAttribute("aria-current", String(one.id === current?.id));
    button.addEventListener("click", () => attempt("Opening…", () => open(one.id)));
    row.append(button);
    return row;
  }));
}

async function open(id) {
  if (current?.touched) drafts.set(current.id, current);
  let opened = drafts.get(id);
  if (!opened) {
    const bitmap = await createImageBitmap(await api.picture(id), { imageOrientation: "none" });
    opened = fresh(id, bitmap, new Mask(bitmap.width, bitmap.height));
    const approved = list.find((one) => one.id === id)?.approved;
    await opened.mask.load(await (approved ? api.approvedOutline(id) : api.outline(id)));
    opened.drawn = Boolean(approved);
  }
  current = opened;
  document.body.dataset.picture = id;
  $("classes").replaceChildren();
  Object.assign(view.marks, { foreground: current.foreground, background: current.background, polygon: [] });
  view.show(current.picture, current.mask);
  changed();
  for (const button of $("pictures").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(button.textContent === id));
  }
}

async function next() {
  if (current) passed.add(current.id);
  const chosen = await api.next($("strategy").value, [...passed]);
  if (passed.has(chosen.id)) passed.clear(); // once round
  if (!chosen.id) {
    await reload();
    say("Every picture is accepted.");
    return;
  }
  await open(chosen.id);
  await reload();
  if (chosen.why) $("area").title = chosen.why;
}

function changed() {
  const share = current.mask.area / current.mask.bits.length;
  $("area").textContent = `Lesion: ${(100 * share).toFixed(2)} % of the picture`;
  document.body.dataset.area = current.mask.area;
  $("undo").disabled = !current.mask.past.length;
  $("redo").disabled = !current.mask.future.length;
  view.draw();
}

// a hand has drawn: clicks begin anew from here
function byHand() {
  Object.assign(current, { drawn: true, touched: true });
  current.foreground.length = current.background.length = 0;
  changed();
}

async function click(point, skin) {
  const spot = [Math.round(point.x), Math.round(point.y)];
  const { mask, picture, id } = current;
  if (spot[0] < 0 || spot[1] < 0 || spot[0] >= picture.width || spot[1] >= picture.height) return;
  const at = current;
  if (at.drawn) Object.assign(at, { base: await mask.png(), drawn: false });
  (skin ? at.background : at.foreground).push(spot);
  view.draw();
  const found = await api.refined(id, { foreground: at.foreground, background: at.background }, at.base);
  mask.remember();
  await mask.load(found);
  at.touched = true;
  changed();
}

async function propose() {
  current.mask.remember();
  await current.mask.load(await api.outline(current.id));
  Object.assign(current, { base: null, drawn: false, touched: true });
  current.foreground.length = current.background.length = 0;
  changed();
}

async function accept() {
  await api.accept(current.id, await current.mask.png(), { annotated_with: "monai_skin page" });
  drafts.delete(current.id);
  current.touched = false;
  await next();
}

async function classify() {
  const found = await api.classes(current.id, await current.mask.png());
  $("classes").replaceChildren(...found.prediction.map(({ label, score }) => {
    const row = document.createElement("li"), name = document.createElement("span");
    const bar = document.createElement("meter"), number = document.createElement("span");
    name.textContent = label;
    Object.assign(bar, { value: score });
    number.textContent = `${(100 * score).toFixed(1)} %`;
    row.append(name, bar, number);
    return row;
  }));
}

function closePolygon() {
  const points = view.marks.polygon;
  if (points.length > 2) {
    current.mask.remember();
    current.mask.polygon(points);
    byHand();
  }
  view.marks.polygon = [];
  view.draw();
}

function choose(name) {
  tool = name;
  if (name !== "polygon") view.marks.polygon = [];
  for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  $("canvas").style.cursor = name === "pan" ? "grab" : "crosshair";
  hover(null);
}

const radius = () => Number($("size").value) / 2 / view.scale;
function hover(point) {
  view.marks.cursor = point && (tool === "brush" || tool === "eraser") ? { ...point, radius: radius() } : null;
  view.draw();
}

function step(redo) {
  if (current && (redo ? current.mask.redo() : current.mask.undo())) byHand();
}

listen($("canvas"), view, {
  panning: () => space || tool === "pan",
  hover,
  close: () => tool === "polygon" && closePolygon(),
  begin(point, secondary) {
    if (!current) return false;
    if (secondary || tool === "lesion" || tool === "skin") {
      attempt("Refining…", () => click(point, secondary || tool === "skin"));
      return false;
    }
    if (tool === "polygon") {
      view.marks.polygon.push(point);
      view.draw();
      return false;
    }
    current.mask.remember();
    current.mask.stroke(point, point, radius(), tool === "brush" ? 1 : 0);
    view.draw();
    return true;
  },
  draw(from, to) {
    current.mask.stroke(from, to, radius(), tool === "brush" ? 1 : 0);
    hover(to);
  },
  end: byHand,
  giveUp() {
    current.mask.undo();
    current.mask.future.pop();
    changed();
  },
});

const guarded = (what, work) => () => { if (current && !busy) attempt(what, work); };
const hide = () => {
  view.hidden = !view.hidden;
  $("hide").setAttribute("aria-pressed", String(view.hidden));
  view.draw();
};
const actions = {
  undo: () => step(false),
  redo: () => step(true),
  propose: guarded("Proposing…", propose),
  hide,
  in: () => view.zoom(1.25),
  out: () => view.zoom(0.8),
  whole: () => view.whole(),
  accept: guarded("Saving…", accept),
  next: () => { if (!busy) attempt("Choosing…", next); },
  classify: guarded("Classifying…", classify),
};
for (const [id, action] of Object.entries(actions)) $(id).addEventListener("click", action);
for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => choose(button.dataset.tool));

const KEYS = {
  b: () => choose("brush"), e: () => choose("eraser"), p: () => choose("polygon"), l: () => choose("lesion"),
  k: () => choose("skin"), h: () => choose("pan"), o: actions.propose, v: hide, n: actions.next,
  "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.whole,
  "[": () => { $("size").value = Number($("size").value) - 4; }, "]": () => { $("size").value = Number($("size").value) + 4; },
  Enter: () => (view.marks.polygon.length ? closePolygon() : actions.accept()),
  Escape: () => { view.marks.polygon = []; view.draw(); },
};
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input[type=number], select, textarea");
  const pressing = event.target.closest("button, summary, select") && (event.key === "Enter" || event.key === " ");
  if (typing || pressing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    step(event.shiftKey);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " ") { space = true; event.preventDefault(); return; }
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action) { event.preventDefault(); action(); }
});
addEventListener("keyup", (event) => { if (event.key === " ") space = false; });
addEventListener("beforeunload", (event) => {
  if (drafts.size || current?.touched) event.preventDefault();
});

choose("brush");
learning({ attempt, say, reload });
attempt("Opening…", async () => {
  await reload();
  await next();
});
