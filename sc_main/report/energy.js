// SPDX-License-Identifier: Apache-2.0
// Where the energy went: from the whole over levels to components, and joules per bit of each level.
function drawEnergy(runs) {
  const body = section('energy', 'Where the energy went', 'From the whole platform over the level of the machine to the components. Static is what is drawn whether or not anything happens.');
  const cards = grid(body, 420);
  for (const run of runs) {
    const e = run.result.energy;
    const box = card(cards, runHeading(run), si(e.total.value, 'J') + ' in all, ' + si(e.per_output_token.value, 'J') + ' per output token');
    const graph = energyGraph(run);
    chart(box, Math.max(230, 34 * graph.nodes.filter((n) => n.depth === 2).length), (svg, width, height) => sankey(svg, width, height, graph, e.total.value));
    box.append(make('details', {open: ''}, make('summary', {}, 'Levels'), table(
      [{title: 'level'}, {title: 'share', number: true}, {title: 'energy', number: true}, {title: 'moved', number: true}, {title: 'pJ/bit', number: true}],
      e.levels.filter((l) => l.energy.value > 0).map((l) => [label(levelColor(l.level), l.level), percent(l.share.value), si(l.energy.value, 'J'),
        l.moved.value ? si(l.moved.value / 8, 'B') : '–', l.energy_per_bit.value === null ? '–' : number(l.energy_per_bit.value)]))));
    if (e.wall) box.append(make('details', {open: ''}, make('summary', {}, 'At the wall: ' + si(e.wall.mean_power.value, 'W') + ', ' + si(e.wall.per_output_token.value, 'J') + ' per output token'), table(
      [{title: 'part'}, {title: 'share', number: true}, {title: 'power', number: true}],
      e.wall.parts.map((p) => [p.part, percent(p.share.value), si(p.power.value, 'W')]))));
  }
}

/// Flows below three thousandths of the whole are left to the table.
function energyGraph(run) {
  const total = run.result.energy.total.value, least = total * 3e-3;
  const nodes = new Map([['all', {name: 'all energy', color: 'var(--faint)', depth: 0}]]), links = new Map();
  const node = (key, name, color, depth) => { if (!nodes.has(key)) nodes.set(key, {name, color, depth}); return key; };
  const link = (from, to, value, color) => { const key = from + '>' + to; links.set(key, {from, to, color, value: value + (links.has(key) ? links.get(key).value : 0)}); };
  const flow = (level, group, value) => {
    if (!(value >= least)) return;
    const color = levelColor(level);
    const l = node('level ' + level, level, color, 1), c = node('group ' + group, group, 'var(--faint)', 2);
    link('all', l, value, color);
    link(l, c, value, color);
  };
  for (const g of run.groups) {
    flow('static', g.name, g.statics);
    for (const [level, value] of g.levels) flow(level, g.name, value);
  }
  const list = [...nodes.entries()].map(([key, n]) => ({key, ...n}));
  const at = (key) => list.findIndex((n) => n.key === key);
  return {nodes: list, links: [...links.values()].map((l) => ({source: at(l.from), target: at(l.to), value: l.value, color: l.color}))};
}

function sankey(svg, width, height, graph, total) {
  const labels = 62 + 7.2 * d3.max(graph.nodes.filter((n) => n.depth === 2), (n) => n.name.length);
  const layout = d3.sankey().nodeWidth(12).nodePadding(14).extent([[1, 8], [width - labels, height - 8]])
    .nodeAlign((n) => n.depth).nodeSort((a, b) => b.value - a.value);
  const {nodes, links} = layout({nodes: graph.nodes.map((n) => ({...n})), links: graph.links.map((l) => ({...l}))});
  hover(svg.append('g').attr('fill', 'none').selectAll('path').data(links).enter().append('path').attr('d', d3.sankeyLinkHorizontal())
    .style('stroke', (l) => l.color).attr('stroke-opacity', 0.38).attr('stroke-width', (l) => Math.max(1, l.width)),
  (l) => ({title: l.source.name + ' → ' + l.target.name, rows: [{color: l.color, name: percent(l.value / total), value: si(l.value, 'J')}]}));
  hover(svg.append('g').selectAll('rect').data(nodes).enter().append('rect').attr('x', (n) => n.x0).attr('y', (n) => n.y0)
    .attr('width', (n) => n.x1 - n.x0).attr('height', (n) => Math.max(1, n.y1 - n.y0)).attr('rx', 2).style('fill', (n) => n.color),
  (n) => ({title: n.name, rows: [{color: n.color, name: percent(n.value / total), value: si(n.value, 'J')}]}));
  const last = [-20, -20, -20]; // lowest label of each column so far
  const text = svg.append('g').selectAll('text').data([...nodes].sort((a, b) => a.y0 - b.y0)).enter().append('text').attr('class', 'halo')
    .attr('x', (n) => n.x1 + 7).attr('y', (n) => (last[n.depth] = Math.max((n.y0 + n.y1) / 2 + 4, last[n.depth] + 14)));
  text.append('tspan').attr('class', 'label').text((n) => n.depth ? n.name : '');
  text.append('tspan').attr('dx', 5).text((n) => n.depth ? percent(n.value / total) : '');
}
