// SPDX-License-Identifier: Apache-2.0
// Where the time went: phases of the run, what lanes waited for in each, and how much of each resource was used.
function stack(entries) {
  const total = d3.sum(entries, (e) => e.value);
  const bar = make('div', {class: 'stack'});
  for (const e of entries.filter((x) => x.value > 0)) {
    const share = e.value / total;
    const piece = make('i', {style: {width: (100 * share).toFixed(3) + '%', background: e.color}, class: e.pale ? 'pale' : ''}, share > 0.11 ? percent(share) : '');
    hover(d3.select(piece).datum(e), () => ({title: e.name, rows: [{color: e.color, name: percent(share), value: si(e.value, 's')}]}));
    bar.append(piece);
  }
  return bar;
}

function drawTime(runs) {
  const body = section('time', 'Where the time went', 'The phases of the platform, and for each phase what the lanes of a device spent their time on: the path of a step, not what engines could have done meanwhile.');
  const cards = grid(body, 420);
  for (const run of runs) {
    const r = run.result;
    const box = card(cards, runHeading(run), si(r.simulated_time.value, 's') + ' simulated at ' + r.fidelity.level + ' fidelity');
    const phases = PHASES.map((name) => r.phases.find((p) => p.name === name)).filter((p) => p && p.time.value > 0);
    box.append(make('div', {class: 'stack-title'}, make('b', {}, 'Phases')));
    box.append(stack(phases.map((p) => ({name: p.name, value: p.time.value, color: phaseColor(p.name), pale: p.name === 'idle'}))));
    box.append(legend(phases.map((p) => ({name: p.name, color: phaseColor(p.name)}))));
    const busy = phases.filter((p) => p.lane_time.length);
    for (const p of busy) {
      box.append(make('div', {class: 'stack-title'}, make('b', {}, 'A lane in ' + p.name), make('span', {}, si(p.steps.value, '1') + ' steps · bound by ' + p.bound_by)));
      box.append(stack(p.lane_time.map((l) => ({name: causeName(l.cause), value: l.time.value, color: causeColor(l.cause)}))));
    }
    const causes = CAUSES.filter((c) => busy.some((p) => p.lane_time.some((l) => l.cause === c)));
    box.append(legend(causes.map((c) => ({name: causeName(c), color: causeColor(c)}))));
    box.append(resourceTable(busy));
  }
}

/// Resources used most in any phase; of the ports of one component the busiest.
function resourceTable(phases) {
  const alike = (resource) => resource.replace(/\[\d+\]/g, '[*]');
  const use = (p, name) => d3.max(p.utilisation.filter((u) => alike(u.resource) === name), (u) => u.utilisation.value) || 0;
  const names = [...new Set(phases.flatMap((p) => p.utilisation.map((u) => alike(u.resource))))]
    .filter((name) => !name.endsWith('.controller')).map((name) => ({name, most: d3.max(phases, (p) => use(p, name))}))
    .filter((r) => r.most >= 1e-4).sort((x, y) => y.most - x.most).slice(0, 8).map((r) => r.name);
  const cell = (p, name) => {
    const value = use(p, name);
    return make('span', {class: 'heat', style: {background: `color-mix(in srgb, ${phaseColor(p.name)} ${Math.round(70 * Math.sqrt(value))}%, transparent)`}}, percent(value));
  };
  return make('details', {open: ''}, make('summary', {}, 'Utilisation by resource'), table(
    [{title: 'resource'}, ...phases.map((p) => ({title: p.name, number: true}))],
    names.map((name) => [make('span', {class: 'mono'}, name), ...phases.map((p) => cell(p, name))])));
}
