"use strict";

const part = (id) => document.getElementById(id);
let picture = null;
let started = 0;
let clock = 0;

function say(text, bad) {
  part("status").textContent = text;
  part("status").classList.toggle("bad", Boolean(bad));
}

function take(file) {
  if (!file) return;
  picture = file;
  part("ask").disabled = false;
  part("hint").textContent = file.name;
  part("report").hidden = true;
  say("");
  const preview = part("preview");
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.onload = () => { preview.hidden = false; part("hint").hidden = true; };
  preview.onerror = () => { preview.hidden = true; part("hint").hidden = false; }; // DICOM and TIFF
  preview.alt = `The chosen picture, ${file.name}`;
  preview.src = URL.createObjectURL(file);
}

function wait(on) {
  part("ask").disabled = on || !picture;
  clearInterval(clock);
  if (!on) return;
  started = Date.now();
  const tick = () => say(`Outlining and classifying, ${Math.round((Date.now() - started) / 1000)} s`);
  tick();
  clock = setInterval(tick, 1000);
}

async function ask(event) {
  event.preventDefault();
  if (!picture) return;
  const known = new URLSearchParams();
  for (const name of ["age", "sex", "site"]) known.set(name, part(name).value);
  part("report").hidden = true;
  wait(true);
  try {
    const answer = await fetch(`/answer?${known}`, { method: "POST", body: picture, headers: { "X-Monai-Skin": "page" } });
    if (!answer.ok) throw new Error((await answer.json()).error);
    show(await answer.text());
    wait(false);
    say(`Answered in ${Math.round((Date.now() - started) / 1000)} s. Research use only.`);
  } catch (error) {
    wait(false);
    say(error instanceof TypeError ? "The server does not answer; is it still running?" : error.message, true);
  }
}

function show(report) {
  const frame = part("report");
  frame.onload = () => {
    frame.style.height = `${frame.contentDocument.documentElement.scrollHeight + 20}px`;
    frame.scrollIntoView({ behavior: "smooth" });
  };
  frame.hidden = false;
  frame.srcdoc = report;
}

part("question").addEventListener("submit", ask);
part("file").addEventListener("change", (event) => take(event.target.files[0]));
for (const kind of ["dragenter", "dragover"]) {
  part("drop").addEventListener(kind, (event) => { event.preventDefault(); part("drop").classList.add("over"); });
}
for (const kind of ["dragleave", "drop"]) part("drop").addEventListener(kind, () => part("drop").classList.remove("over"));
part("drop").addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); });
