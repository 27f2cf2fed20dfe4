// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them: three significant digits and an SI prefix where the unit takes one.
const PREFIXES = [[1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p']];

function number(value, digits = 3) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1).replace('e+', 'e');
  const text = size >= 10 ** (digits - 1) ? Math.round(value).toString() : value.toPrecision(digits);
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

/// Factor and text of the prefix with which `value` reads best. Times above a second and shares take none.
function prefixFor(value, unit) {
  const size = Math.abs(value);
  if (!size || unit === '1' || unit === 'pJ/bit' || (unit === 's' && size >= 1)) return [1, ''];
  return PREFIXES.find(([factor]) => size >= factor * 0.9995 && (factor >= 1 || unit !== 'token/s')) || [1, ''];
}

const NAMES = {'token/s': 'tokens/s', 'token': 'tokens', '1': ''};

/// [text, unit], e.g. ['12.3', 'ms'].
function parts(value, unit) {
  if (value === null || value === undefined || !isFinite(value)) return ['–', ''];
  const [factor, prefix] = prefixFor(value, unit);
  const name = NAMES[unit] === undefined ? unit : NAMES[unit];
  return [number(value / factor), prefix && name.startsWith('token') ? prefix + ' ' + name : prefix + name];
}

const si = (value, unit) => parts(value, unit).filter(Boolean).join(' ');

function percent(share) {
  if (share === null || !isFinite(share)) return '–';
  const value = share * 100;
  if (value === 0 || value >= 99.95) return value.toFixed(0) + ' %';
  if (value < 0.01) return '< 0.01 %';
  return (value < 9.95 ? number(value, 2) : value.toFixed(1)) + ' %';
}
