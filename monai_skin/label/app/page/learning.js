// Copyright (c) monai_skin contributors. SPDX-License-Identifier: Apache-2.0
// Training and scoring, which run on the server while a person goes on drawing.
import * as api from "./api.js";

const $ = (id) => document.getElementById(id);
const OVER = new Set(["DONE", "ERROR", "STOPPED"]);
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// MONAI Label's lines carry the time and more in front of what was said.
const said = (line) => line.replace(/^(\[[^\]]*\] ?)+(\([^)]*\) - )?/, "");

async function follow(kind, show) {
  for (;;) {
    const task = await api.task(kind);
    if (!task) return null;
    const lines = (task.details ?? []).map(said);
    show(task, lines);
    if (OVER.has(task.status)) return { ...task, lines };
    await pause(1500);
  }
}

function showTraining(task, lines) {
  const [, done, all] = [...lines].reverse().map((line) => line.match(/epoch (\d+) of (\d+)/)).find(Boolean) ?? [];
  $("progress").value = task.status === "DONE" ? 1 : done ? done / (Number(all) + 1) : 0.02;
  const last = [...lines].reverse().find((line) => line.startsWith("epoch")) ?? "starting";
  $("training").textContent = OVER.has(task.status) ? "" : `Training: ${last}`;
}

function outcome(task) {
  if (task.status === "DONE") {
    const found = task.lines.map((line) => line.match(/"version": (\d+)/)).find(Boolean);
    return `Version ${found ? found[1] : "?"} of the weights answers now. Accepted outlines stay as they are.`;
  }
  if (task.status === "STOPPED") return "Stopped. The weights are those from before.";
  const reason = [...task.lines].reverse().find((line) => line.includes("monai_skin label:")) ?? "see the server's log";
  return `Training failed: ${reason.replace(/.*monai_skin label: /, "")}`;
}

export function learning({ attempt, reload }) {
  const train = async (start) => {
    $("train").disabled = true;
    $("stop").disabled = false;
    document.body.dataset.training = "running";
    try {
      if (start) await api.train(Number($("epochs").value));
      const ended = await follow("train", showTraining);
      if (ended) $("training").textContent = outcome(ended);
      document.body.dataset.training = ended?.status ?? "none";
    } finally {
      $("train").disabled = false;
      $("stop").disabled = true;
    }
  };
  const score = async () => {
    $("score").disabled = true;
    try {
      await api.score("spread");
      const ended = await follow("scoring", (task, lines) => {
        const found = [...lines].reverse().map((line) => line.match(/spread: (\d+ of \d+)/)).find(Boolean);
        $("scoring").textContent = OVER.has(task.status) ? "" : `Scoring ${found ? found[1] : ""}…`;
      });
      $("scoring").textContent = ended?.status === "DONE" ? "The list begins with the most doubtful." : "Scoring failed; see the server's log.";
      document.body.dataset.scoring = ended?.status ?? "none";
      await reload();
    } finally {
      $("score").disabled = false;
    }
  };
  $("train").addEventListener("click", () => attempt("", () => train(true)));
  $("stop").addEventListener("click", () => attempt("", api.stopTraining));
  $("score").addEventListener("click", () => attempt("", score));
  api.task("train").then((task) => task && !OVER.has(task.status) && attempt("", () => train(false)), () => {});
}
