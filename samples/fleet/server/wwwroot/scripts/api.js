// The server's API as operators use it. Addresses are relative to the page, so that a server below a path of a proxy works too.

const TIMEOUT_MS = 15_000;
const CLOCK_TOLERANCE_MS = 3000;

/** The server does not accept the token. */
export class UnauthorizedError extends Error {}

/** The server has no such thing. */
export class NotFoundError extends Error {}

/** The server refused, and says why. */
export class RefusedError extends Error {}

/** No server answered, or it could not do its work. */
export class UnreachableError extends Error {}

export class Api {
  #token;
  #ahead = 0;

  constructor(token) {
    this.#token = token;
  }

  /** The time by the server's clock, which all its times are of; the reader's own may be wrong. */
  now() {
    return Date.now() + this.#ahead;
  }

  fleet(signal) {
    return this.#call('GET', 'fleet', null, signal);
  }

  devices(query, signal) {
    return this.#call('GET', `devices?${parameters(query)}`, null, signal);
  }

  device(node, signal) {
    return this.#call('GET', devicePath(node), null, signal);
  }

  async boots(node, limit, signal) {
    return (await this.#call('GET', `${devicePath(node)}/boots?limit=${limit}`, null, signal)).boots;
  }

  async refusalsOf(node, limit, signal) {
    return (await this.#call('GET', `${devicePath(node)}/refusals?limit=${limit}`, null, signal)).refusals;
  }

  async refusals(limit, signal) {
    return (await this.#call('GET', `refusals?limit=${limit}`, null, signal)).refusals;
  }

  /** Does what an operator asks for: the last part of the address, and what goes with it. */
  act(node, action, body) {
    return this.#call('POST', `${devicePath(node)}/${action}`, body);
  }

  /** Has a device forgotten; one that is revoked, only if the operator was shown that it is. */
  remove(node, isRevoked) {
    return this.#call('DELETE', `${devicePath(node)}${isRevoked ? '?revoked=true' : ''}`, null);
  }

  async #call(method, path, body, signal) {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const headers = { Accept: 'application/json', Authorization: `Bearer ${this.#token}` };
    if (body !== null) {
      headers['Content-Type'] = 'application/json';
    }

    let response;
    let text;
    try {
      response = await fetch(new URL(`v1/${path}`, document.baseURI), {
        method,
        headers,
        body: body === null ? undefined : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
      });
      text = await response.text();
    } catch (error) {
      // Who gave up knows that.
      signal?.throwIfAborted();
      throw new UnreachableError(error.name === 'TimeoutError' ? `No answer within ${TIMEOUT_MS / 1000} seconds.` : 'No connection.');
    }

    this.#learnTime(response.headers.get('Date'));
    const answer = parse(text);
    if (response.ok) {
      return answer;
    }

    const sentence = answer?.detail ?? answer?.title ?? `The server answered with status ${response.status}.`;
    switch (response.status) {
      case 401: throw new UnauthorizedError(sentence);
      case 404: throw new NotFoundError(sentence);
      case 429: throw new UnreachableError('The server wants to be asked less often.');
      default: throw response.status >= 500 ? new UnreachableError(sentence) : new RefusedError(sentence);
    }
  }

  #learnTime(date) {
    const ahead = Date.parse(date) - Date.now();
    // The header has whole seconds, and was a while on its way.
    this.#ahead = Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
  }
}

function devicePath(node) {
  return `devices/${encodeURIComponent(node)}`;
}

function parameters(query) {
  return new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== ''));
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
