import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { normalizeHost } from '../host.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { isSipUri, printUri } from '../uri.ts';
import { type Algorithm, algorithmOf, algorithms, digest, ha1 } from './algorithms.ts';
import { type Authentication, authentication, isDigest, type Side } from './authentication.ts';

/** Our credentials at one peer, and the realm and host that they may be sent to. */
export type Account = {
  readonly username: string;
  readonly password: string;
  /** The only realm whose challenges are answered. Null: the realm of the first challenge. */
  readonly realm: string | null;
  /** The host of the Request-URI; challenges of requests to other hosts are answered at its servers only. */
  readonly host: string;
};

type Choice = { readonly side: Side; readonly algorithm: Algorithm; readonly parameters: Authentication['parameters'] };

/** A client of RFC 7616 for one peer. It keeps the last challenge and reuses its nonce with the next count. */
export class DigestClient {
  readonly #account: Account;
  readonly #newCnonce: () => string;
  #realm: string | null;
  #choice: Choice | undefined;
  #count = 0;
  /** Whether a nonce that was stale at its first use has been replaced. */
  #hasRetried = false;

  constructor(account: Account, newCnonce: () => string) {
    this.#account = account;
    this.#newCnonce = newCnonce;
    this.#realm = account.realm;
  }

  /**
   * The request with credentials for the challenge of its response, and with the next CSeq number. The caller adds a
   * Via with a new branch.
   * @param response from our own transaction of that request, never a stray one
   * @param isAtHost whether a server of the account's host sent it: requests within a dialog have its Contact
   * @returns a fault if the challenge must not be answered
   */
  answer(request: SipRequest, response: SipResponse, isAtHost = false): SipRequest | Fault {
    if (!isAtHost && !this.#isForHost(request)) return new Fault('Challenged for another host');
    const choice = this.#choose(response);
    if (choice instanceof Fault) return choice;
    if (request.headers.has(authentication[choice.side].credentials) && !this.#maySucceed(choice))
      return new Fault('Credentials rejected');
    this.#choice = choice;
    this.#count = 0;
    this.#realm = choice.parameters.get('realm') ?? null;
    const { sequence, method } = request.cseq;
    return this.authorize(request.with(request.headers.with(header.cseq, { sequence: sequence + 1, method })));
  }

  /** The request with credentials for the last challenge, which saves a round trip. Unchanged before the first one. */
  authorize(request: SipRequest): SipRequest {
    if (this.#choice === undefined) return request;
    this.#count += 1;
    const { side } = this.#choice;
    return request.with(
      request.headers.with(authentication[side].credentials, this.#credentials(this.#choice, request)),
    );
  }

  /**
   * Whether other credentials than the rejected ones may succeed: the nonce was stale. One that is stale at its first
   * use is replaced once, as servers with several nodes may have sent it; again and again would be an endless loop.
   */
  #maySucceed({ parameters }: Choice): boolean {
    if (parameters.get('stale')?.toLowerCase() !== 'true') return false;
    const isFirstUse = this.#count <= 1;
    const mayRetry = !isFirstUse || !this.#hasRetried;
    this.#hasRetried = isFirstUse;
    return mayRetry;
  }

  #isForHost({ uri }: SipRequest): boolean {
    return isSipUri(uri) && normalizeHost(uri.host) === normalizeHost(this.#account.host);
  }

  #choose(response: SipResponse): Choice | Fault {
    const side: Side = response.status === authentication.proxy.status ? 'proxy' : 'user';
    const all =
      response.status === authentication[side].status
        ? response.headers.all(authentication[side].challenge)
        : new Fault('Not challenged');
    if (all instanceof Fault) return all;
    const digests = all.filter(
      (each) => isDigest(each) && each.parameters.has('nonce') && each.parameters.has('realm'),
    );
    const ours = digests.filter(({ parameters }) => this.#realm === null || parameters.get('realm') === this.#realm);
    if (ours.length === 0)
      return new Fault(digests.length === 0 ? 'No digest challenge' : 'Challenged for another realm');
    for (const algorithm of algorithms) {
      const found = ours.find(
        ({ parameters }) => algorithmOf(parameters.get('algorithm')) === algorithm && isAnswerable(parameters),
      );
      if (found !== undefined) return { side, algorithm, parameters: found.parameters };
    }
    return new Fault('Challenge of unknown algorithm or quality of protection');
  }

  #credentials({ algorithm, parameters }: Choice, request: SipRequest): Authentication {
    const { username, password } = this.#account;
    const [realm, nonce, opaque] = [
      parameters.get('realm') ?? '',
      parameters.get('nonce') ?? '',
      parameters.get('opaque'),
    ];
    const uri = printUri(request.uri);
    const qop = parameters.has('qop')
      ? { count: this.#count.toString(16).padStart(8, '0'), cnonce: this.#newCnonce() }
      : undefined;
    const response = digest(algorithm, {
      ha1: ha1(algorithm, { username, realm, password }),
      method: request.method,
      uri,
      nonce,
      qop,
    });
    const answer = new Map([
      ['username', username],
      ['realm', realm],
      ['nonce', nonce],
      ['uri', uri],
      ['response', response],
    ]);
    if (parameters.has('algorithm')) answer.set('algorithm', algorithm);
    if (opaque !== undefined) answer.set('opaque', opaque);
    if (qop !== undefined) answer.set('qop', 'auth').set('nc', qop.count).set('cnonce', qop.cnonce);
    return { scheme: 'Digest', parameters: answer };
  }
}

/** Whether the challenge has no `qop`, or `auth` among its values. `auth-int` alone is not supported. */
function isAnswerable(parameters: Authentication['parameters']): boolean {
  const qop = parameters.get('qop');
  return qop === undefined || qop.split(',').some((value) => value.trim().toLowerCase() === 'auth');
}
