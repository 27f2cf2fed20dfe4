// SPDX-License-Identifier: Apache-2.0
// The results as the charts want them: names and colours of the runs, equal components drawn together.
const RUN_COLORS = 8;
const category = (i) => `var(--cat-${i % 10})`;
const PHASES = ['idle', 'prefill', 'decode', 'mixed'];
const phaseColor = (name) => `var(--${name})`;

/// What lanes spend time on, in the order of a command's life.
const CAUSES = ['launch', 'broadcast', 'engine', 'operands', 'attention', 'reduce', 'collective', 'hand_over'];
const CAUSE_NAMES = {launch: 'launch latency', engine: 'engines', operands: 'operand streams', collective: 'collectives', hand_over: 'hand-over'};
const causeName = (cause) => CAUSE_NAMES[cause] || cause;
const causeColor = (cause) => category(CAUSES.indexOf(cause) < 0 ? 7 : [3, 5, 1, 0, 4, 8, 2, 6][CAUSES.indexOf(cause)]);

const LEVELS = ['static', 'compute', 'hbm', 'sram', 'ddr', 'nvlink', 'on-chip fabric', 'cache', 'host', 'nvswitch'];
const LEVEL_COLORS = [7, 0, 1, 2, 3, 4, 5, 8, 6, 9];
const levelColor = (level) => category(LEVELS.includes(level) ? LEVEL_COLORS[LEVELS.indexOf(level)] : [...level].reduce((sum, c) => sum + c.charCodeAt(0), 0));

const fileName = (path) => path.replace(/^.*\//, '');

/// "platform.gpu[3].hbm" -> "gpu[*].hbm"
const groupName = (path) => path.replace(/^platform\./, '').replace(/\[[^\]]*\]/g, '[*]');

/// Runs of the same platform are told apart by one option, where one does it, else by all in which they differ.
const TELLING = ['clients', 'batch', 'rate', 'rate-scale', 'model', 'weights', 'fidelity', 'set'];
function runNames(results) {
  const value = (r, key) => key === 'set' ? r.options.set.join(' ') : r.options[key];
  const named = (keys) => results.map((r) => {
    const own = results.filter((o) => o.platform.name === r.platform.name);
    const differing = keys.filter((key) => new Set(own.map((o) => value(o, key))).size > 1);
    return r.platform.name + (differing.length ? ' · ' + differing.map((key) => key + ' ' + (value(r, key) || 'none')).join(', ') : '');
  });
  const unique = (names) => new Set(names).size === names.length;
  const one = [[], ...TELLING.map((key) => [key])].map(named).find(unique);
  const all = one || named(Object.keys(results[0].options).filter((key) => key !== 'platform'));
  return unique(all) ? all : all.map((name, i) => `${name} (${i + 1})`);
}

function groupsOf(result) {
  const groups = new Map();
  for (const c of result.components) {
    const name = groupName(c.path);
    if (!groups.has(name)) groups.set(name, {name, type: c.type, units: 0, energy: 0, statics: 0, levels: new Map(), peaks: new Map(), parameters: c.parameters});
    const g = groups.get(name);
    g.units += c.represents;
    g.energy += c.energy.value;
    g.statics += c.represents * c.static_power.value * result.simulated_time.value;
    for (const m of c.meters) {
      if (m.energy.value > 0) g.levels.set(m.level, (g.levels.get(m.level) || 0) + c.represents * c.port_represents * m.energy.value);
      if (m.peak) g.peaks.set(m.name, (g.peaks.get(m.name) || 0) + c.represents * m.peak.value);
    }
  }
  return [...groups.values()];
}

function prepare(results) {
  const names = runNames(results);
  const platforms = [...new Set(results.map((r) => r.platform.name))];
  return results.map((result, i) => {
    const color = results.length <= RUN_COLORS ? i : platforms.indexOf(result.platform.name) % RUN_COLORS;
    return {result, name: names[i], platform: result.platform.name, color: `var(--run-${color})`, groups: groupsOf(result)};
  });
}
