// SPDX-License-Identifier: Apache-2.0
// Each phase of each run under the roof that its platform's engines and first memory set.
const PHASE_SYMBOLS = {prefill: d3.symbolTriangle, decode: d3.symbolCircle, mixed: d3.symbolSquare};

/// Peaks are those of all units; operations count the type most used, the memory is the one most read.
function rooflineOf(run) {
  const phases = run.result.phases.filter((p) => p.time.value > 0 && p.operations.length && p.memory_traffic.length);
  const sums = (key) => d3.nest().key((w) => w.resource).rollup((l) => d3.sum(l, (w) => w.amount.value)).entries(phases.flatMap((p) => p[key])).sort((a, b) => b.value - a.value);
  if (!phases.length) return null;
  const engine = sums('operations')[0].key, memory = sums('memory_traffic')[0].key;
  const group = run.groups.find((g) => g.name === memory);
  const compute = d3.sum(run.groups, (g) => g.peaks.get(engine) || 0), bandwidth = group ? group.peaks.get('read') || 0 : 0;
  if (!(compute > 0) || !(bandwidth > 0)) return null;
  const points = phases.map((p) => {
    const flop = d3.sum(p.operations, (w) => w.amount.value);
    const bytes = d3.sum(p.memory_traffic.filter((w) => w.resource === memory), (w) => w.amount.value);
    return {run, phase: p.name, x: flop / bytes, y: flop / p.time.value};
  }).filter((p) => isFinite(p.x) && p.x > 0);
  return {run, engine, memory, compute, bandwidth, points};
}

function drawRoofline(runs) {
  const body = section('roofline', 'Roofline', 'A line is what the platform could do at most: its memory bandwidth on the slope, its engines on the flat. A symbol is what a phase did, idle time apart; the distance below the line is latency, synchronisation and imbalance.');
  const roofs = runs.map(rooflineOf).filter(Boolean);
  const box = card(body, make('h3', {}, 'Operations per second', make('span', {class: 'unit'}, 'against operations per byte of memory traffic')));
  if (!roofs.length) { box.append(make('p', {class: 'note'}, 'no run did operations on memory')); return; }
  box.append(legend(roofs.map((r) => ({color: r.run.color, name: `${r.run.name}: ${r.engine.replace('matrix.', '')} ${si(r.compute, 'FLOP/s')}, ${r.memory} ${si(r.bandwidth, 'B/s')}`}))));
  chart(box, 420, (svg, width, height) => roofline(svg, width, height, roofs));
}

function roofline(svg, width, height, roofs) {
  const area = {left: 84, right: width - 14, top: 28, bottom: height - 46};
  const points = roofs.flatMap((r) => r.points.map((p) => ({...p, roof: Math.min(r.compute, p.x * r.bandwidth)})));
  const ridges = roofs.map((r) => r.compute / r.bandwidth);
  const x = d3.scaleLog(logDomain([...points.map((p) => p.x), ...ridges.map((v) => v * 2)], 2), [area.left, area.right]);
  const y = d3.scaleLog([d3.min(points, (p) => p.y) / 3, d3.max(roofs, (r) => r.compute) * 2], [area.bottom, area.top]);
  axes(svg, area, {scale: x, ticks: logTicks(x, width / 70), format: (v) => si(v, ''), title: 'FLOP per byte'}, {scale: y, ticks: logTicks(y, 9), format: (v) => si(v, 'FLOP/s')});
  const [low, high] = x.domain();
  for (const r of roofs) {
    const ridge = r.compute / r.bandwidth;
    const start = Math.max(low, y.domain()[0] / r.bandwidth);
    const line = [[start, Math.min(r.compute, start * r.bandwidth)], ...(ridge > start ? [[ridge, r.compute]] : []), [high, r.compute]];
    svg.append('path').attr('d', d3.line()(line.map(([a, b]) => [x(a), y(b)]))).attr('fill', 'none').style('stroke', r.run.color).attr('stroke-width', 2);
  }
  for (const p of points)
    svg.append('line').attr('x1', x(p.x)).attr('x2', x(p.x)).attr('y1', y(p.y)).attr('y2', y(p.roof)).style('stroke', p.run.color).attr('stroke-dasharray', '2 4').attr('opacity', 0.7);
  hover(svg.selectAll('.point').data(points).enter().append('path').attr('d', (p) => d3.symbol().type(PHASE_SYMBOLS[p.phase]).size(110)())
    .attr('transform', (p) => `translate(${x(p.x)},${y(p.y)})`).style('fill', (p) => p.run.color).style('stroke', 'var(--card)').attr('stroke-width', 1.5),
  (p) => ({title: p.run.name + ', ' + p.phase, rows: [{name: 'reached', value: si(p.y, 'FLOP/s')}, {name: 'roof', value: si(p.roof, 'FLOP/s')},
    {name: 'share of the roof', value: percent(p.y / p.roof)}, {name: 'intensity', value: number(p.x) + ' FLOP/B'}]}));
  placeLabels(svg, points.map((p) => ({x: x(p.x), y: y(p.y), text: p.phase + ' ' + percent(p.y / p.roof), color: p.run.color})), area);
}
