// Copyright (c) monai_skin contributors. SPDX-License-Identifier: Apache-2.0
// Mouse, pen and fingers: one pointer draws, two zoom and move.

export function listen(canvas, view, hands) {
  const down = new Map();
  let held = null; // "draw" or "pan"
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    down.set(event.pointerId, place(event));
    if (down.size === 2) { // the second finger: what the first began was no stroke
      if (held === "draw") hands.giveUp();
      held = "pinch";
      return;
    }
    if (event.button === 1 || hands.panning()) held = "pan";
    else held = hands.begin(view.toPicture(place(event)), event.button === 2) ? "draw" : null;
    event.preventDefault();
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = place(event), before = down.get(event.pointerId);
    if (!before) { hands.hover(view.toPicture(now)); return; }
    if (held === "pinch" && down.size === 2) pinch(event.pointerId, before, now);
    else if (held === "pan") view.move(now.x - before.x, now.y - before.y);
    else if (held === "draw") hands.draw(view.toPicture(before), view.toPicture(now));
    down.set(event.pointerId, now);
  });

  function pinch(id, before, now) {
    const [other] = [...down].filter(([key]) => key !== id).map(([, point]) => point);
    const distance = (point) => Math.hypot(point.x - other.x, point.y - other.y);
    view.move((now.x - before.x) / 2, (now.y - before.y) / 2);
    view.zoom(distance(now) / Math.max(1, distance(before)), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  }

  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      if (!down.delete(event.pointerId)) return;
      if (held === "draw") hands.end();
      if (!down.size) held = null;
    });
  }
  canvas.addEventListener("pointerleave", () => hands.hover(null));
  canvas.addEventListener("dblclick", () => hands.close());
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.zoom(Math.exp(-event.deltaY / 400), place(event));
  }, { passive: false });
}
