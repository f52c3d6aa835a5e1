import { hour } from '#schema/time.ts';
import type { Failure } from '#sip/session/session.ts';
import { MediaFailure } from '../../media/call-media.ts';
import { isWebSocket } from '../../transport/flow.ts';
import type { Target } from '../routing/target.ts';

/** How long a target that has rejected SRTP gets RTP at once, in milliseconds. */
const memory = hour;
/** Targets that are remembered at most; the oldest ones are forgotten first. */
const maxTargets = 10_000;

/** RFC 3261 §21.4.26, §21.6.4: the media are not acceptable. */
const isOfMedia = ({ status, by }: Pick<Failure, 'status' | 'by'>): boolean =>
  by === 'peer' && (status === 488 || status === 606);

const keyOf = ({ party, to, uri }: Target): string => {
  const { device_id: device, line, trunk_id: trunk, gateway_id: gateway } = party;
  const host = to.kind === 'peer' ? `${to.peer.host}:${to.peer.port}` : `${uri.host}:${uri.port ?? ''}`;
  return [device, line, trunk, gateway, host].join(' ');
};

/**
 * The same target again, without SRTP. Undefined: its failure has another reason, or it is to be encrypted.
 * A target that rings later than others has rung already.
 */
export function plainTarget(target: Target, failure: Pick<Failure, 'status' | 'by'>): Target | undefined {
  if (target.encryption !== 'prefer' || !isOfMedia(failure)) return undefined;
  const { member, rings } = target;
  return {
    ...target,
    encryption: 'none',
    isPlainAgain: true,
    ...(member && { member: { ...member, delay: 0 } }),
    ...(rings && { rings: { ...rings, delay: 0 } }),
  };
}

/**
 * How a target is offered SRTP. A phone that is not reached over TLS would get its keys in clear, and media of browsers
 * are encrypted anyway.
 * @throws MediaFailure 488 for a phone that has to be encrypted, and is not reached over TLS
 */
export function offeredEncryption(to: Target['to'], encryption: Target['encryption']): Target['encryption'] {
  if (to.kind === 'peer') return encryption;
  if (to.kind === 'application' || to.kind === 'deferred' || isWebSocket(to.flow.transport)) return undefined;
  if (to.flow.transport === 'tls') return encryption;
  if (encryption === 'require')
    throw new MediaFailure(
      488,
      'INCOMPATIBLE_DESTINATION',
      'SRTP is required, and the phone is not registered over TLS',
    );
  return undefined;
}

/** Targets of a task that prefer SRTP by their settings, and have taken calls without it after they had rejected it. */
export class PlainTargets {
  readonly #until = new Map<string, number>();

  /** @param now Unix milliseconds */
  note(target: Target, now: number): void {
    const key = keyOf(target);
    this.#until.delete(key);
    this.#until.set(key, now + memory);
    const [oldest] = this.#until.keys();
    if (this.#until.size > maxTargets && oldest !== undefined) this.#until.delete(oldest);
  }

  /** Whether its media are to be encrypted. @param now Unix milliseconds */
  encryptionOf(target: Target, now: number): Target['encryption'] {
    const isPlain = target.encryption === 'prefer' && (this.#until.get(keyOf(target)) ?? 0) > now;
    return isPlain ? 'none' : target.encryption;
  }
}
