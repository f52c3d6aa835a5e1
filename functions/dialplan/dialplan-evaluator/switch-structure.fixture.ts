import { XMLParser } from 'fast-xml-parser';
import { isWellFormed } from '#test/support/well-formed.ts';

/** The structure of a FreeSWITCH dial plan: the elements and attributes that mod_dialplan_xml.c reads. */

type Form = {
  readonly attributes: Readonly<Record<string, RegExp>>;
  readonly optional?: readonly string[];
  readonly children: readonly string[];
  readonly least?: number;
};

const anything = /^/;
const someText = /./s;

const forms: Readonly<Record<string, Form>> = {
  document: { attributes: { type: /^freeswitch\/xml$/ }, children: ['section'], least: 1 },
  section: {
    attributes: { name: /^(dialplan|result)$/, description: anything },
    optional: ['description'],
    children: ['context', 'result'],
    least: 1,
  },
  result: { attributes: { status: /^not found$/ }, children: [] },
  context: { attributes: { name: anything }, children: ['extension'] },
  extension: {
    attributes: { name: someText, continue: /^(true|false)$/ },
    optional: ['continue'],
    children: ['condition'],
    least: 1,
  },
  condition: {
    attributes: { field: /^destination_number$/, expression: someText, break: /^(on-true|on-false|always|never)$/ },
    optional: ['break'],
    children: ['action', 'anti-action'],
  },
  action: {
    attributes: {
      application: /^(answer|bridge|hangup|log|playback|set|transfer|voicemail)$/,
      data: someText,
      inline: /^(true|false)$/,
    },
    optional: ['data', 'inline'],
    children: [],
  },
};

/** An element as parsed: its name has the children, `:@` the attributes. */
type Element = Readonly<Record<string, readonly Element[]>> & { readonly ':@'?: Readonly<Record<string, string>> };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  preserveOrder: true,
  trimValues: false,
  parseAttributeValue: false,
  processEntities: true,
});

/** What FreeSWITCH reads from a document. */
export type SwitchDocument = {
  /** Violations of the structure; empty for a valid document. */
  readonly violations: readonly string[];
  readonly expressions: readonly string[];
  readonly actions: readonly { readonly application: string; readonly data: string }[];
};

export function readSwitchDocument(xml: string): SwitchDocument {
  if (!isWellFormed(xml)) return { violations: ['not well-formed'], expressions: [], actions: [] };
  const elements = (parser.parse(xml) as readonly Element[]).filter((element) => !('?xml' in element));
  const all = elements.flatMap((element) => [...within(element)]);
  const attributesOf = (name: string) =>
    all.filter((element) => nameOf(element) === name).map((element) => element[':@'] ?? {});
  return {
    violations: [...(nameOf(elements[0] ?? {}) === 'document' ? [] : ['no document']), ...all.flatMap(violationsOf)],
    expressions: attributesOf('condition').map(({ expression = '' }) => expression),
    actions: attributesOf('action').map(({ application = '', data = '' }) => ({ application, data })),
  };
}

const nameOf = (element: Element): string => Object.keys(element).find((key) => key !== ':@') ?? '';
const childrenOf = (element: Element): readonly Element[] => element[nameOf(element)] ?? [];

function* within(element: Element): Generator<Element> {
  yield element;
  for (const child of childrenOf(element)) yield* within(child);
}

function violationsOf(element: Element): string[] {
  const name = nameOf(element);
  const form = forms[name];
  if (form === undefined) return [`${name} is not an element`];
  const children = childrenOf(element).map(nameOf);
  const attributes = Object.entries(element[':@'] ?? {});
  const missing = Object.keys(form.attributes).filter(
    (wanted) => form.optional?.includes(wanted) !== true && !attributes.some(([given]) => given === wanted),
  );
  return [
    ...missing.map((attribute) => `${name} has no ${attribute}`),
    ...attributes
      .filter(([attribute, value]) => form.attributes[attribute]?.test(value) !== true)
      .map(([attribute, value]) => `${name} ${attribute}=${JSON.stringify(value)}`),
    ...children.filter((child) => !form.children.includes(child)).map((child) => `${child} in ${name}`),
    ...(children.length < (form.least ?? 0) ? [`${name} is empty`] : []),
  ];
}
