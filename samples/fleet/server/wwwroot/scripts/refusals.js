// What was refused: who, when, what was asked for, which check said no, and why.

import { h } from './dom.js';
import { deviceAddress } from './routes.js';
import { ago, at, count, step } from './words.js';

/** The latest refusals of all machines. */
export function refusalList(refusals, now) {
  if (refusals.length === 0) {
    return h('p', { class: 'nothing' }, 'Nothing was refused.');
  }

  return h('ol', { class: 'refusals' }, refusals.map((refusal, index) => h(
    'li', { key: keyOf(refusal, refusals, index) },
    h('div', { class: 'who' },
      refusal.nodeId ? h('a', { href: deviceAddress(refusal.nodeId) }, refusal.nodeId) : h('span', null, 'unknown machine'),
      h('span', { class: 'when' }, ago(refusal.lastAt, now))),
    h('p', { class: 'why' }, refusal.detail),
    h('p', { class: 'how' },
      h('code', null, refusal.check), ` · ${step(refusal.step)} · from ${refusal.source}`,
      refusal.signed ? ' · signed by its key' : '',
      refusal.count > 1 ? ` · ${count(refusal.count, 'time', 'times')}` : null))));
}

/** The refusals in one node's name. */
export function refusalTable(refusals) {
  if (refusals.length === 0) {
    return h('p', { class: 'nothing' }, 'Nothing was refused in its name.');
  }

  return h('div', { class: 'scroll', role: 'region', 'aria-label': 'Refusals, table', tabindex: '0' }, h(
    'table', { class: 'refusal-table' },
    h('caption', { class: 'unseen' }, 'Refusals in this node’s name, latest first'),
    h('thead', null, h('tr', null, ['Last', 'Why', 'Check', 'Asked for', 'From', 'Times'].map(name => h('th', { scope: 'col' }, name)))),
    h('tbody', null, refusals.map((refusal, index) => h(
      'tr', { key: keyOf(refusal, refusals, index) },
      h('td', { class: 'moment' }, at(refusal.lastAt)),
      h('td', { class: 'sentence' }, refusal.detail),
      h('td', null, h('code', null, refusal.check)),
      h('td', null, step(refusal.step)),
      h('td', null, refusal.source, refusal.signed ? h('span', { class: 'since' }, ' signed by its key') : null),
      h('td', { class: 'number' }, refusal.count.toLocaleString('en'),
        refusal.count > 1 ? h('span', { class: 'since' }, ' since ', at(refusal.firstAt)) : null))))));
}

// The same refusal from the same address may begin twice in one moment: the ordinal tells those apart.
function keyOf(refusal, refusals, index) {
  const name = other => JSON.stringify([other.nodeId, other.step, other.check, other.source, other.signed, other.firstAt]);
  const own = name(refusal);
  return `${own}#${refusals.slice(0, index).filter(other => name(other) === own).length}`;
}
