// One device: what it is, how it stands and why, and what an operator can do about it.

import { actionsFor, ask } from './actions.js';
import { NotFoundError } from './api.js';
import { bootsSection } from './boots.js';
import { h } from './dom.js';
import { refusalTable } from './refusals.js';
import { ago, agoText, at, attempts, duration, stateChip } from './words.js';

const LATEST_BOOTS = 60;
const LATEST_REFUSALS = 50;

const TRUST_CLASSES = {
  discreteHardware: ['Discrete hardware', 'a chip of its own'],
  firmwareHardware: ['Firmware', 'in a protected part of the processor'],
  unknown: ['Unknown', 'the certificate names no manufacturer that is known'],
  cloudVirtual: ['Virtual', 'provided by a cloud or a hypervisor'],
  softwareEmulator: ['Software', 'a process that whoever runs it can read'],
};

const DAMAGED = {
  attestationPublic: 'attestation key',
  endorsementPublic: 'endorsement key',
  endorsementCertificate: 'certificate',
  endorsementCertificateChain: 'issuers’ certificates',
};

export const deviceView = {
  title: route => route.node,

  async load(api, { node }, session, signal) {
    const [device, boots, refusals] = await Promise.all([
      orNull(api.device(node, signal)),
      orNull(api.boots(node, LATEST_BOOTS, signal)),
      orNull(api.refusalsOf(node, LATEST_REFUSALS, signal)),
    ]);
    // The period explains when a device is overdue. It does not change while the server runs.
    session.period ??= (await api.fleet(signal)).attestationPeriodSeconds;
    return { device, boots: boots ?? [], refusals: refusals ?? [], period: session.period };
  },

  render: (data, route, context) => data.device === null ? renderUnknown(data, route) : renderDevice(data, context),

  changes(before, after) {
    if (before.device?.state === after.device?.state) {
      return '';
    }

    return after.device === null ? `${before.device.nodeId} is no longer enrolled.` : `${after.device.nodeId} is now ${after.device.state}.`;
  },
};

async function orNull(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return null;
    }

    throw error;
  }
}

function back() {
  return h('nav', { class: 'back', 'aria-label': 'Way back' }, h('a', { href: '#/' }, '← Fleet'));
}

function renderUnknown({ boots, refusals }, { node }) {
  return [
    back(),
    h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, node), h('p', null, 'No device of this name is enrolled.')),
    refusals.length > 0 ? section('Refusals', refusalTable(refusals)) : null,
    boots.length > 0 ? h('p', { class: 'nothing' }, 'It was enrolled before: its history is kept for as long as the server keeps any.') : null,
  ];
}

function renderDevice({ device, boots, refusals, period }, { now, width, api, refresh, announce }) {
  const perform = action => ask(action, device, { api, refresh, announce });
  return [
    back(),
    h('div', { class: 'title device' },
      h('h1', { tabindex: '-1' }, device.nodeId),
      h('div', { class: `standing ${device.state}` }, stateChip(device.state), h('p', null, why(device, refusals, period, now)))),
    h('div', { class: 'actions', role: 'group', 'aria-label': 'What you can do' }, actionsFor(device).map(action => h(
      'button', { key: action.id, type: 'button', class: action.isGrave ? 'grave' : null, onclick: () => perform(action) }, `${action.name}…`))),
    device.refusedAttempts ? h('p', { class: 'attempts' },
      'Refused attempts in its name: ', attempts(device.refusedAttempts, now), '. Its key has not signed them, so they say nothing of this machine: anybody who reaches the server can make them.') : null,
    device.damage.length > 0 ? h('p', { class: 'attempts' },
      `Its record is damaged in the database: ${device.damage.map(part => DAMAGED[part] ?? part).join(', ')}. Restore a backup, or remove the device and enrol it anew.`) : null,
    device.grant ? h('p', { class: 'grant' }, grantSentence(device.grant, now)) : null,
    section('Boots over time', bootsSection(boots, { now, width })),
    h('div', { class: 'halves' },
      section('Identity', identity(device, now)),
      section('Certificate chain', chain(device.certificate))),
    section('Refusals', refusalTable(refusals)),
  ];
}

function section(name, ...content) {
  const id = `${name.toLowerCase().replaceAll(' ', '-')}-title`;
  return h('section', { key: name, class: 'card', 'aria-labelledby': id }, h('div', { class: 'card-head' }, h('h2', { id }, name)), content);
}

/** Why it is in the state that it is in. */
function why(device, refusals, period, now) {
  const reason = device.statusReason ? `: ${device.statusReason}` : ', no reason given.';
  switch (device.state) {
    case 'attested':
      return `Attested ${agoText(device.lastVerifiedAt, now)}, and nothing that it signed was refused since.`;
    case 'overdue':
      return device.lastVerifiedAt
        ? `Attested ${agoText(device.lastVerifiedAt, now)}; expected every ${duration(period)}.`
        : `Not attested since it was enrolled ${agoText(device.enrolledAt, now)}; expected every ${duration(period)}.`;
    case 'refused': {
      const own = refusals.find(refusal => refusal.signed);
      return own
        ? [`Refused ${agoText(own.lastAt, now)}: ${own.detail} `, h('code', null, own.check)]
        : `Refused ${agoText(device.lastRefusedAt, now)}.`;
    }

    case 'retired':
      return `Out of service${reason}`;
    case 'revoked':
      return `Out of service for good${reason}`;
    default:
      return '';
  }
}

function grantSentence({ kind, expiresAt }, now) {
  const key = kind === 'anyEndorsementKey' ? 'any endorsement key that is of no other node' : 'the endorsement key that it has';
  const left = (new Date(expiresAt) - now) / 1000;
  return left > 0
    ? [`May be enrolled anew, once, with ${key}, for ${duration(left)} more: until `, at(expiresAt), '.']
    : ['Permission to enrol it anew has expired at ', at(expiresAt), '.'];
}

function identity(device, now) {
  const certificate = device.certificate ?? {};
  const [trust, means] = TRUST_CLASSES[certificate.trustClass] ?? [certificate.trustClass ?? 'None', ''];
  const rows = [
    ['Trust class', device.trustedOnFirstUse
      ? [h('strong', null, 'None'), h('span', { class: 'means' }, 'it had no certificate, and was trusted on first use')]
      : [h('strong', null, trust), means ? h('span', { class: 'means' }, means) : null]],
    ['Manufacturer', certificate.manufacturer],
    ['Model', certificate.model],
    ['Firmware', certificate.firmwareVersion],
    ['Certificate’s serial number', certificate.serialNumber && h('code', null, certificate.serialNumber)],
    ['Certificate valid until', certificate.notAfter && at(certificate.notAfter)],
    ['Endorsement key id', h('code', null, device.endorsementKeyId)],
    ['Attestation key’s Name', device.attestationKeyName && h('code', null, device.attestationKeyName)],
    ['Boot counters', device.resetCount === null || device.resetCount === undefined ? null : `reset ${device.resetCount}, restart ${device.restartCount}`],
    ['Enrolled', at(device.enrolledAt)],
    ['Last attested', device.lastVerifiedAt ? [at(device.lastVerifiedAt), ' (', ago(device.lastVerifiedAt, now), ')'] : 'never'],
  ];
  return h('dl', null, rows
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => h('div', { key: name }, h('dt', null, name), h('dd', null, value))));
}

function chain(certificate) {
  const subjects = certificate?.chain ?? [];
  if (subjects.length === 0) {
    return h('p', { class: 'nothing' }, certificate ? 'Its chain could not be built.' : 'Nobody vouches for this TPM: it had no certificate.');
  }

  const role = index => index === 0 ? 'Endorsement key' : index === subjects.length - 1 ? 'Root' : 'Issuer';
  return [
    h('ol', { class: 'chain' }, subjects.map((subject, index) => h(
      'li', null, h('span', { class: 'role' }, role(index)), h('span', { class: 'subject' }, subject || 'no subject: its names are in an extension')))),
    judgement(certificate.verdict),
  ];
}

/** What is to be thought of the certificate now; it may have been otherwise when the machine was enrolled. */
function judgement(verdict) {
  const remarkable = (verdict?.findings ?? []).filter(finding => finding.outcome !== 'passed');
  return h('div', { class: 'verdict' },
    h('p', null, 'Judged now: ', h('strong', null, verdict?.status ?? 'not known'), '.'),
    remarkable.length > 0
      ? h('ul', null, remarkable.map(finding => h('li', null, `${finding.outcome}: ${finding.detail} `, h('code', null, finding.check))))
      : null);
}
