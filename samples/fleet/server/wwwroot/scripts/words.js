// What operators read: times, durations, states, and the names of the protocol's steps.

import { h, svg } from './dom.js';

/** The states in the order in which they are shown, each with a shape of its own: colour says nothing that shape and word do not. */
export const STATES = ['attested', 'overdue', 'refused', 'retired', 'revoked'];

export const STATE_MEANS = {
  attested: 'in time, nothing of its own refused since',
  overdue: 'not attested in time',
  refused: 'its own answer was refused since',
  retired: 'out of service',
  revoked: 'out of service for good',
};

// On a field of 16 by 16: a disc, a triangle, an octagon, a square and a ring.
const SHAPES = {
  attested: ['M8 .5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z', 'M4.7 8.3l2.3 2.3 4.3-4.8'],
  overdue: ['M8 .8L15.7 14.4Q15.9 15.2 15 15.2H1Q.1 15.2 .3 14.4z', 'M8 5.8v4M8 12.3v.2'],
  refused: ['M4.9.5h6.2l4.4 4.4v6.2l-4.4 4.4H4.9L.5 11.1V4.9z', 'M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4'],
  retired: ['M2.5 1h11q1.5 0 1.5 1.5v11q0 1.5-1.5 1.5h-11q-1.5 0-1.5-1.5v-11q0-1.5 1.5-1.5z', 'M6 5v6M10 5v6'],
  revoked: [null, 'M8 1.6a6.4 6.4 0 1 0 0 12.8a6.4 6.4 0 1 0 0-12.8zM3.5 3.5l9 9'],
};

/** The shape of a state. */
export function shape(state) {
  const [field, lines] = SHAPES[state] ?? [null, ''];
  return svg(
    'svg', { class: 'shape', viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    field === null ? null : svg('path', { class: 'field', d: field }),
    svg('path', { class: field === null ? 'lines alone' : 'lines', d: lines }));
}

/** A state: its shape and its word. */
export function stateChip(state) {
  return h('span', { class: `chip ${STATES.includes(state) ? state : ''}` }, shape(state), state);
}

const STEPS = { enrollment: 'Enrolment', completion: 'Completing enrolment', challenge: 'Challenge', evidence: 'Attestation' };

/** What was refused. */
export function step(name) {
  return STEPS[name] ?? name;
}

// Year first and 24 hours, as in logs, in the reader's time zone.
const DATE = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });

/** The name of the reader's time zone. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A moment as logs write it. */
export function moment(time) {
  return DATE.format(new Date(time));
}

/** A moment in full. */
export function at(time) {
  return time ? h('time', { datetime: time }, moment(time)) : 'never';
}

/** A moment by how long ago it is; in full when pointed at. */
export function ago(time, now) {
  return time ? h('time', { datetime: time, title: moment(time) }, agoText(time, now)) : 'never';
}

export function agoText(time, now) {
  const seconds = (now - new Date(time)) / 1000;
  return seconds < 5 ? 'just now' : `${duration(seconds)} ago`;
}

const UNITS = [['d', 86_400], ['h', 3600], ['min', 60], ['s', 1]];

/** A duration in its two largest units. */
export function duration(seconds) {
  const first = UNITS.findIndex(([, length]) => seconds >= length);
  if (first < 0) {
    return '0 s';
  }

  const [unit, length] = UNITS[first];
  const count = Math.floor(seconds / length);
  const [smallerUnit, smaller] = UNITS[first + 1] ?? ['', 1];
  const rest = Math.floor((seconds - count * length) / smaller);
  // Seconds beside minutes would only flicker.
  return rest > 0 && unit !== 's' && unit !== 'min' ? `${count} ${unit} ${rest} ${smallerUnit}` : `${count} ${unit}`;
}

/** What was refused in a device's name that it has not signed: how often, and where the last came from. */
export function attempts({ count: number, lastAt, source }, now) {
  return [`${number.toLocaleString('en')}, last `, ago(lastAt, now), ` from ${source}`];
}

export function count(number, one, many) {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
