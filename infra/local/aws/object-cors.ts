import type { OutgoingHttpHeaders } from 'node:http';
import type { CloudResource } from '../templates/resource.ts';
import { isLink, type AwsAnswer, type AwsCall, type AwsService } from './aws-call.ts';
import { objectFailure } from './objects.ts';
import { objectOf } from './object-call.ts';

/** A rule of the `CorsConfiguration` of an `AWS::S3::Bucket`. */
type CorsRule = {
  readonly AllowedOrigins: readonly string[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedHeaders?: readonly string[];
  readonly ExposedHeaders?: readonly string[];
};

type Rules = ReadonlyMap<string, readonly CorsRule[]>;

const rulesOf = (resources: readonly CloudResource[]): Rules =>
  new Map(
    resources
      .filter(({ type }) => type === 'AWS::S3::Bucket')
      .map(({ name, properties }) => {
        const { CorsRules = [] } = Object(properties['CorsConfiguration']) as { CorsRules?: readonly CorsRule[] };
        return [name, CorsRules] as const;
      }),
  );

/** An origin or a header, with at most one `*` for any text. */
const matches = (pattern: string, text: string): boolean => {
  const [before = '', after] = pattern.toLowerCase().split('*');
  const wanted = text.toLowerCase();
  if (after === undefined) return before === wanted;
  return wanted.length >= before.length + after.length && wanted.startsWith(before) && wanted.endsWith(after);
};

const textOf = (header: string | readonly string[] | undefined): string => (typeof header === 'string' ? header : '');

const bucketOf = (call: AwsCall): string => {
  try {
    return objectOf(call).bucket;
  } catch {
    // The path cannot be read, and the call is rejected.
    return '';
  }
};

const namesIn = (list: string): readonly string[] =>
  list.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));

/** What a page of another origin asks for, itself or by a preflight. */
function askedFor({ method, headers }: AwsCall) {
  const { origin = '', 'access-control-request-method': asked, 'access-control-request-headers': named } = headers;
  return method === 'OPTIONS'
    ? { origin, method: textOf(asked), wanted: textOf(named) }
    : { origin, method, wanted: '' };
}

/** Headers of an answer to a page of another origin; undefined: no rule of the bucket allows it. */
function allowed(rules: Rules, call: AwsCall): OutgoingHttpHeaders | undefined {
  const { origin, method, wanted } = askedFor(call);
  const names = namesIn(wanted);
  for (const rule of rules.get(bucketOf(call)) ?? []) {
    const { AllowedOrigins, AllowedMethods, AllowedHeaders = [], ExposedHeaders = [] } = rule;
    const from = AllowedOrigins.find((pattern) => matches(pattern, origin));
    const mayAsk = names.every((name) => AllowedHeaders.some((pattern) => matches(pattern, name)));
    if (from !== undefined && AllowedMethods.includes(method) && mayAsk)
      return {
        'access-control-allow-origin': from === '*' ? '*' : origin,
        'access-control-allow-methods': AllowedMethods.join(', '),
        ...(wanted === '' ? {} : { 'access-control-allow-headers': wanted }),
        ...(ExposedHeaders.length === 0 ? {} : { 'access-control-expose-headers': ExposedHeaders.join(', ') }),
        vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
      };
  }
  return undefined;
}

/**
 * Answers links to objects for pages of other origins, as the rules of the buckets say. A preflight is not signed.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
 */
export function withObjectCors(resources: readonly CloudResource[], service: AwsService): AwsService {
  const rules = rulesOf(resources);
  return async (call) => {
    if (call.headers.origin === undefined || call.service !== 's3' || !isLink(call)) return service(call);
    const headers = allowed(rules, call);
    if (call.method === 'OPTIONS' && call.headers['access-control-request-method'] !== undefined)
      return headers === undefined ? forbidden : { status: 200, headers, body: '' };
    const answer = await service(call);
    return headers === undefined ? answer : { ...answer, headers: { ...answer.headers, ...headers } };
  };
}

const forbidden: AwsAnswer = objectFailure(403, 'AccessForbidden', 'CORSResponse: This CORS request is not allowed.');
