import { address, parseAddress, printAddress, type Address } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { splitList } from '#sip/grammar.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers, keyOf, type Field } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { isSipUri, sipUri, userOf, type Uri } from '#sip/uri.ts';
import type { CallerLocation } from './caller-location.ts';
import { isHistoryPrivate, isPrivateDiversion, isPrivateEntry, privacyIn } from '../routing/diverter.ts';
import { isTrusted, type Diverted, type DiversionReason, type PeerTrust, type Target } from '../routing/target.ts';

/**
 * What passes of the headers of an INVITE to the other side (functions/sip-sidecar/calls/legs/README.md,
 * "Headers of INVITEs"). What is not named here passes to no one. No value opens a microphone, and none is a URL:
 * Call-Info, Answer-Mode, Priv-Answer-Mode (RFC 5373) and their like are missing for all senders.
 */

/** The headers of an INVITE, and whose they are. */
export type ReceivedHeaders = {
  readonly from: PeerTrust;
  readonly headers: Headers;
  /** The `Identity` headers that prove its caller. Absent: none does. */
  readonly identities?: readonly string[];
  /** Where the caller says that it is. Absent: it says nothing. */
  readonly location?: CallerLocation;
};

/** To whom a header passes, by whose it is. */
type Passes = Readonly<Record<PeerTrust, readonly PeerTrust[]>>;

const nowhere: readonly PeerTrust[] = [];
const inside: readonly PeerTrust[] = ['phone', 'pbx'];
const everywhere: readonly PeerTrust[] = ['phone', 'pbx', 'carrier', 'stranger'];

type Rule = {
  readonly name: string;
  readonly passes: Passes;
  /** Values that pass at most. */
  readonly max: number;
  /** Bytes of a value at most. */
  readonly bytes: number;
  /** Default: the whole field is one value. */
  readonly isList?: true;
  /** The value as it passes; undefined: it does not. */
  readonly read: (value: string) => string | undefined;
};

const matching =
  (form: RegExp) =>
  (value: string): string | undefined =>
    form.test(value) ? value : undefined;

/** Text without control characters. */
const text = matching(/^[^\p{Cc}]+$/u);

/**
 * How a phone rings, by names that are registered (RFC 7462 §9) or that many phones know, and nothing else: other
 * texts let phones answer by themselves, or fetch a sound. The platform knows better than others where a call is from.
 */
const ring = matching(
  new RegExp(
    [
      '^(?:<urn:alert:(?:service:(?:normal|call-waiting|forward|recall:(?:callback|hold|transfer))',
      'priority:(?:normal|low|high)',
      'duration:(?:normal|short|long)',
      'delay:(?:none|yes)',
      'locale:(?:default|country:[a-z]{2}))>',
      '<?bellcore-dr[1-8]>?)$',
    ].join('|'),
    'i',
  ),
);

/** RFC 7433 §4.1: a token or quoted string with parameters. */
const userToUser = matching(
  /^(?:[\w!%'*+\-.`~]+|"[^"\\\p{Cc}]*")(?:\s*;\s*[\w-]+(?:=(?:[\w.-]+|"[^"\\\p{Cc}]*"))?)*$/u,
);

const all: Passes = { phone: inside, pbx: inside, carrier: inside, stranger: inside };
/** What trunks say of the way of a call; phones do not know it. */
const ofTrunks: Passes = { ...all, phone: nowhere };

const rules: readonly Rule[] = [
  { name: 'Subject', passes: all, max: 1, bytes: 256, read: text },
  { name: 'Alert-Info', passes: all, max: 3, bytes: 64, isList: true, read: ring },
  {
    name: 'User-to-User',
    passes: { ...all, phone: everywhere, pbx: everywhere },
    max: 2,
    bytes: 512,
    isList: true,
    read: userToUser,
  },
  { name: 'Diversion', passes: ofTrunks, max: 5, bytes: 256, isList: true, read: diversion },
  { name: 'History-Info', passes: ofTrunks, max: 10, bytes: 256, isList: true, read: historyEntry },
];

/** Extensions of an organization's own equipment. What outsiders write there reaches no phone. */
const ofExtensions = {
  passes: { phone: inside, pbx: inside, carrier: nowhere, stranger: nowhere } satisfies Passes,
  max: 20,
  bytes: 256,
  name: /^x-[a-z0-9_-]{1,64}$/i,
  /** Names and values by which some phones answer by themselves. */
  answering: /answer|intercom|paging/i,
  /** Names of claims that a caller is genuine: the platform says so itself. */
  claiming: /verstat|attest|stir|shaken|origination|identity/i,
};

/** Bytes of all that passes of one INVITE. */
const maxBytes = 4_096;

/** The headers of an INVITE that pass to a peer. */
export function passedHeaders({ from, headers }: ReceivedHeaders, to: PeerTrust): Headers {
  const isPassed = ({ passes }: { readonly passes: Passes }): boolean => passes[from].includes(to);
  const passed: (readonly [name: string, value: string])[] = [
    ...rules.filter(isPassed).flatMap((rule) => valuesOf(rule, headers).map((value) => [rule.name, value] as const)),
    ...(isPassed(ofExtensions) ? extensionsIn(headers) : []),
  ];
  let left = maxBytes;
  return passed.reduce((all: Headers, [name, value]) => {
    left -= Buffer.byteLength(name) + Buffer.byteLength(value);
    return left < 0 ? all : all.append(textHeader(name), value);
  }, Headers.none);
}

function valuesOf({ name, max, bytes, isList, read }: Rule, headers: Headers): readonly string[] {
  if (name === 'History-Info' && isHistoryPrivate(headers)) return [];
  return headers
    .fields({ key: keyOf(name) })
    .flatMap(({ value }) => (isList === true ? splitList(value) : [value]))
    .slice(0, max)
    .flatMap((value) => (Buffer.byteLength(value) <= bytes ? (read(value) ?? []) : []));
}

/** How often a call was sent on before it came, as it says itself: what organizations forward to each other ends. */
export const diversionsIn = (headers: Headers = Headers.none): number =>
  headers.fields(textHeader('Diversion')).flatMap(({ value }) => splitList(value)).length;

/** The `X-` headers that may pass, with their values. */
export function extensionsIn(headers: Headers): readonly (readonly [string, string])[] {
  const { name: form, bytes, answering, claiming, max } = ofExtensions;
  const isExtension = ({ name, value }: Field): boolean =>
    form.test(name) &&
    Buffer.byteLength(value) <= bytes &&
    text(value) !== undefined &&
    !answering.test(name) &&
    !claiming.test(name) &&
    !answering.test(value);
  return [...headers]
    .filter(isExtension)
    .slice(0, max)
    .map(({ name, value }) => [name, value] as const);
}

/** Parameters that pass: of these names, with values that are short tokens. */
const parametersOf = ({ parameters }: Pick<Address, 'parameters'>, names: readonly string[]): Parameters =>
  new Parameters(
    [...parameters].filter(([name, value]) => names.includes(name) && (value === null || /^[\w.-]{1,32}$/.test(value))),
  );

/** A SIP or tel URI with its user, its host and no more than a cause; another URI does not pass. */
function plainUri(uri: Uri): Uri | undefined {
  if (uri.scheme === 'tel') return { ...uri, parameters: Parameters.none };
  if (!isSipUri(uri)) return undefined;
  // Its parameters could claim that it was verified.
  const user = userOf(uri)?.split(';', 1)[0];
  return sipUri({ user, host: uri.host, parameters: parametersOf(uri, ['cause']) });
}

/** The user of an address without its parameters, except some. */
function plainAddress(value: string, isPrivate: (read: Address) => boolean, parameters: readonly string[]) {
  const read = parseAddress(value);
  const uri = read instanceof Fault || isPrivate(read) ? undefined : plainUri(read.uri);
  if (read instanceof Fault || uri === undefined) return undefined;
  return printAddress(address(uri, parametersOf(read, parameters), read.display));
}

/** RFC 5806 §4. */
function diversion(value: string): string | undefined {
  return plainAddress(value, isPrivateDiversion, ['reason', 'counter', 'limit', 'screen']);
}

/** RFC 7044 §5. */
function historyEntry(value: string): string | undefined {
  return plainAddress(value, isPrivateEntry, ['index', 'rc', 'mp', 'np']);
}

/** Values of Privacy (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1.1). */
const privacyValues: ReadonlySet<string> = new Set(['id', 'user', 'header', 'session', 'history', 'critical', 'none']);

/**
 * Privacy as a peer gets it: a trusted one as the caller wrote it, who withholds itself at the borders of its own
 * network; others `id`.
 * @param isWithheld whether the caller is, by its Privacy or its From
 */
export function privacyTo(
  received: ReceivedHeaders | undefined,
  to: PeerTrust,
  isWithheld: boolean,
): string | undefined {
  const asked = received !== undefined && isTrusted(to) ? privacyIn(received.headers) : [];
  const kept = [...new Set(asked)].filter((each) => privacyValues.has(each));
  const values = isWithheld ? [...new Set([...kept.filter((each) => each !== 'none'), 'id'])] : kept;
  return values.length === 0 ? undefined : values.join(';');
}

/** Causes of History-Info by the reasons of Diversion (RFC 7544 §7.1). */
const causes: Readonly<Record<DiversionReason, string>> = {
  unconditional: '302',
  'user-busy': '486',
  'no-answer': '408',
  unavailable: '503',
  'do-not-disturb': '404',
  'time-of-day': '404',
  'follow-me': '302',
};

/** The way of a call that was sent on, as a peer may see it. */
export function seenPath({ by, to }: Diverted, { trust, party }: Pick<Target, 'trust' | 'party'>): Diverted {
  if (trust === 'phone') return { by, to };
  // Extensions mean nothing to others.
  const seen = by.filter(({ number }) => number !== null).map((each) => ({ ...each, extension: null }));
  return { by: seen, to: party.number ?? party.target };
}

/**
 * Diversion and History-Info of a call that was sent on: what came with it, and each one who has sent it on (RFC 7544
 * §7.1 says how they correspond).
 */
export function forwardedHeaders(passed: Headers, { by, to }: Diverted, host: string): Headers {
  const [diversions, history] = [textHeader('Diversion'), textHeader('History-Info')];
  const uriOf = (user: string, parameters = Parameters.none) => sipUri({ user, host, parameters });
  const steps = by.flatMap(({ extension, number, reason }) => {
    const user = extension ?? number;
    return user === null ? [] : [{ user, reason }];
  });
  const own = steps
    .toReversed()
    .map(({ user, reason }) => printAddress(address(uriOf(user), new Parameters([['reason', reason]]))));
  const older = passed.fields(diversions).map(({ value }) => value);
  let index = lastIndex(passed.fields(history).at(-1));
  return [...steps.map(({ user }) => user), to].reduce(
    (headers, user, at) => {
      const before = index;
      index = before === undefined ? '1' : `${before}.1`;
      const reason = steps[at - 1]?.reason;
      const cause = reason === undefined ? Parameters.none : new Parameters([['cause', causes[reason]]]);
      const mapped = reason === undefined ? [] : ([['mp', before ?? '']] as const);
      const entry = address(uriOf(user, cause), new Parameters([['index', index], ...mapped]));
      return headers.append(history, printAddress(entry));
    },
    [...own, ...older].reduce((headers, value) => headers.append(diversions, value), passed.without(diversions)),
  );
}

/** The index of the newest entry of History-Info. */
function lastIndex(field: Field | undefined): string | undefined {
  const read = field === undefined ? undefined : parseAddress(field.value);
  return read === undefined || read instanceof Fault ? undefined : read.parameters.get('index');
}
