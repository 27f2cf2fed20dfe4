// SPDX-License-Identifier: Apache-2.0
// Points on logarithmic axes with labels that keep out of each other's way.

/// Domain around `values` with room on both sides, at least `decades` wide.
function logDomain(values, decades) {
  const low = d3.min(values), high = d3.max(values);
  const room = Math.max(0.18, (decades - Math.log10(high / low)) / 2);
  return [low * 10 ** -room, high * 10 ** room];
}

/// items: [{x, y, text, color}] in pixels. A label stands beside its point, else above or below, where it covers
/// neither points nor other labels.
function placeLabels(svg, items, area) {
  const taken = items.map((i) => ({x: i.x - 8, y: i.y, width: 16}));
  const free = (box) => box.x >= area.left && box.x + box.width <= area.right && box.y > area.top - 8 && box.y < area.bottom &&
    !taken.some((t) => Math.abs(t.y - box.y) < 15 && t.x < box.x + box.width && box.x < t.x + t.width);
  for (const item of items) {
    const width = item.text.length * 7.4;
    const boxes = [0, 16, -16, 32, -32, 48, -48].flatMap((dy) => [item.x + 11, item.x - 11 - width, item.x - width / 2].slice(0, dy ? 3 : 2)
      .map((x) => ({x, y: item.y + dy, width})));
    const box = boxes.find(free) || boxes[0];
    taken.push(box);
    svg.append('text').attr('class', 'label halo').attr('x', box.x).attr('y', box.y + 4).style('fill', item.color).text(item.text);
  }
}
