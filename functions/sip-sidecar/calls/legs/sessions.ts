import type { EndReason, IncomingSession, Session } from '#sip/session/session.ts';
import { second } from '#schema/time.ts';
import type { HangupCause } from '#telephony/call.ts';
import { readReason, reasonHeaders as headersOf } from '#sip/session/reason.ts';
import type { ResponseParts } from '#sip/build.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import type { LegParty } from '../call/record.ts';
import type { CallCommand } from '../call/state.ts';
import type { Target } from '../routing/target.ts';
import type { Cause } from '../call/causes.ts';

/** What a caller can do about causes that its phone does not know. */
const texts: Partial<Readonly<Record<HangupCause, string>>> = {
  HOST_IN_USE: 'Another organization uses the host, and it asks for no credentials',
  MEDIA_RELAY_REQUIRED: 'WebRTC and RTP need a media relay',
  MEDIA_RELAY_UNAVAILABLE: 'No media relay is available',
  MEDIA_RELAY_LOST: 'The media relay is lost',
};

/** The header Reason (RFC 3326) with a cause of ITU-T Q.850. */
const reasonHeaders = ({ cause, q850 }: Cause): Headers => headersOf({ q850, text: texts[cause] });

/** Seconds after which the caller of a task that stops may call again: another task takes the call. */
const retryAfter = '1';

/** Headers of the response that rejects a caller. @param passed those of the callee's response */
export function rejectionHeaders(cause: Cause, passed: Headers = Headers.none): Headers {
  if (cause.cause === 'SYSTEM_SHUTDOWN') return reasonHeaders(cause).append(header.retryAfter, retryAfter);
  // RFC 3326 §2: one value of each protocol.
  const own = readReason(passed).q850 === undefined ? reasonHeaders(cause) : Headers.none;
  return new Headers([...own, ...passed]);
}

/** The response to a call that a task which stops does not take. */
export const stopping: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, retryAfter) };

/** Milliseconds that a party which asked to leave has for its BYE. */
const grace = 5 * second;

/** Parties that have left the call by REFER: they hang up themselves (RFC 5359 §2.4), or are hung up. */
class Departures {
  readonly #leaving = new Map<string, { readonly session: Session; readonly timer: NodeJS.Timeout }>();

  get size(): number {
    return this.#leaving.size;
  }

  add(leg: string, session: Session): void {
    this.#leaving.set(leg, { session, timer: setTimeout(() => this.#end(leg), grace) });
  }

  /** The session of a leg is over. */
  remove(leg: string): void {
    clearTimeout(this.#leaving.get(leg)?.timer);
    this.#leaving.delete(leg);
  }

  /** Hangs up those that are left. */
  clear(): void {
    for (const leg of [...this.#leaving.keys()]) this.#end(leg);
  }

  #end(leg: string): void {
    const session = this.#leaving.get(leg)?.session;
    this.remove(leg);
    session?.end({ q850: 16 });
  }
}

/** Commands to a session. */
type SessionCommand = Extract<CallCommand<Target>, { type: 'progress' | 'answer' | 'reject' | 'end' | 'release' }>;

/** A session becomes a leg. `target`: what was called; undefined: it has called itself. */
export type OnSession = (leg: string, session: Session, target: Target | undefined) => void;

/** The sessions of the legs of one call. */
export class LegSessions {
  readonly #sessions = new Map<string, Session>();
  readonly #targets = new Map<string, Target>();
  readonly #departures = new Departures();
  /** The ends of the sessions that were ended by us. */
  readonly #gone: Promise<unknown>[] = [];
  readonly #onSession: OnSession;
  #incoming: IncomingSession | undefined;

  constructor(onSession: OnSession = () => undefined) {
    this.#onSession = onSession;
  }

  /** The caller's session, of a call that came to us. */
  attach(session: IncomingSession): void {
    this.#incoming = session;
    this.set('a', session);
  }

  get(leg: string | undefined): Session | undefined {
    return leg === undefined ? undefined : this.#sessions.get(leg);
  }

  /** The legs that are not connected, and whose party is known. @param connected those that are */
  beside(connected: readonly (string | undefined)[]): readonly (readonly [LegParty, Session])[] {
    return [...this.#sessions].flatMap(([leg, session]) => {
      const party = connected.includes(leg) ? undefined : this.#targets.get(leg)?.party;
      return party === undefined ? [] : [[party, session] as const];
    });
  }

  /** The legs of a session. */
  legsOf(session: Session): readonly string[] {
    return [...this.#sessions].filter(([, each]) => each === session).map(([leg]) => leg);
  }

  set(leg: string, session: Session): void {
    this.#onSession(leg, session, this.#targets.get(leg));
    this.#sessions.set(leg, session);
  }

  /** A leg is called. */
  call(leg: string, target: Target): void {
    this.#targets.set(leg, target);
  }

  /** The target of a leg that was called, and not ended by us. */
  targetOf(leg: string): Target | undefined {
    return this.#targets.get(leg);
  }

  /** The INVITE of a leg is sent; it may have been ended in between. */
  begin(leg: string, session: Session): void {
    if (this.#targets.has(leg)) this.set(leg, session);
    else session.end();
  }

  /** The session of a leg is over. */
  remove(leg: string): void {
    this.#sessions.delete(leg);
    this.#departures.remove(leg);
  }

  /** The call is over: parties that should have hung up are hung up. */
  close(): void {
    this.#departures.clear();
  }

  /** Resolves when each party that was hung up has answered the BYE, or none does. */
  gone(): Promise<unknown> {
    return Promise.all(this.#gone);
  }

  /** Whether nothing is in progress, and no party is about to leave. */
  get isIdle(): boolean {
    return this.#departures.size === 0 && [...this.#sessions.values()].every(({ isIdle }) => isIdle);
  }

  /** Another task goes on with them. */
  leave(): void {
    for (const session of this.#sessions.values()) session.handOver();
    this.#sessions.clear();
  }

  perform(command: SessionCommand): void {
    switch (command.type) {
      case 'progress':
        this.#incoming?.progress(command.status, command.sdp);
        return;
      case 'answer':
        this.#incoming?.answer(command.sdp);
        return;
      case 'reject':
        this.#incoming?.reject(
          command.status,
          rejectionHeaders(command.cause, command.passes?.headers),
          command.passes?.reason,
        );
        return;
      case 'end':
        this.#end(command.leg, command.reason);
        return;
      case 'release':
        this.#release(command.leg);
    }
  }

  #end(leg: string, reason: EndReason | undefined): void {
    const session = this.#take(leg);
    session?.end(reason);
    if (session !== undefined) this.#gone.push(session.gone);
  }

  #release(leg: string): void {
    const session = this.#take(leg);
    if (session !== undefined) this.#departures.add(leg, session);
  }

  #take(leg: string): Session | undefined {
    const session = this.#sessions.get(leg);
    this.#sessions.delete(leg);
    this.#targets.delete(leg);
    return session;
  }
}
