// The fleet at a glance.

import { h, svg } from './dom.js';
import { refusalList } from './refusals.js';
import { deviceAddress, fleetAddress } from './routes.js';
import { ago, at, attempts, count, duration, shape, stateChip, STATE_MEANS, STATES } from './words.js';

const PAGE_SIZE = 50;
const LATEST_REFUSALS = 20;
const TYPING_MS = 250;

// Pages are asked for by the node that they come after, which leads forward only: the way back is remembered here.
let trail = { filter: '', pages: [] };

export const fleetView = {
  title: () => 'Fleet',

  async load(api, route, session, signal) {
    const [fleet, page, refusals] = await Promise.all([
      api.fleet(signal),
      api.devices({ state: route.state, prefix: route.prefix, after: route.after, limit: PAGE_SIZE }, signal),
      api.refusals(LATEST_REFUSALS, signal),
    ]);
    session.period = fleet.attestationPeriodSeconds;
    return { fleet, page, refusals };
  },

  render: ({ fleet, page, refusals }, route, { now, go }) => [
    h('div', { class: 'title' },
      h('h1', { tabindex: '-1' }, 'Fleet'),
      h('p', null, `${count(fleet.total, 'device', 'devices')}, each to attest every ${duration(fleet.attestationPeriodSeconds)}`)),
    tiles(fleet, route),
    proportions(fleet),
    h('div', { class: 'columns' },
      h('section', { 'aria-labelledby': 'devices-title', class: 'card' },
        h('div', { class: 'card-head' },
          h('h2', { id: 'devices-title' }, 'Devices'),
          search(route, go)),
        deviceTable(page, route, now),
        paging(page, route)),
      h('section', { 'aria-labelledby': 'refusals-title', class: 'card' },
        h('div', { class: 'card-head' }, h('h2', { id: 'refusals-title' }, 'Latest refusals')),
        refusalList(refusals, now))),
  ],

  /** What somebody who does not see the page should be told. */
  changes(before, after) {
    return STATES
      .filter(state => before.fleet[state] !== after.fleet[state])
      .map(state => `${after.fleet[state]} ${state}, was ${before.fleet[state]}.`)
      .join(' ');
  },
};

function tiles(fleet, route) {
  const tile = (state, number, name, means) => h('li', { key: state }, h(
    'a', { class: `tile ${state}`, href: fleetAddress({ state, prefix: route.prefix }), 'aria-current': route.state === state ? 'true' : null },
    h('span', { class: 'count' }, number.toLocaleString('en')),
    h('span', { class: 'name' }, state === '' ? null : shape(state), name),
    h('span', { class: 'means' }, means)));
  return h('nav', { 'aria-label': 'Devices by state' }, h(
    'ul', { class: 'tiles' },
    STATES.map(state => tile(state, fleet[state], state, STATE_MEANS[state])),
    tile('', fleet.total, 'all', 'every device there is')));
}

/** The states' shares as a bar; the tiles say the same in numbers. */
function proportions(fleet) {
  let left = 0;
  return svg('svg', { class: 'proportions', viewBox: '0 0 100 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, STATES.map(state => {
    const width = fleet.total === 0 ? 0 : 100 * fleet[state] / fleet.total;
    const part = svg('rect', { class: state, x: left, y: 0, width, height: 1 });
    left += width;
    return part;
  }));
}

function search(route, go) {
  let typing;
  const find = value => {
    clearTimeout(typing);
    // In place: a step back leads to where the search began, not through each letter.
    go(fleetAddress({ state: route.state, prefix: value.trim() }), { replace: true });
  };
  return h('form', {
    class: 'search',
    role: 'search',
    onsubmit: event => {
      event.preventDefault();
      find(event.target.elements.prefix.value);
    },
  },
  h('label', { for: 'prefix' }, 'Name begins with'),
  h('input', {
    id: 'prefix',
    name: 'prefix',
    type: 'search',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    maxlength: '128',
    value: route.prefix,
    oninput: event => {
      clearTimeout(typing);
      const { value } = event.target;
      typing = setTimeout(() => find(value), TYPING_MS);
    },
  }));
}

function deviceTable(page, route, now) {
  if (page.devices.length === 0) {
    return h('p', { class: 'nothing' }, nothing(route));
  }

  return h('div', { class: 'scroll', role: 'region', 'aria-label': 'Devices, table', tabindex: '0' }, h(
    'table', { class: 'devices' },
    h('caption', { class: 'unseen' }, `Devices${route.state ? ` that are ${route.state}` : ''}${route.prefix ? ` whose name begins with ${route.prefix}` : ''}, by name`),
    h('thead', null, h('tr', null, ['Name', 'State', 'Attested', 'Refused', 'Refused attempts', 'Resets', 'Enrolled'].map(name => h('th', { scope: 'col' }, name)))),
    h('tbody', null, page.devices.map(device => h(
      'tr', { key: device.nodeId },
      h('th', { scope: 'row' },
        h('a', { href: deviceAddress(device.nodeId) }, device.nodeId),
        device.trustedOnFirstUse ? h('span', { class: 'note' }, 'no certificate') : null),
      h('td', null, stateChip(device.state), device.statusReason ? h('span', { class: 'reason' }, device.statusReason) : null),
      h('td', null, ago(device.lastVerifiedAt, now)),
      h('td', null, device.lastRefusedAt ? ago(device.lastRefusedAt, now) : '–'),
      h('td', null, device.refusedAttempts ? attempts(device.refusedAttempts, now) : '–'),
      h('td', { class: 'number' }, device.resetCount?.toLocaleString('en') ?? '–'),
      h('td', { class: 'moment' }, at(device.enrolledAt)))))));
}

function nothing({ state, prefix, after }) {
  if (after) {
    return 'There are no more devices.';
  }

  if (prefix) {
    return `No ${state ? `${state} ` : ''}device has a name that begins with “${prefix}”.`;
  }

  return state ? `No device is ${state}.` : 'No device is enrolled yet. Start an agent with this server’s address, and it will show up here.';
}

function paging(page, route) {
  const filter = fleetAddress({ state: route.state, prefix: route.prefix });
  if (trail.filter !== filter) {
    trail = { filter, pages: [] };
  }

  // The pages before this one; of a page that was come to by its address alone, only the first is known.
  const known = trail.pages.indexOf(route.after);
  if (known >= 0) {
    trail.pages.length = known + 1;
  } else {
    trail.pages = route.after === '' ? [''] : [...(trail.pages.length > 0 ? trail.pages : ['']), route.after];
  }

  const previous = trail.pages.at(-2);
  if (previous === undefined && page.next === null) {
    return null;
  }

  const link = (name, after) => after === null || after === undefined
    ? h('span', { class: 'button', 'aria-disabled': 'true' }, name)
    : h('a', { class: 'button', href: fleetAddress({ state: route.state, prefix: route.prefix, after }) }, name);
  return h('nav', { class: 'paging', 'aria-label': 'Pages of devices' },
    link('Previous', previous),
    h('span', null, page.devices.length === 0 ? '' : `${page.devices[0].nodeId} to ${page.devices.at(-1).nodeId}`),
    link('Next', page.next));
}
