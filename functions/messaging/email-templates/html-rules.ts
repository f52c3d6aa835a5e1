/**
 * What the HTML of a template may have (functions/messaging/email-templates/README.md, "HTML"). E-mail needs no
 * scripts, frames or plug-ins, nor elements inside which browsers read HTML in another way.
 */

/** Elements that run scripts, embed documents, or change how browsers read what follows. */
const forbiddenElements: ReadonlySet<string> = new Set([
  'applet',
  'base',
  'embed',
  'fencedframe',
  'frame',
  'frameset',
  'iframe',
  'image',
  'isindex',
  'listing',
  'math',
  'noembed',
  'noframes',
  'noscript',
  'object',
  'param',
  'plaintext',
  'portal',
  'script',
  'select',
  'svg',
  'template',
  'xmp',
]);

export const isForbiddenElement = (name: string): boolean => forbiddenElements.has(name);

/** Elements whose content is text up to their end tag (HTML Living Standard, 13.2.6.2). */
const textElements: ReadonlySet<string> = new Set(['style', 'textarea', 'title']);

export const hasTextContent = (name: string): boolean => textElements.has(name);

/** Elements with text in which values are escaped as elsewhere. In a style sheet they would not be. */
export const takesValues = (element: string): boolean => element !== 'style';

/**
 * What an attribute holds: text of any kind, the address of a resource, a value that only the author of the template
 * may write, or something that no template may have.
 */
export type AttributeKind = 'plain' | 'url' | 'fixed' | 'pragma' | 'forbidden';

const urls = ['href', 'src', 'action', 'background', 'cite', 'data', 'formaction', 'longdesc', 'poster'];

const plain = [
  ...['abbr', 'align', 'alt', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'class', 'color', 'cols', 'colspan'],
  ...[
    'datetime',
    'dir',
    'headers',
    'height',
    'hidden',
    'hreflang',
    'id',
    'itemprop',
    'label',
    'lang',
    'name',
    'nowrap',
  ],
  ...['placeholder', 'role', 'rows', 'rowspan', 'scope', 'size', 'span', 'start', 'summary', 'title', 'type', 'valign'],
  ...['value', 'width'],
];

const kinds: ReadonlyMap<string, AttributeKind> = new Map([
  ...urls.map((name) => [name, 'url'] as const),
  ...plain.map((name) => [name, 'plain'] as const),
  ['http-equiv', 'pragma'],
  ['srcdoc', 'forbidden'],
  ['xlink:href', 'forbidden'],
]);

/** @param name in lower case */
export function attributeKind(name: string): AttributeKind {
  // Names of event handlers begin with `on` (HTML Living Standard, 8.1.8).
  if (name.startsWith('on')) return 'forbidden';
  if (/^(?:aria|data)-[a-z0-9-]+$/.test(name)) return 'plain';
  return kinds.get(name) ?? 'fixed';
}

const pragmas: ReadonlySet<string> = new Set(['content-type', 'content-language', 'x-ua-compatible']);

/** Whether `http-equiv` may have a value: none that loads another page. */
export const isHarmlessPragma = (value: string): boolean => pragmas.has(value.toLowerCase());

/**
 * The address of a link or an image as it may be sent: unchanged, or `#`. It must begin with the scheme as it is: no
 * character references, no control characters inside. So it does not matter how a reader decodes the rest.
 */
export const safeAddress = (escaped: string): string =>
  /^[ \t\r\n]*(?:https?:|mailto:|tel:|cid:|#)/i.test(escaped) ? escaped : '#';
