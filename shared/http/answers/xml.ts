import { escapeXml } from '../../schema/markup.ts';

// Characters that XML 1.0 §2.2 forbids, escaped or not.
const forbidden = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

type Scalar = string | number | boolean | null | undefined;
type Node = Scalar | readonly Node[] | { readonly [name: string]: Node };

const isList = (node: Node): node is readonly Node[] => Array.isArray(node);
const isScalar = (node: Node): node is Scalar => typeof node !== 'object' || node === null;

const textOf = (value: Node): string =>
  escapeXml(String(isScalar(value) ? (value ?? '') : '').replace(forbidden, '\ufffd'));

/** An element; of a list one for each member. */
function element(name: string, node: Node): string {
  if (isList(node)) return node.map((each) => element(name, each)).join('');
  const parts = isScalar(node) ? [['#text', node] as const] : Object.entries(node);
  const attributes = parts
    .map(([of, value]) => (of.startsWith('@') ? ` ${of.slice(1)}="${textOf(value)}"` : ''))
    .join('');
  const content = parts.map(([of, value]) => (of.startsWith('@') ? '' : contentOf(of, value))).join('');
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

const contentOf = (name: string, node: Node): string => (name === '#text' ? textOf(node) : element(name, node));

/** A well-formed document of any values. Names that begin with `@` become attributes, `#text` the text beside them. */
export const xmlDocument = (root: { readonly [name: string]: Node }): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${Object.entries(root)
    .map(([name, node]) => element(name, node))
    .join('')}`;
