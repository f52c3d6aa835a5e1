import { callerAddress } from '#http/request/incoming.ts';
import { networkOf } from '#schema/ip-address.ts';
import { second } from '#schema/time.ts';
import type { Answer } from './gateway-event.ts';

/**
 * Repeats a rejection to clients that ask again before the time that it named (functions/accounts/auth/README.md,
 * "Under attack"). On AWS a rejected guess takes nothing from a person who logs in. Here both have the same processors,
 * and a function costs ten times as much as an answer of the gateway.
 */

/** Milliseconds for which a network is rejected at most. */
const longest = 30 * second;
/** Networks and addresses that are remembered, each: the oldest are forgotten first. */
const remembered = 10_000;

/** What an event says of the caller. */
export type Asking = {
  readonly routeKey: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: { readonly requestId: string; readonly http: { readonly sourceIp: string } };
};

type Rejection = {
  readonly answer: Answer;
  readonly requestId: string;
  /** Unix milliseconds until which it is repeated. */
  readonly until: number;
};

/** The rejection of a network, as too many strangers wait. */
type Refused = Rejection & {
  /** In a row. */
  readonly times: number;
  /** Whether an attempt that it made afterwards is being answered. */
  readonly isTrying: boolean;
};

type Settings = {
  /** Addresses of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Unix milliseconds. */
  readonly now: () => number;
};

export class BackOff {
  readonly #settings: Settings;
  /** By network. */
  readonly #refused = new Map<string, Refused>();
  /** Networks that were served since the start: persons are there, so the gateway rejects none. */
  readonly #served = new Map<string, true>();
  /** By address that has no requests left. */
  readonly #limited = new Map<string, Rejection>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Answers a request: with a rejection that is repeated, or by the function. */
  async answer(asking: Asking, ask: () => Promise<Answer>): Promise<Answer> {
    const repeated = this.#repeated(asking);
    if (repeated !== undefined) return repeated;
    const answer = await ask();
    this.#note(asking, answer);
    return answer;
  }

  #repeated(asking: Asking): Answer | undefined {
    const now = this.#settings.now();
    const { network, address } = this.#of(asking);
    const limited = hasCredential(asking) ? undefined : this.#limited.get(address);
    const refused = this.#refused.get(network);
    const waited = [limited, refused].find((each) => each !== undefined && each.until > now);
    if (waited !== undefined) return again(waited, asking, waited.until - now);
    if (refused?.isTrying === true) return again(refused, asking, second);
    if (refused !== undefined) this.#refused.set(network, { ...refused, isTrying: true });
    return undefined;
  }

  /** Remembers how a request was answered. */
  #note(asking: Asking, answer: Answer): void {
    const now = this.#settings.now();
    const { network, address } = this.#of(asking);
    const { status } = answer;
    const { requestId } = asking.requestContext;
    const wait = Number(answer.headers['retry-after']) * second;
    const rejection = { answer, requestId, until: now + wait };
    if (status === 429 && wait > 0 && !hasCredential(asking)) keep(this.#limited, address, rejection);
    if (status >= 200 && status < 300) keep(this.#served, network, true);
    if (status === 503 && wait > 0 && !this.#served.has(network)) this.#refuse(network, rejection, wait);
    else this.#refused.delete(network);
  }

  /** Twice as long each time. Attempts that were on their way at the first rejection count as one. */
  #refuse(network: string, rejection: Rejection, wait: number): void {
    const now = this.#settings.now();
    const { times, until } = this.#refused.get(network) ?? { times: 0, until: 0 };
    if (until > now) return;
    const time = Math.min(longest, wait * 2 ** times);
    keep(this.#refused, network, { ...rejection, until: now + time, times: times + 1, isTrying: false });
  }

  #of(asking: Asking): { readonly network: string; readonly address: string } {
    const address = callerAddress(asking, this.#settings.trustedProxies);
    return { network: `${asking.routeKey} ${networkOf(address)}`, address: `${asking.routeKey} ${address}` };
  }
}

/** Limits of a credential are not those of its address. */
const hasCredential = ({ headers }: Asking): boolean => headers['authorization'] !== undefined;

/** @param wait milliseconds */
const again = ({ answer, requestId }: Rejection, { requestContext }: Asking, wait: number): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'retry-after': String(Math.ceil(wait / second)) },
  body: String(answer.body).replaceAll(requestId, requestContext.requestId),
});

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > remembered && oldest !== undefined) map.delete(oldest);
}
