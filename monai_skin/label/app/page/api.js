// Copyright (c) monai_skin contributors. SPDX-License-Identifier: Apache-2.0
// What the page asks of MONAI Label's server.

async function asked(path, options = {}) {
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer.");
  }
  if (reply.ok) return reply;
  const text = await reply.text();
  let reason = `The server answers ${reply.status}.`;
  try {
    const found = JSON.parse(text);
    if (typeof found.detail === "string") reason = found.detail;
  } catch { /* no JSON: the number has to do */ }
  const error = new Error(reason);
  error.status = reply.status;
  throw error;
}

const asJson = (value) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(value),
});

function form(params, mask) {
  const data = new FormData();
  data.append("params", JSON.stringify(params));
  if (mask) data.append("label", mask, "mask.png");
  return data;
}

const q = encodeURIComponent;

export const pictures = async () => (await asked("/skin/images")).json();
export const picture = async (id) => (await asked(`/skin/picture?image=${q(id)}`)).blob();
export const outline = async (id) =>
  (await asked(`/infer/lesion_segmentation?image=${q(id)}&output=image`, { method: "POST", body: form({}) })).blob();
export const refined = async (id, clicks, mask) =>
  (await asked(`/infer/lesion_refinement?image=${q(id)}&output=image`, { method: "POST", body: form(clicks, mask) })).blob();
export const approvedOutline = async (id) => (await asked(`/datastore/label?label=${q(id)}&tag=final`)).blob();
export const classes = async (id, mask) =>
  (await asked(`/infer/lesion_diagnosis?image=${q(id)}&output=json`, { method: "POST", body: form({}, mask) })).json();
export const next = async (strategy, skip) => (await asked(`/activelearning/${q(strategy)}`, asJson({ skip }))).json();
export const train = async (epochs) => (await asked("/train/lesion_segmentation", asJson({ max_epochs: epochs }))).json();
export const stopTraining = async () => (await asked("/train/", { method: "DELETE" })).json();
export const score = async (method) => (await asked(`/scoring/${q(method)}`, asJson({}))).json();

// the last task of its kind, or null where there was none
export const task = async (kind) => (await asked(`/skin/task/${q(kind)}`)).json();

export async function accept(id, mask, params) {
  await asked(`/datastore/label?image=${q(id)}&tag=final`, { method: "PUT", body: form(params, mask) });
}
