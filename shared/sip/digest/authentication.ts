/**
 * The headers of authentication (RFC 3261 §20.7, §20.27, §20.28, §20.44): a scheme, and parameters with commas between
 * them.
 */
import { Fault } from '../fault.ts';
import { quoted, unquoted } from '../grammar.ts';
import { type HeaderKind, keyOf } from '../headers.ts';

/** A challenge or credentials of any scheme. */
export type Authentication = {
  readonly scheme: string;
  /** Names in small letters, values without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
};

const schemeName = /^([\w!%'*+\-.`~]+)(?:[ \t]+|$)/;
const authParameter = /([\w!%'*+\-.`~]+)[ \t]*=[ \t]*("(?:[^"\\]|\\[^])*"|[^\s",;]+)[ \t]*(,[ \t,]*|$)/y;

function parse(text: string): Authentication | Fault {
  const [start = '', scheme = ''] = schemeName.exec(text) ?? [];
  if (scheme === '') return new Fault('Missing scheme');
  const parameters = new Map<string, string>();
  authParameter.lastIndex = start.length;
  let end = start.length;
  for (let match = authParameter.exec(text); match !== null; match = authParameter.exec(text)) {
    const name = (match[1] ?? '').toLowerCase();
    if (parameters.has(name)) return new Fault(`${name}: More than one`);
    parameters.set(name, unquoted(match[2] ?? ''));
    end = authParameter.lastIndex;
  }
  return end === text.length ? { scheme, parameters } : new Fault('Malformed parameters');
}

/** What RFC 3261 §25.1 writes without quotes. `qop` of a challenge is a list in quotes, of credentials a token. */
const bare = new Set(['algorithm', 'stale', 'nc']);

function print({ scheme, parameters }: Authentication): string {
  const isAnswer = parameters.has('response');
  const written = [...parameters].map(
    ([name, value]) => `${name}=${bare.has(name) || (name === 'qop' && isAnswer) ? value : quoted(value)}`,
  );
  return `${scheme} ${written.join(', ')}`;
}

const kind = (name: string): HeaderKind<Authentication> => ({
  name,
  key: keyOf(name),
  list: false,
  mayBeEmpty: false,
  parse,
  print,
});

/**
 * The user agent's side and the proxy's: the header that asks, the one that answers, and the status that comes with the
 * question.
 */
export const authentication = {
  user: { challenge: kind('WWW-Authenticate'), credentials: kind('Authorization'), status: 401 },
  proxy: { challenge: kind('Proxy-Authenticate'), credentials: kind('Proxy-Authorization'), status: 407 },
} as const;

export type Side = keyof typeof authentication;

export const isDigest = ({ scheme }: Authentication): boolean => scheme.toLowerCase() === 'digest';
