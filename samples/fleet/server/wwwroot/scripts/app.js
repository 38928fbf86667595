// The page: who is signed in, what is looked at, and keeping it up to date.

import { Api, UnauthorizedError, UnreachableError } from './api.js';
import { deviceView } from './device-view.js';
import { h, show } from './dom.js';
import { fleetView } from './fleet-view.js';
import { Poller } from './poller.js';
import { readRoute } from './routes.js';
import { signInForm } from './sign-in.js';
import { moment, ZONE } from './words.js';

const TOKEN = 'fleet.token';
const VIEWS = { fleet: fleetView, device: deviceView };

const main = document.getElementById('main');
const lost = document.getElementById('lost');
const freshness = document.getElementById('freshness');
const announcer = document.getElementById('announcer');
const signOutButton = document.getElementById('sign-out');

const session = { api: null, period: undefined };
let route = readRoute();
let data = null;
let lostSince = null;
let answeredAt = null;

const poller = new Poller(ask);

async function ask(signal) {
  const asked = route;
  const view = VIEWS[asked.view];
  try {
    const answer = await view.load(session.api, asked, session, signal);
    const before = data;
    data = answer;
    lostSince = null;
    answeredAt = Date.now();
    render();
    if (before !== null) {
      announce(view.changes(before, answer));
    }

    return true;
  } catch (error) {
    if (signal.aborted) {
      return true;
    }

    if (error instanceof UnauthorizedError) {
      signOut('The server no longer accepts this token.');
      return true;
    }

    if (!(error instanceof UnreachableError)) {
      console.error(error);
    }

    lostSince ??= Date.now();
    renderState(error);
    return false;
  }
}

function render() {
  const hadFocus = main.contains(document.activeElement);
  show(main, VIEWS[route.view].render(data, route, {
    now: session.api.now(),
    width: measured(),
    api: session.api,
    go,
    refresh: () => poller.now(),
    announce,
  }));
  main.removeAttribute('aria-busy');
  // What had the focus may be gone; the reader should not be thrown to the top of the page.
  if (hadFocus && !main.contains(document.activeElement)) {
    main.querySelector('h1').focus({ preventScroll: true });
  }

  renderState();
  keepMeasured();
}

function renderState(error) {
  show(freshness, session.api && answeredAt ? `As of ${moment(answeredAt).slice(11)}` : '');
  freshness.classList.toggle('stale', lostSince !== null);
  show(lost, lostSince === null ? '' : h('p', null,
    `No good answer from the server since ${moment(lostSince)}. ${answeredAt ? `What is shown is as of ${moment(answeredAt)}. ` : ''}It is asked again every few seconds. (${error.message})`));
}

/** Says something to those who do not see it. */
function announce(text) {
  if (text) {
    show(announcer, h('p', null, text));
  }
}

function go(address, { replace }) {
  if (replace) {
    history.replaceState(null, '', address);
    follow({ keepFocus: true });
  } else {
    location.hash = address;
  }
}

function follow({ keepFocus = false } = {}) {
  const before = route;
  route = readRoute();
  document.title = route.view === 'fleet' ? 'Fleet' : `${VIEWS[route.view].title(route)} · Fleet`;
  if (session.api === null) {
    return;
  }

  const isSameView = before.view === route.view && before.node === route.node;
  main.setAttribute('aria-busy', 'true');
  if (!isSameView || data === null) {
    data = null;
    show(main, h('div', { class: 'title', key: 'loading' }, h('h1', { tabindex: '-1' }, VIEWS[route.view].title(route)), h('p', null, 'Asking the server …')));
    scrollTo(0, 0);
    if (!keepFocus) {
      main.querySelector('h1').focus();
    }
  }

  poller.now();
}

function signIn(token) {
  sessionStorage.setItem(TOKEN, token);
  session.api = new Api(token);
  signOutButton.hidden = false;
  follow();
}

function signOut(message) {
  poller.stop();
  sessionStorage.removeItem(TOKEN);
  session.api = null;
  session.period = undefined;
  data = null;
  lostSince = null;
  answeredAt = null;
  signOutButton.hidden = true;
  document.getElementById('dialog').close();
  renderState();
  main.removeAttribute('aria-busy');
  main.replaceChildren(signInForm({ message, signedIn: signIn }));
  document.getElementById('token').focus();
}

// Pictures are drawn as wide as they are shown, so that their text has the size of other text.
const observer = new ResizeObserver(() => {
  if (data !== null && Math.abs(measured() - drawnWidth) > 1) {
    render();
  }
});
let drawnWidth = 0;
let watched = null;

function measured() {
  // Before the picture is there, as wide as what it will be in.
  drawnWidth = main.querySelector('[data-measure]')?.clientWidth ?? main.clientWidth - 40;
  return drawnWidth;
}

function keepMeasured() {
  const figure = main.querySelector('[data-measure]');
  if (figure !== watched) {
    observer.disconnect();
    watched = figure;
    if (figure) {
      observer.observe(figure);
    }
  }
}

document.getElementById('skip').addEventListener('click', event => {
  // The address is what is looked at, not a place within it.
  event.preventDefault();
  main.focus();
});
signOutButton.addEventListener('click', () => signOut());
addEventListener('hashchange', () => follow());
document.getElementById('zone').textContent = `Times are of ${ZONE}.`;

const remembered = sessionStorage.getItem(TOKEN);
if (remembered) {
  signIn(remembered);
} else {
  signOut();
}
