// SPDX-License-Identifier: Apache-2.0
// What the platform did when: panels over one time axis, a cross hair that reads all of them.
const component = (use) => use.resource.replace(/\.[^.]*$/, '').replace(/\.matrix$/, '');

/// `colors` keeps the color of each component, so that it is the same for all runs.
function panelsOf(run, colors) {
  const r = run.result, t = r.timeline;
  const panels = [{title: 'Phases', unit: 'share', stacked: true, most: 1,
    series: t.phases.filter((p) => p.values.some((v) => v > 0)).map((p) => ({name: p.name, color: phaseColor(p.name), values: p.values}))}];
  panels.push({title: 'Requests', unit: '1', stacked: true, series: [
    {name: 'in service', color: category(0), values: t.requests.in_service}, {name: 'waiting', color: category(1), values: t.requests.waiting}]});
  const resources = t.utilisation.filter((u) => !u.resource.endsWith('.controller')); // reads and writes say as much
  const busiest = resources.filter((u, i) => resources.findIndex((o) => component(o) === component(u)) === i).slice(0, 5);
  for (const u of busiest) if (!colors.has(component(u))) colors.set(component(u), category(colors.size));
  panels.push({title: 'Utilisation', unit: 'share', series: busiest.map((u) => ({name: u.resource, color: colors.get(component(u)), values: u.values}))});
  panels.push({title: 'Power', unit: 'W', stacked: true, series: [{name: 'power', color: run.color, values: t.power.values}]});
  const bytes = (values) => values.map((v) => v * r.model.kv_per_token.value);
  t.kv_cache.forEach((tier, i) => {
    const place = r.kv_cache[i], capacity = place.capacity.value, values = bytes(tier.values), kept = bytes(tier.kept || values.map(() => 0));
    const all = values.map((v, k) => v + kept[k]);
    const title = (place.store ? 'KV stored in ' : 'KV cache in ') + groupName(place.memory);
    const series = [{name: place.store ? title : 'in use', color: category(2 + i), values}, {name: 'kept for later prompts', color: 'var(--faint)', values: kept}];
    panels.push({title, capacity, unit: 'B', stacked: true, note: `at most ${si(d3.max(all), 'B')} of ${si(capacity, 'B')}`,
      series: series.filter((s) => d3.max(s.values) > 0)});
  });
  if (t.kv_movements && t.kv_movements.length)
    panels.push({title: 'KV on its way', unit: 'B/s', stacked: true, series: t.kv_movements.map((m, i) => ({
      name: groupName(m.from) + ' → ' + groupName(m.to), color: category(i), values: bytes(m.values)}))});
  return panels;
}

function drawTimeline(runs) {
  const body = section('timeline', 'Over time', 'Means over equal bins of the simulated time: phases, requests, the most used resources, power, how much KV cache each memory and store holds, and what moves between them.');
  const cards = grid(body, 420), colors = new Map();
  for (const run of runs) {
    const box = card(cards, runHeading(run), 'bins of ' + si(run.result.timeline.bin.value, 's'));
    const panels = panelsOf(run, colors), rules = [];
    const drawnPanels = panels.filter((p) => p.series.length);
    for (const p of panels) {
      const block = make('div', {class: 'panel'}, make('div', {class: 'head'}, make('b', {}, p.title), p.note ? make('span', {class: 'note'}, p.note) : null, p.series.length > 1 ? legend(p.series) : null));
      box.append(block);
      if (!p.series.length) continue;
      const last = p === drawnPanels[drawnPanels.length - 1], k = drawnPanels.indexOf(p);
      chart(block, last ? 112 : 88, (svg, width, height) => { rules[k] = panel(svg, width, last ? height - 24 : height, run, p, last); });
    }
    crossHair(box, run, drawnPanels, rules);
  }
}

const PANEL_LEFT = 58;
const timeScale = (run, width) => d3.scaleLinear([0, run.result.simulated_time.value], [PANEL_LEFT, width - 8]);
const valueText = (p) => p.unit === 'share' ? percent : (v) => si(v, p.unit);

/// Draws one panel; what comes back is its part of the cross hair.
function panel(svg, width, height, run, p, last) {
  const step = run.result.timeline.bin.value, x = timeScale(run, width);
  const area = {left: PANEL_LEFT, right: width - 8, top: 8, bottom: height - 6};
  const sums = p.series[0].values.map((_, i) => p.stacked ? d3.sum(p.series, (s) => s.values[i]) : d3.max(p.series, (s) => s.values[i]));
  const y = d3.scaleLinear([0, p.most || d3.max(sums) * 1.08 || 1], [area.bottom, area.top]);
  axes(svg, area, {scale: x, ticks: x.ticks(Math.max(2, width / 90)), format: last ? (v) => si(v, 's') : () => ''}, {scale: y, ticks: y.ticks(3), format: p.unit === 'share' ? (v) => number(v * 100) + ' %' : valueText(p)});
  // A bin's value holds from where it starts to where it ends.
  const held = (values) => [...values.map((v, i) => [x(i * step), v, i]), [area.right, values[values.length - 1], values.length - 1]];
  const base = sums.map(() => 0);
  for (const s of p.series) {
    const points = held(s.values);
    const bottom = (d) => p.stacked ? base[d[2]] : 0;
    if (p.stacked)
      svg.append('path').attr('d', d3.area().x((d) => d[0]).y0((d) => y(bottom(d))).y1((d) => y(bottom(d) + d[1])).curve(d3.curveStepAfter)(points))
        .style('fill', s.color).attr('fill-opacity', p.series.length > 1 ? 0.88 : 0.28);
    if (!p.stacked || p.series.length === 1)
      svg.append('path').attr('d', d3.line().x((d) => d[0]).y((d) => y(d[1])).curve(d3.curveStepAfter)(points)).attr('fill', 'none').style('stroke', s.color).attr('stroke-width', 1.4);
    if (p.stacked) s.values.forEach((v, i) => { base[i] += v; });
  }
  return svg.append('line').attr('y1', area.top).attr('y2', area.bottom).style('stroke', 'var(--ink)').style('visibility', 'hidden');
}

function crossHair(box, run, panels, rules) {
  const step = run.result.timeline.bin.value, end = run.result.simulated_time.value, count = run.result.timeline.power.values.length;
  const hide = () => { rules.forEach((r) => r.style('visibility', 'hidden')); tip.hide(); };
  box.addEventListener('pointerleave', hide);
  box.addEventListener('pointermove', (event) => {
    const plot = event.target.closest('.plot');
    if (!plot) { hide(); return; }
    const x = timeScale(run, Math.floor(plot.clientWidth));
    const i = Math.max(0, Math.min(count - 1, Math.floor(x.invert(event.clientX - plot.getBoundingClientRect().left) / step)));
    const at = (i * step + Math.min(end, (i + 1) * step)) / 2;
    rules.forEach((r) => r.attr('x1', x(at)).attr('x2', x(at)).style('visibility', 'visible'));
    tip.show(event, 'around ' + si(at, 's'), panels.flatMap((p) => p.series.map((s) => ({color: s.color, name: s.name,
      value: valueText(p)(s.values[i]) + (p.capacity ? ' (' + percent(s.values[i] / p.capacity) + ')' : '')}))));
  });
}
