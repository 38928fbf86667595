// What an operator can do with a device. Each is asked about first, done once, and its outcome said.

import { h, show } from './dom.js';
import { RefusedError, NotFoundError, UnreachableError } from './api.js';

const LONGEST_REASON = 512;
const LONGEST_GRANT_HOURS = 720;

const isInService = device => device.state !== 'retired' && device.state !== 'revoked';
const isRevoked = device => device.state === 'revoked';

const ACTIONS = [
  {
    id: 'retire',
    name: 'Retire',
    applies: isInService,
    question: node => `Retire ${node}?`,
    consequence: 'It gets no challenge any more, and its evidence is refused, until it is reinstated. Its name and its endorsement key stay taken.',
    fields: { reason: false },
    done: node => `${node} is retired.`,
  },
  {
    id: 'reinstate',
    name: 'Reinstate',
    applies: device => device.state === 'retired',
    question: node => `Reinstate ${node}?`,
    consequence: 'It may attest again, with the keys that it has.',
    done: node => `${node} is back in service.`,
  },
  {
    id: 'allow-reenrollment',
    name: 'Allow re-enrolment',
    applies: device => !isRevoked(device),
    question: node => `Allow ${node} to enrol anew?`,
    consequence: 'Once, with the endorsement key that it has: its attestation key was lost, or its TPM was cleared.',
    fields: { hours: true },
    done: node => `${node} may enrol anew with the endorsement key that it has.`,
  },
  {
    id: 'allow-replacement',
    name: 'Allow replacement',
    applies: device => !isRevoked(device),
    question: node => `Allow another machine to become ${node}?`,
    consequence: 'Once, with any endorsement key that is of no other node: its board was changed. Whoever asks first under this name gets it.',
    fields: { hours: true },
    done: node => `Another machine may become ${node}.`,
  },
  {
    id: 'withdraw-grant',
    name: 'Withdraw permission',
    applies: device => Boolean(device.grant),
    question: node => `Withdraw the permission to enrol ${node} anew?`,
    consequence: 'An enrolment that was begun with it is not completed.',
    done: node => `${node} may no longer be enrolled anew.`,
  },
  {
    id: 'revoke',
    name: 'Revoke',
    isGrave: true,
    applies: device => !isRevoked(device),
    question: node => `Revoke ${node} for good?`,
    consequence: 'It was stolen, or is not to be trusted any more. This cannot be undone: as long as the server remembers it, its endorsement key is enrolled under no name.',
    fields: { reason: true },
    done: node => `${node} is revoked.`,
  },
  {
    id: 'remove',
    name: 'Remove',
    isGrave: true,
    applies: () => true,
    question: node => `Remove ${node}?`,
    consequence: 'The server forgets it, revoked or not: its name and its endorsement key can be enrolled again by whoever asks first.',
    done: node => `${node} is removed.`,
  },
];

/** What can be done with a device as it is now. */
export function actionsFor(device) {
  return ACTIONS.filter(action => action.applies(device));
}

/** Asks whether an action is meant, does it, and says how it went. */
export function ask(action, device, { api, refresh, announce }) {
  const dialog = document.getElementById('dialog');
  const opener = document.activeElement;
  const fields = action.fields ?? {};
  const failure = h('p', { class: 'failure', role: 'alert' });
  const confirm = h('button', { type: 'submit', class: action.isGrave ? 'grave filled' : 'filled' }, action.name);
  let isBusy = false;

  const perform = async form => {
    isBusy = true;
    confirm.disabled = true;
    show(failure);
    try {
      await send(action, device, form, api);
      dialog.close();
      await refresh();
      announce(action.done(device.nodeId));
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof NotFoundError || error instanceof UnreachableError)) {
        dialog.close();
        throw error;
      }

      show(failure, error instanceof UnreachableError
        ? `${error.message} Whether it was done is not known: look again before you repeat it.`
        : error.message);
    } finally {
      isBusy = false;
      confirm.disabled = false;
    }
  };

  dialog.replaceChildren(h(
    'form', {
      onsubmit: event => {
        event.preventDefault();
        if (!isBusy) {
          perform(event.target.elements);
        }
      },
    },
    h('h2', { id: 'dialog-title' }, action.question(device.nodeId)),
    h('p', { id: 'dialog-consequence' }, action.consequence),
    'reason' in fields ? h('p', { class: 'field' },
      h('label', { for: 'reason' }, fields.reason ? 'Why' : 'Why (optional)'),
      h('input', { id: 'reason', name: 'reason', maxlength: LONGEST_REASON, required: fields.reason, autocomplete: 'off' })) : null,
    'hours' in fields ? h('p', { class: 'field' },
      h('label', { for: 'hours' }, 'For how many hours'),
      h('input', { id: 'hours', name: 'hours', type: 'number', min: '1', max: LONGEST_GRANT_HOURS, value: '1', required: true })) : null,
    failure,
    h('div', { class: 'choices' },
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
      confirm)));
  dialog.setAttribute('aria-describedby', 'dialog-consequence');
  // Escape closes, but not while the server is asked: what became of it must be seen.
  dialog.oncancel = event => {
    if (isBusy) {
      event.preventDefault();
    }
  };
  dialog.onclose = () => {
    // The event comes a little later: a quick reader has opened the next already.
    if (dialog.open) {
      return;
    }

    dialog.replaceChildren();
    // What can be done may be other things now.
    (opener?.isConnected ? opener : document.querySelector('h1'))?.focus();
  };
  dialog.showModal();
}

function send(action, device, form, api) {
  if (action.id === 'remove') {
    return api.remove(device.nodeId, isRevoked(device));
  }

  const body = {};
  const reason = form.reason?.value.trim();
  if (reason) {
    body.reason = reason;
  }

  if (form.hours) {
    body.hours = Number(form.hours.value);
  }

  return api.act(device.nodeId, action.id, body);
}
