import {
  chooseMedia,
  hasRtp,
  isInClear,
  suitesIn,
  withAbsent,
  withFirstKeys,
  withoutAbsent,
  withoutCrypto,
  type AbsentMedium,
} from '#sip/sdp/srtp.ts';
import type { MediaEncryption } from '#telephony/peer-settings.ts';
import { MediaFailure, type SentDescription } from './call-media.ts';
import { EndpointLearning } from './endpoint-learning.ts';
import type { NgCommand, NgDescription, NgForm, NgReply } from './ng-message.ts';
import { deleteAt, type Relays } from './relays.ts';

/**
 * Legs with SRTP by keys in their descriptions (SDES, RFC 4568). rtpengine 10.5 copies the keys of one party into the
 * description of the other one (`__generate_crypto` in `daemon/call.c`). So such a leg has a session of its own at the
 * relay, in which the other party is the relay itself with plain RTP. Keys of a leg are in its own session only.
 */

/** What a leg says of its encryption. */
export type Encryption = {
  /** Whether it is to be encrypted. Absent: as it wants. */
  encryption?: MediaEncryption;
  /** Profile of its media with SRTP; absent: they are not encrypted by SDES. */
  profile?: string;
  /** Its media that the other party does not see. Absent: none. */
  absent?: readonly AbsentMedium[];
  /** By medium: the suites that it was offered last. Absent: it was offered none. */
  offered?: readonly (readonly string[])[];
  /** Whether it has agreed on keys. */
  isKeyed?: true;
};

/** The profile that is offered to a leg that has not said one. */
const profileOffered = 'RTP/SAVP';

const rejected = (message: string): MediaFailure => new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', message);

/** Sets whether a leg is to be encrypted. Call it before its first description. */
export function setEncryption(leg: Encryption, encryption: MediaEncryption): void {
  if (encryption !== 'none') Object.assign(leg, { encryption, profile: profileOffered });
}

/**
 * Notes how a leg is encrypted by a description of its own.
 * @returns the description with one key of each medium, and without the media that are not used
 * @throws MediaFailure 488 if it has no usable key, and needs one
 */
export function readKeys(leg: Encryption, kind: SentDescription['kind'], sdp: string): string {
  return kind === 'offer' ? readOffer(leg, sdp) : readAnswer(leg, sdp);
}

function readOffer(leg: Encryption, sdp: string): string {
  const chosen = chooseMedia(sdp, leg.absent);
  if (chosen === undefined) throw rejected('the media are to be encrypted, and have no usable key');
  if (leg.encryption === 'require' && isInClear(sdp)) throw rejected('the media have to be encrypted');
  if (hasRtp(chosen.sdp)) setProfile(leg, chosen.profile);
  if (chosen.absent.length > 0) leg.absent = chosen.absent;
  else delete leg.absent;
  return chosen.sdp;
}

function setProfile(leg: Encryption, profile: string | undefined): void {
  if (profile !== undefined) leg.profile = profile;
  else {
    delete leg.profile;
    delete leg.isKeyed;
  }
}

function readAnswer(leg: Encryption, sdp: string): string {
  const used = withoutAbsent(sdp, leg.absent ?? []);
  // What was offered in clear is answered so, whatever keys an answer has.
  if (leg.profile === undefined) return withoutCrypto(used);
  const chosen = chooseMedia(used);
  if (chosen === undefined || !isAnswered(suitesIn(chosen.sdp), leg.offered ?? []))
    throw rejected('the answer has no key of the offer');
  leg.isKeyed = true;
  return chosen.sdp;
}

/** Whether each medium with RTP has one of the suites that were offered, by its tag (RFC 4568 §5.1.2). */
const isAnswered = (answered: readonly (readonly string[])[], offered: readonly (readonly string[])[]): boolean =>
  answered.every((keys) => keys.length === 1 && offered.some((suites) => suites.includes(keys[0] ?? '')));

/** Whether a description that a leg sent before can pass again: it has its keys, if it needs some. */
export const replaysKeys = ({ profile }: Encryption, sdp: string): boolean =>
  profile === undefined || !hasRtp(sdp) || chooseMedia(sdp)?.profile !== undefined;

/** Suites of rtpengine 10.5 that are not offered: they encrypt nothing, or no one else has them. */
const unwanted = [
  ...['NULL_HMAC_SHA1_80', 'NULL_HMAC_SHA1_32', 'F8_128_HMAC_SHA1_80', 'F8_128_HMAC_SHA1_32'],
  ...['AES_192_CM_HMAC_SHA1_80', 'AES_192_CM_HMAC_SHA1_32'],
].map((suite) => `no-${suite}`);
/** RFC 4568 §6.1 has keys with their padding. */
const SDES = ['pad', ...unwanted];

/** As the relay itself gets the media of an encrypted leg. */
const plainForm: NgForm = {
  ICE: 'remove',
  'rtcp-mux': ['demux'],
  'transport-protocol': 'RTP/AVP',
  DTLS: 'off',
  SDES,
};

/** As an encrypted leg gets those of the relay. */
function encryptedForm(kind: SentDescription['kind'], profile: string): NgForm {
  const form = { ICE: 'remove', DTLS: 'off', SDES } as const;
  // The answer has the profile of the offer.
  if (kind === 'answer') return form;
  const isOptional = !profile.startsWith('RTP/S');
  return { ...form, 'transport-protocol': profile, ...(isOptional && { OSRTP: ['offer'] }) };
}

/** The relay itself: media go to its addresses, and nowhere else. */
export const atRelay = { flags: ['trust-address', 'endpoint-learning-off'] } as const satisfies Source;
/** Where the relay sends the media for a party. */
type Source = Pick<NgDescription, 'flags' | 'received-from'>;

/** An encrypted leg at its relay. */
type EncryptedLeg = Encryption & { readonly tag: string; readonly heard?: string; readonly learns?: boolean };

/** Session of an encrypted leg at the relay of its call. */
const encryptedSession = (call: string, tag: string): string => `${call}~${tag}`;

/** Ends a call at its relay, and the sessions of its encrypted legs. @throws NgFailure if it does not answer */
export const deleteSessions = (
  relays: Pick<Relays, 'ask'>,
  relay: string,
  call: string,
  tags: Iterable<string>,
): Promise<unknown> =>
  Promise.all([call, ...[...tags].map((tag) => encryptedSession(call, tag))].map((id) => deleteAt(relays, relay, id)));

/** The tag of the relay itself in such a session. */
const relayTag = 'relay';

type Parts = {
  readonly call: string;
  /** Has a relay describe what a party gets. @throws MediaFailure */
  readonly describe: (command: NgDescription) => Promise<string>;
  readonly ask: (command: NgCommand) => Promise<NgReply>;
  readonly inOrder: (work: () => Promise<void>) => Promise<void>;
};

/** The sessions of the encrypted legs of one call. */
export class EncryptedSessions {
  readonly #parts: Parts;
  /** Of the legs that have a session. */
  readonly tags = new Set<string>();
  readonly #learning = new Map<string, EndpointLearning>();
  /** By tag of a leg: the last answer in its session. */
  readonly #answers = new Map<string, NgDescription>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A leg of another task. */
  resume({ tag, profile }: EncryptedLeg): void {
    if (profile !== undefined) this.tags.add(tag);
  }

  /** What an encrypted leg says, in plain RTP of the relay. @param source where the relay sends the media for it */
  decrypt(leg: EncryptedLeg, kind: SentDescription['kind'], sdp: string, source: Source): Promise<string> {
    const tags = kind === 'offer' ? [leg.tag, relayTag] : [relayTag, leg.tag];
    return this.#pass(leg, { kind, sdp, tags, form: { ...source, ...plainForm } });
  }

  /** What an encrypted leg gets of what the relay says in plain RTP. */
  async encrypt(leg: EncryptedLeg, kind: SentDescription['kind'], sdp: string): Promise<string> {
    const tags = kind === 'offer' ? [relayTag, leg.tag] : [leg.tag, relayTag];
    const form = { ...atRelay, ...encryptedForm(kind, leg.profile ?? profileOffered) };
    const passed = await this.#pass(leg, { kind, sdp, tags, form });
    // The key that was agreed on comes first, and stays: a re-INVITE offers no others.
    const encrypted = leg.isKeyed ? withFirstKeys(passed) : passed;
    const suites = suitesIn(encrypted);
    // A relay that has no key for the party would send it what anyone can hear.
    if (suites.some((keys) => keys.length === 0 || (kind === 'answer' && keys.length > 1)))
      throw new MediaFailure(503, 'MEDIA_RELAY_UNAVAILABLE', 'the media relay does not encrypt');
    if (kind === 'offer') leg.offered = suites;
    else if (suites.length > 0) leg.isKeyed = true;
    return withAbsent(encrypted, leg.absent ?? []);
  }

  async #pass({ tag }: EncryptedLeg, { kind, sdp, tags: [from = '', to = ''], form }: Passing): Promise<string> {
    const session = { 'call-id': encryptedSession(this.#parts.call, tag), 'from-tag': from, 'to-tag': to };
    const command: NgDescription = { command: kind, ...session, sdp, replace: ['origin'], ...form };
    this.tags.add(tag);
    const described = await this.#parts.describe(command);
    if (kind === 'answer') this.#answers.set(tag, command);
    return described;
  }

  /** The parties have agreed, and send media or not: the relay learns where an encrypted leg behind NAT is. */
  learn({ tag, heard, learns, profile }: EncryptedLeg, isSending: boolean): void {
    const isLearned = isSending && profile !== undefined && learns === true && heard !== undefined;
    this.#learningOf(tag).start(isLearned ? [{ tag, heard }] : []);
  }

  #learningOf(tag: string): EndpointLearning {
    const known = this.#learning.get(tag);
    if (known !== undefined) return known;
    const { ask, inOrder, call } = this.#parts;
    const learning = new EndpointLearning({
      query: () => ask({ command: 'query', 'call-id': encryptedSession(call, tag) }),
      restart: () =>
        inOrder(async () => {
          const answer = this.#answers.get(tag);
          if (answer !== undefined) await ask(answer);
        }),
    });
    this.#learning.set(tag, learning);
    return learning;
  }

  close(): void {
    for (const learning of this.#learning.values()) learning.stop();
  }
}

type Passing = {
  readonly kind: SentDescription['kind'];
  readonly sdp: string;
  /** Of who offers, and of who answers. */
  readonly tags: readonly string[];
  readonly form: Source & NgForm;
};
