/**
 * The headers of authentication (RFC 3261 §20.7, §20.27, §20.28, §20.44): a scheme, and parameters separated by
 * commas.
 */
import { Fault } from '../fault.ts';
import { quote, unquote } from '../grammar.ts';
import { type HeaderKind, keyOf } from '../headers.ts';

/** A challenge, or credentials. */
export type Authentication = {
  readonly scheme: string;
  /** Names in lower case, values without quotes. Of other schemes than Digest they are not read. */
  readonly parameters: ReadonlyMap<string, string>;
};

const schemeName = /^([\w!%'*+\-.`~]+)(?:[ \t]+|$)/;
const authParameter = /([\w!%'*+\-.`~]+)[ \t]*=[ \t]*("(?:[^"\\]|\\[^])*"|[^\s",;]+)[ \t]*(,[ \t,]*|$)/y;

/**
 * Other schemes than Digest are only named, as their parameters may have another form, such as `token68` of RFC 7235
 * §2.1. A parameter that is repeated with the same value counts once, and one with several values is absent.
 */
function parse(text: string): Authentication | Fault {
  const [start = '', scheme = ''] = schemeName.exec(text) ?? [];
  if (scheme === '') return new Fault('Missing scheme');
  if (!isDigest({ scheme })) return { scheme, parameters: new Map() };
  const found: Parameter[] = [];
  authParameter.lastIndex = start.length;
  let end = start.length;
  for (let match = authParameter.exec(text); match !== null; match = authParameter.exec(text)) {
    found.push([(match[1] ?? '').toLowerCase(), unquote(match[2] ?? '')]);
    end = authParameter.lastIndex;
  }
  return end === text.length ? { scheme, parameters: withoutAmbiguous(found) } : new Fault('Malformed parameters');
}

type Parameter = readonly [name: string, value: string];

function withoutAmbiguous(found: readonly Parameter[]): ReadonlyMap<string, string> {
  const parameters = new Map(found);
  for (const [name, value] of found) if (parameters.get(name) !== value) parameters.delete(name);
  return parameters;
}

/**
 * Parameters that RFC 3261 §25.1 writes without quotes. `qop` is a quoted list in a challenge and a token in
 * credentials.
 */
const bare = new Set(['algorithm', 'stale', 'nc']);

function print({ scheme, parameters }: Authentication): string {
  const isAnswer = parameters.has('response');
  const written = [...parameters].map(
    ([name, value]) => `${name}=${bare.has(name) || (name === 'qop' && isAnswer) ? value : quote(value)}`,
  );
  return [scheme, written.join(', ')].join(' ').trimEnd();
}

const kind = (name: string): HeaderKind<Authentication> => ({
  name,
  key: keyOf(name),
  list: false,
  mayBeEmpty: false,
  parse,
  print,
});

/** By side, user agent or proxy: the headers of challenge and credentials, and the status of the challenge. */
export const authentication = {
  user: { challenge: kind('WWW-Authenticate'), credentials: kind('Authorization'), status: 401 },
  proxy: { challenge: kind('Proxy-Authenticate'), credentials: kind('Proxy-Authorization'), status: 407 },
} as const;

/** Whether a user agent or a proxy asks for credentials. */
export type Side = keyof typeof authentication;

/** Whether the scheme is Digest. */
export const isDigest = ({ scheme }: Pick<Authentication, 'scheme'>): boolean => scheme.toLowerCase() === 'digest';
