// Where operators say who they are.

import { Api, UnauthorizedError, UnreachableError } from './api.js';
import { h, show } from './dom.js';

/** Asks for the token until the server accepts one. */
export function signInForm({ message, signedIn }) {
  const failure = h('p', { class: 'failure', id: 'token-failure', role: 'alert' }, message);
  const input = h('input', {
    id: 'token', name: 'token', type: 'password', required: true, autocomplete: 'current-password', spellcheck: 'false', 'aria-describedby': 'token-hint token-failure',
  });
  const button = h('button', { type: 'submit', class: 'filled' }, 'Sign in');

  const submit = async () => {
    const token = input.value.trim();
    button.disabled = true;
    show(failure);
    try {
      // What cannot be in a header cannot be the token.
      if (!/^[\x21-\x7e]+$/.test(token)) {
        throw new UnauthorizedError();
      }

      await new Api(token).fleet();
      signedIn(token);
    } catch (error) {
      if (error instanceof UnauthorizedError) {
        show(failure, 'The server does not accept this token.');
        input.select();
      } else {
        show(failure, `${error instanceof UnreachableError ? 'The server does not answer' : 'The server refuses'}: ${error.message}`);
      }

      input.focus();
    } finally {
      button.disabled = false;
    }
  };

  return h('form', {
    class: 'sign-in card',
    onsubmit: event => {
      event.preventDefault();
      submit();
    },
  },
  h('h1', { tabindex: '-1' }, 'Sign in'),
  h('p', { class: 'field' }, h('label', { for: 'token' }, 'Operator’s token'), input),
  failure,
  button,
  h('p', { class: 'hint', id: 'token-hint' },
    'It is in the file ', h('code', null, 'operator.token'), ' in the server’s data folder. This tab remembers it until it is closed or you sign out.'));
}
