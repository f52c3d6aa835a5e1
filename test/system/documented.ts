import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod';
import { basePaths } from '#contract/base-paths.ts';
import { isWellFormed } from '../support/well-formed.ts';

/** Compares answers with the OpenAPI document that the system serves. */

type Node = Readonly<Record<string, unknown>>;
type Schema = Parameters<typeof z.fromJSONSchema>[0];

const Media = z.object({ schema: z.record(z.string(), z.unknown()).optional() });
const Response = z.object({ content: z.record(z.string(), Media).optional() });
const Operation = z.object({ responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), Response])) });
const OpenApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({
    responses: z.record(z.string(), Response),
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
  }),
});
export type OpenApi = z.infer<typeof OpenApi>;

/** A request and its answer. `path` has no query; `body` is the text. */
export type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
};

/** Why the document does not describe an answer; null if it does. */
export type Objection = (exchange: Exchange) => string | null;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema with its references resolved; no schema of the platform contains itself. */
function inlined(value: unknown, schemas: Node): unknown {
  if (Array.isArray(value)) return value.map((each) => inlined(each, schemas));
  if (!isNode(value)) return value;
  const name =
    typeof value['$ref'] === 'string' ? /^#\/components\/schemas\/(.+)$/.exec(value['$ref'])?.[1] : undefined;
  if (name !== undefined) return inlined(schemas[name], schemas);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inlined(each, schemas)]));
}

const segmentsOf = (path: string): string[] => path.split('/').slice(1);
const isVariable = (segment: string): boolean => segment.startsWith('{');

/** As API Gateway: a fixed segment has precedence over a variable, and both over a greedy variable. */
function fits(template: readonly string[], path: readonly string[], greedy: boolean): boolean {
  if (greedy ? path.length < template.length : path.length !== template.length) return false;
  return template.every((segment, at) => (isVariable(segment) ? path[at] !== '' : segment === path[at]));
}

type Template = { readonly path: string; readonly segments: readonly string[] };

/** The paths of a document in order of precedence. */
const templatesOf = (paths: readonly string[]): Template[] =>
  paths
    .map((path) => ({ path, segments: segmentsOf(path), place: path.replaceAll(/\{\w+\}/g, '\uffff') }))
    .sort((one, other) => (one.place < other.place ? -1 : 1));

function templateOf(templates: readonly Template[], path: string): string | undefined {
  const base = basePaths.find((each) => path.startsWith(`${each}/`)) ?? '';
  const asked = segmentsOf(path.slice(base.length));
  const found =
    templates.find(({ segments }) => fits(segments, asked, false)) ??
    templates.find((each) => each.path.endsWith('}') && fits(each.segments, asked, true));
  return found?.path;
}

const xml = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'detail' });

/** The content of the root element of an XML error. */
function errorInXml(text: string): unknown {
  const { error } = xml.parse(text) as { readonly error?: Node };
  return { ...error, code: Number(error?.['code']) };
}

/** Answers of API Gateway itself, in its own form, which belong to no operation. */
const gatewayStatuses = new Set([400, 413, 429, 431, 503]);
const GatewayBody = z.strictObject({ message: z.string() });

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isGateways = ({ status, contentType, body }: Exchange): boolean =>
  gatewayStatuses.has(status) &&
  contentType.startsWith('application/json') &&
  GatewayBody.safeParse(parsedJson(body)).success;

/** Reads a document once; its schemas are compiled on first use. */
export function objectionsFrom(document: unknown): Objection {
  const { paths, components } = OpenApi.parse(document);
  const compiled = new Map<Node, z.ZodType>();
  const compile = (schema: Node): z.ZodType => {
    const present = compiled.get(schema) ?? z.fromJSONSchema(inlined(schema, components.schemas) as Schema);
    compiled.set(schema, present);
    return present;
  };
  const templates = templatesOf(Object.keys(paths));

  const contentOf = ({ method, path, status }: Exchange): z.infer<typeof Response>['content'] | null => {
    const operation = paths[templateOf(templates, path) ?? '']?.[method.toLowerCase()];
    // A request without a route is answered like `ANY /errors`.
    const responses = operation?.responses ?? paths['/errors']?.['get']?.responses ?? {};
    const found = responses[String(status)] ?? responses['default'];
    if (found === undefined) return null;
    return '$ref' in found ? components.responses[found.$ref.split('/').at(-1) ?? '']?.content : found.content;
  };

  const objectionTo = (schema: Node, type: string, body: string): string | null => {
    const value = type === 'application/json' ? parsedJson(body) : errorInXml(body);
    if (value === undefined) return 'it is not well-formed JSON';
    const { error } = compile(schema).safeParse(value);
    return error === undefined ? null : z.prettifyError(error);
  };

  return (exchange) => {
    const { method, status, contentType, body } = exchange;
    const type = contentType.split(';')[0]?.trim() ?? '';
    if (status === 304 || status === 308 || method === 'OPTIONS' || isGateways(exchange)) return null;
    const content = contentOf(exchange);
    if (content === null) return `the document knows no status ${status}`;
    if (method === 'HEAD' || content === undefined) return body === '' ? null : 'the document knows no body';
    const media = content[type];
    if (media === undefined) return `the document knows no ${type}`;
    if (type === 'application/xml' && !isWellFormed(body)) return 'it is not well-formed XML';
    const readable = type === 'application/json' || (type === 'application/xml' && status >= 400);
    return media.schema !== undefined && readable ? objectionTo(media.schema, type, body) : null;
  };
}
