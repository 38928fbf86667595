// Addresses within the page: what is looked at is in the address, so that it can be kept, sent to a colleague, and gone back from.

/** What the address names: the fleet with what is looked for, or one device. */
export function readRoute() {
  const hash = location.hash.replace(/^#/, '') || '/';
  const [path, search = ''] = hash.split('?', 2);
  const device = /^\/devices\/([^/]+)$/.exec(path);
  if (device) {
    return { view: 'device', node: decode(device[1]) };
  }

  const parameters = new URLSearchParams(search);
  return {
    view: 'fleet',
    state: parameters.get('state') ?? '',
    prefix: parameters.get('prefix') ?? '',
    after: parameters.get('after') ?? '',
  };
}

export function deviceAddress(node) {
  return `#/devices/${encodeURIComponent(node)}`;
}

export function fleetAddress({ state = '', prefix = '', after = '' } = {}) {
  const parameters = new URLSearchParams(Object.entries({ state, prefix, after }).filter(([, value]) => value !== ''));
  return parameters.size === 0 ? '#/' : `#/?${parameters}`;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
