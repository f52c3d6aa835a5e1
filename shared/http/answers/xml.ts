import XMLBuilder from 'fast-xml-builder';

// Characters that XML 1.0 §2.2 forbids, escaped or not.
const forbidden = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
  processEntities: true,
});

type Node = string | number | boolean | null | undefined | readonly Node[] | { readonly [name: string]: Node };

const withoutForbidden = (node: Node): unknown => {
  if (typeof node === 'string') return node.replace(forbidden, '\ufffd');
  if (Array.isArray(node)) return node.map(withoutForbidden);
  if (typeof node === 'object' && node !== null)
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, withoutForbidden(value)]));
  return node ?? '';
};

/** A well-formed document of any values. Names that begin with `@` become attributes. */
export const xmlDocument = (root: { readonly [name: string]: Node }): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(withoutForbidden(root))}`;
