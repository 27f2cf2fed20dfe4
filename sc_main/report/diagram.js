// SPDX-License-Identifier: Apache-2.0
// The platform as its netlist binds it: one box for all elements of an array, rows by distance from the host.
const KINDS = {compute_core: 0, dram_controller: 2, sram_tile: 2, ssd: 2, host_cpu: 3, crossbar_switch: 4, wafer_mesh: 5, serial_link: 7};
const ROW = 92;
const isLink = (node) => node.type === 'serial_link';
const kindColor = (type) => category(type in KINDS ? KINDS[type] : 8);

function drawDiagram(runs) {
  const body = section('platform', 'Platform', 'Drawn from the netlist: boxes are components (equal ones drawn once, with their number), grey pills are links, lines are bindings.');
  const cards = grid(body, 420);
  for (const run of runs) {
    const graph = run.result.platform.graph;
    const rows = layers(graph);
    const box = card(cards, runHeading(run), si(d3.sum(graph.nodes, (n) => n.count), '1') + ' components, ' + si(d3.sum(graph.edges, (e) => e.count), '1') + ' bindings');
    chart(box, rows.length * ROW + 4, (svg, width) => diagram(svg, width, run, graph, rows));
  }
}

/// Rows of nodes, breadth first from the host (or else the first component); within a row in the order of their
/// neighbours above.
function layers(graph) {
  const next = new Map(graph.nodes.map((n) => [n.name, []]));
  for (const e of graph.edges) { next.get(e.a).push(e.b); next.get(e.b).push(e.a); }
  const depth = new Map();
  const start = graph.nodes.find((n) => n.type === 'host_cpu') || graph.nodes[0];
  for (const root of [start, ...graph.nodes]) {
    if (depth.has(root.name)) continue;
    depth.set(root.name, root === start ? 0 : 1);
    for (const queue = [root.name]; queue.length;) {
      const name = queue.shift();
      for (const other of next.get(name)) if (!depth.has(other)) { depth.set(other, depth.get(name) + 1); queue.push(other); }
    }
  }
  const rows = [];
  for (const n of graph.nodes) (rows[depth.get(n.name)] = rows[depth.get(n.name)] || []).push(n);
  const filled = rows.filter(Boolean);
  filled.forEach((row, k) => {
    if (k === 0) return;
    const place = (n) => d3.mean(next.get(n.name).map((m) => filled[k - 1].findIndex((o) => o.name === m)).filter((i) => i >= 0)) || 0;
    row.sort((a, b) => place(a) - place(b));
  });
  return filled;
}

/// What a component is known for.
function factOf(run, node) {
  const group = run.groups.find((g) => g.name === node.name);
  if (!group) return '';
  const each = group.units || 1;
  if (node.type === 'compute_core') {
    const best = [...group.peaks].filter(([name]) => name.startsWith('matrix.')).sort((a, b) => b[1] - a[1])[0];
    return best ? si(best[1] / each, 'FLOP/s') + ' ' + best[0].slice(7) : '';
  }
  const peak = group.peaks.get('read') || group.peaks.get('a_to_b') || d3.sum([...group.peaks].filter(([name]) => name.startsWith('out[')), ([, v]) => v);
  return peak ? si(peak / each, 'B/s') : '';
}

function diagram(svg, width, run, graph, rows) {
  const at = new Map();
  rows.forEach((row, k) => {
    const slot = width / row.length;
    const boxes = row.map((node, i) => ({node, x: slot * (i + 0.5), y: 40 + k * ROW, width: Math.min(isLink(node) ? 150 : 190, slot - 10), height: isLink(node) ? 42 : 64}));
    for (const box of boxes) { // below what it hangs on, where there is room
      const above = graph.edges.flatMap((e) => e.a === box.node.name ? [e.b] : e.b === box.node.name ? [e.a] : []).filter((n) => at.has(n));
      if (above.length && row.length === 1) box.x = Math.max(box.width / 2, Math.min(width - 6 - box.width / 2, d3.mean(above, (n) => at.get(n).x)));
    }
    boxes.forEach((box) => at.set(box.node.name, box));
  });
  for (const e of graph.edges) {
    const [a, b] = [at.get(e.a), at.get(e.b)].sort((p, q) => p.y - q.y);
    if (a === b) continue;
    const level = a.y === b.y;
    const path = level ? `M${a.x},${a.y + a.height / 2}C${a.x},${a.y + 60} ${b.x},${b.y + 60} ${b.x},${b.y + b.height / 2}`
      : d3.linkVertical()({source: [a.x, a.y + a.height / 2], target: [b.x, b.y - b.height / 2]});
    svg.append('path').attr('d', path).attr('fill', 'none').style('stroke', 'var(--faint)').attr('stroke-width', e.count > 1 ? 3 : 1.6).attr('opacity', 0.55);
  }
  const boxes = svg.selectAll('.box').data([...at.values()]).enter().append('g').attr('transform', (b) => `translate(${b.x},${b.y})`);
  boxes.filter((b) => b.node.count > 1 && !isLink(b.node)).append('rect').attr('x', (b) => 5 - b.width / 2).attr('y', (b) => 5 - b.height / 2)
    .attr('width', (b) => b.width).attr('height', (b) => b.height).attr('rx', 9).style('fill', 'var(--wash)').style('stroke', (b) => kindColor(b.node.type));
  boxes.append('rect').attr('x', (b) => -b.width / 2).attr('y', (b) => -b.height / 2).attr('width', (b) => b.width).attr('height', (b) => b.height)
    .attr('rx', (b) => isLink(b.node) ? 20 : 9).style('fill', (b) => `color-mix(in srgb, ${kindColor(b.node.type)} ${isLink(b.node) ? 14 : 20}%, var(--card))`).style('stroke', (b) => kindColor(b.node.type)).attr('stroke-width', 1.4);
  const line = (dy, style, text) => boxes.append('text').attr('text-anchor', 'middle').attr('y', (b) => dy(b)).attr('class', style)
    .text(function (b) { const all = text(b), most = Math.floor(b.width / 6.9); return all.length > most ? all.slice(0, most - 1) + '…' : all; });
  line((b) => isLink(b.node) ? -3 : -13, 'label', (b) => b.node.name.replace(/\[\*\]/g, '') + (b.node.count > 1 ? ' × ' + b.node.count : ''));
  line((b) => isLink(b.node) ? 13 : 5, '', (b) => isLink(b.node) ? factOf(run, b.node) : b.node.type.replace(/_/g, ' '));
  line(() => 22, '', (b) => isLink(b.node) ? '' : factOf(run, b.node));
  hover(boxes, (b) => {
    const group = run.groups.find((g) => g.name === b.node.name);
    return {title: b.node.name, rows: [{name: 'type', value: b.node.type}, {name: 'components', value: String(b.node.count)},
      ...(group ? [{name: 'energy, all', value: si(group.energy, 'J')}, ...[...group.peaks].slice(0, 8).map(([name, v]) => ({name: 'peak ' + name, value: si(v / group.units, name.startsWith('matrix') || name === 'vector' ? 'FLOP/s' : name === 'busy' ? '1' : 'B/s')}))] : [])]};
  });
}
