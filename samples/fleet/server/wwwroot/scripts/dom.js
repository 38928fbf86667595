// Trees of elements, and how one that is shown becomes another without flicker: what stays the same is left alone, with its focus, scroll position and selection.
// Text is only ever set as text. Nothing here reads markup, so nothing that a machine calls itself can become any.

const SVG = 'http://www.w3.org/2000/svg';

// What an element listens to, so that it can be handed on.
const listeners = new WeakMap();

/** Makes an element. Attributes that are null, undefined or false are left out; those that begin with "on" are listeners; "key" tells siblings apart. */
export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/** Makes an element of a picture. */
export function svg(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

/** Makes the children of an element those that are given. */
export function show(parent, ...children) {
  const fresh = document.createDocumentFragment();
  append(fresh, children);
  patchChildren(parent, fresh);
}

function build(element, attributes, children) {
  const heard = {};
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) {
      continue;
    }

    if (name.startsWith('on')) {
      heard[name] = value;
      element[name] = value;
    } else {
      element.setAttribute(name === 'key' ? 'data-key' : name, value === true ? '' : String(value));
    }
  }

  listeners.set(element, heard);
  append(element, children);
  return element;
}

function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      parent.append(child);
    }
  }
}

function patchChildren(parent, fresh) {
  const wanted = new Set();
  for (const child of fresh.childNodes) {
    wanted.add(keyOf(child));
  }

  // What goes away goes first, so that what stays need not be moved: an element that is moved loses its focus.
  const kept = new Map();
  for (const child of [...parent.childNodes]) {
    const key = keyOf(child);
    if (key === null) {
      continue;
    }

    if (wanted.has(key)) {
      kept.set(key, child);
    } else {
      child.remove();
    }
  }

  let at = parent.firstChild;
  for (const child of [...fresh.childNodes]) {
    const key = keyOf(child);
    const match = key === null ? (at !== null && keyOf(at) === null ? at : null) : (kept.get(key) ?? null);
    if (match === null || !isAlike(match, child)) {
      parent.insertBefore(child, at);
      continue;
    }

    if (match === at) {
      at = at.nextSibling;
    } else {
      parent.insertBefore(match, at);
    }

    patch(match, child);
  }

  while (at !== null) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function patch(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) {
      old.data = fresh.data;
    }

    return;
  }

  for (const { name } of [...old.attributes]) {
    // Whether details are open is their reader's choice.
    if (!fresh.hasAttribute(name) && !(name === 'open' && old.localName === 'details')) {
      old.removeAttribute(name);
    }
  }

  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
      // What somebody types goes before what the page knows.
      if (name === 'value' && old !== document.activeElement) {
        old.value = value;
      }
    }
  }

  const heard = listeners.get(fresh) ?? {};
  for (const name of Object.keys(listeners.get(old) ?? {})) {
    old[name] = heard[name] ?? null;
  }

  Object.assign(old, heard);
  listeners.set(old, heard);
  patchChildren(old, fresh);
}

function isAlike(old, fresh) {
  return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName;
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute('data-key') : null;
}
