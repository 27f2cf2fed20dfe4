// SPDX-License-Identifier: Apache-2.0
// Building blocks of the page: elements, sections, cards, charts that follow the width they get, legend, tooltip.
/// Children that are text are put in as text, so that names can hold anything.
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key === 'style') Object.entries(value).forEach(([k, v]) => element.style.setProperty(k, v));
    else element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

function section(id, title, explanation) {
  const body = make('section', {id}, make('h2', {}, title), explanation ? make('p', {}, explanation) : null);
  document.getElementById('main').append(body);
  document.getElementById('contents').append(make('li', {}, make('a', {href: '#' + id}, title)));
  return body;
}

function grid(parent, least) {
  const element = make('div', {class: 'grid', style: {'--least': least + 'px'}});
  parent.append(element);
  return element;
}

const swatch = (color) => make('span', {class: 'swatch', style: {background: color}});
const legend = (entries) => make('ul', {class: 'legend'}, entries.map((e) => make('li', {}, swatch(e.color), e.name)));
/// Swatch and name that stay on one line.
const label = (color, name) => make('span', {class: 'name'}, swatch(color), name);
const runLabel = (run) => label(run.color, run.name);
const runHeading = (run) => make('h3', {}, swatch(run.color), run.name);

function card(parent, heading, note) {
  const element = make('figure', {class: 'card'}, typeof heading === 'string' ? make('h3', {}, heading) : heading,
    note ? make('p', {class: 'note'}, note) : null);
  parent.append(element);
  return element;
}

/// `draw(svg, width, height)` is called whenever the width changes.
function chart(parent, height, draw) {
  const box = make('div', {class: 'plot', style: {height: height + 'px'}});
  parent.append(box);
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(box.clientWidth);
    if (width === drawn || width < 40) return;
    drawn = width;
    box.replaceChildren();
    draw(d3.select(box).append('svg').attr('width', width).attr('height', height).attr('role', 'img'), width, height);
  }).observe(box);
  return box;
}

/// Ticks of a logarithmic scale: powers of ten, or 1-2-5 where there are few of them; at most `most`.
function logTicks(scale, most) {
  const [low, high] = scale.domain();
  const ticks = [];
  const decades = Math.log10(high / low);
  const digits = decades > 3.2 ? [1] : [1, 2, 5];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); ++e)
    digits.forEach((d) => { const t = d * 10 ** e; if (t >= low * 0.999 && t <= high * 1.001) ticks.push(t); });
  const step = Math.ceil(ticks.length / most);
  return ticks.filter((_, i) => i % step === 0);
}

/// Axes with grid lines. x and y: {scale, ticks, format, title}.
function axes(svg, area, x, y) {
  const draw = (axis, at, along) => {
    const g = svg.append('g').attr('class', 'axis').attr('transform', at);
    g.call(axis.tickSizeOuter(0)).call((s) => s.selectAll('.tick line').attr(along, along === 'y2' ? area.top - area.bottom : area.right - area.left));
    g.attr('font-size', null).attr('font-family', null);
  };
  if (x) draw(d3.axisBottom(x.scale).tickValues(x.ticks).tickFormat(x.format).tickPadding(8), `translate(0,${area.bottom})`, 'y2');
  if (y) draw(d3.axisLeft(y.scale).tickValues(y.ticks).tickFormat(y.format).tickPadding(6).tickSizeInner(0), `translate(${area.left},0)`, 'x2');
  if (x && x.title) svg.append('text').attr('x', area.right).attr('y', area.bottom + 38).attr('text-anchor', 'end').text(x.title);
  if (y && y.title) svg.append('text').attr('x', 0).attr('y', area.top - 12).text(y.title);
}

const tip = {
  /// rows: [{color, name, value}].
  show(event, title, rows) {
    const box = document.getElementById('tip');
    box.replaceChildren(make('b', {}, title), ...rows.map((r) => make('div', {}, r.color ? swatch(r.color) : null, make('span', {}, r.name), make('span', {}, r.value))));
    const {width, height} = box.getBoundingClientRect();
    const left = event.clientX + 16 + width > window.innerWidth ? event.clientX - width - 12 : event.clientX + 16;
    box.style.left = Math.max(8, left) + 'px';
    box.style.top = Math.max(8, Math.min(window.innerHeight - height - 8, event.clientY - height / 2)) + 'px';
    box.style.visibility = 'visible';
  },
  hide() { document.getElementById('tip').style.visibility = 'hidden'; },
};

/// Shows a tooltip over the nodes of a selection; content(datum) gives {title, rows}.
function hover(selection, content) {
  selection.each(function (datum) {
    this.addEventListener('pointermove', (event) => { const c = content(datum); tip.show(event, c.title, c.rows); });
    this.addEventListener('pointerleave', tip.hide);
  });
  return selection;
}

function table(columns, rows) {
  return make('div', {class: 'scroll'}, make('table', {},
    make('thead', {}, make('tr', {}, columns.map((c) => make('th', c.number ? {class: 'n'} : {}, c.title)))),
    make('tbody', {}, rows.map((r) => make('tr', {}, r.map((cell, i) => make('td', columns[i].number ? {class: 'n'} : {}, cell)))))));
}
