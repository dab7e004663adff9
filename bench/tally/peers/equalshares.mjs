// Counts one .pb file with the compute tool of equalshares.net, in floats, and prints one line of JSON.
//
//	node equalshares.mjs SOURCES FILE COMPLETION OPTIONS COMPARISON
//
// SOURCES is a folder of the tool's own sources; COMPLETION is one of the tool's (none, add1, add1u, utilitarian) or greedy, OPTIONS is "" or
// its options of add1 joined by "+", COMPARISON none, satisfaction or exclusionRatio. The tool's worker is run as it is, with the few functions of
// a browser that it calls. Ties go by most votes, then lowest cost, then as the tool likes. Reading is not in the time.
import fs from "node:fs";
import path from "node:path";
import vm from "node:vm";

const [dir, file, completion, options, comparison] = process.argv.slice(2);
const source = (name) => fs.readFileSync(path.join(dir, "js", name), "utf8");

const said = [];
const tool = vm.createContext({
  postMessage: (m) => { if (m.type === "result") said.push(m); },
  importScripts: () => {},
  performance, console,
});
vm.runInContext(source("libraries/fraction.min.js"), tool);
vm.runInContext(source("methodOfEqualSharesWorker.js"), tool);
vm.runInContext(source("pabulibParser.js").replace("export function", "function"), tool);

tool.text = fs.readFileSync(file, "utf8");
const instance = vm.runInContext("parsePabulibFromString(text)", tool);
const params = {
  tieBreaking: ["maxVotes", "minCost", Object.keys(instance.projects)],
  completion: completion === "greedy" ? "none" : completion,
  add1options: options ? options.split("+") : [],
  comparison, accuracy: "floats", increment: 1,
};
tool.asked = { data: { instance, params } };
let run = "onmessage(asked)";
if (completion === "greedy") {
  run = `{ const C = Object.keys(asked.data.instance.projects), cost = {};
    for (const c of C) cost[c] = parseFloat(asked.data.instance.projects[c].cost);
    postMessage({ type: "result", winners: utilitarianCompletion(Object.keys(asked.data.instance.votes), C, cost,
      asked.data.instance.approvers, parseFloat(asked.data.instance.meta.budget), []).winners }); }`;
}
const script = new vm.Script(run);
console.error("read"); // from here on it counts
const used = process.cpuUsage();
const start = performance.now();
script.runInContext(tool);
const wall = (performance.now() - start) / 1000;
const cpu = process.cpuUsage(used);
console.log(JSON.stringify({ winners: said.at(-1).winners, wall, cpu: (cpu.user + cpu.system) / 1e6 }));
