// Elements, made and changed in one way: every value becomes text or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";
const WORDS_MAX = 256;

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) attr(node, name, value);
  node.append(...children);
  return node;
}

// el("p", {class: "none"}, "text", otherElement)
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// null takes the attribute away. What is the same already is not touched, so that nobody is told of it again.
export function attr(node, name, value) {
  if (value === null || value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, String(value));
  }
}

export function text(node, value) {
  const words = String(value ?? "");
  if (node.textContent !== words) node.textContent = words;
}

// What others wrote (names, filters, messages): cut where it is too long to be meant for people, and kept from turning the text around it.
export function theirs(value) {
  return el("bdi", {}, cut(value));
}

export function cut(value, most = WORDS_MAX) {
  const words = String(value ?? "");
  return words.length > most ? words.slice(0, most - 1) + "…" : words;
}

// Makes the children of a parent one for each item, in order; those that stay are only updated, so focus and selection stay too.
export function sync(parent, items, keyOf, make, update) {
  const known = new Map();
  for (const child of [...parent.children]) known.set(child.dataset.key, child);
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = make(item);
      child.dataset.key = key;
    }
    if (child !== before) parent.insertBefore(child, before);
    before = child.nextElementSibling;
    update(child, item);
  }
  for (const child of known.values()) {
    child.dispatchEvent(new Event("gone"));
    child.remove();
  }
}

export function show(node, yes) {
  if (node.hidden === yes) node.hidden = !yes;
}
