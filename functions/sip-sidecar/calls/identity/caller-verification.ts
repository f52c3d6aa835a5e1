import { setImmediate as afterEvents } from 'node:timers/promises';
import { waitAtMost as waitForWork } from '#concurrency/wait-at-most.ts';
import { splitList } from '#sip/grammar.ts';
import { textHeader } from '#sip/header-kinds.ts';
import type { SipRequest } from '#sip/message.ts';
import type { Address } from '#sip/address.ts';
import { identityFault } from '#stir/passport.ts';
import { verifyIdentity, type CertificateOf, type Verification } from '#stir/verification.ts';
import type { CallerIdentity } from '#telephony/caller-identity.ts';
import { claimedIdentity } from './claims.ts';

/** Milliseconds for which an INVITE waits for certificates at most. */
const maxWait = 500;

/** INVITEs that wait for certificates at most: of all trunks, so that others are set up beside them, and of one. */
const maxWaiting = { all: 24, trunk: 8 } as const;

/** `Identity` headers that are read of an INVITE. */
const maxIdentities = 3;

/** An INVITE of a trunk to a number of the platform. */
export type CallToVerify = {
  readonly request: Pick<SipRequest, 'headers'>;
  /** The trunk, whose budget of fetches counts. */
  readonly trunk: string;
  /** The caller as the peer names it. */
  readonly named: Address;
  /** Its number (E.164); null: it names none that can be read. */
  readonly orig: string | null;
  /** The called number (E.164). */
  readonly dest: string;
  /** Whether what the peer claims without a signature counts. */
  readonly isTrusted: boolean;
};

type VerifiedCaller = {
  readonly stir: CallerIdentity;
  /** The `Identity` headers that prove it, which go on with the call. */
  readonly identities: readonly string[];
};

/** Of a call without `Identity` (RFC 8224 §6.2.2), and of one whose certificate has not come in time. */
const unsigned: CallerIdentity = { verstat: 'No-TN-Validation', reason: 428 };
const late: CallerIdentity = { verstat: 'No-TN-Validation', reason: 436 };

type VerificationDependencies = {
  /** The certificates for calls of a trunk. */
  readonly forTrunk: (trunk: string) => CertificateOf;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
  readonly waitAtMost?: typeof waitForWork;
};

/** Verifies the callers of INVITEs that are admitted. With a cached certificate nothing waits. */
export class CallerVerification {
  readonly #dependencies: VerificationDependencies;
  /** INVITEs that wait for a certificate, by their trunk. */
  readonly #waiting = new Map<string, number>();
  #allWaiting = 0;

  constructor(dependencies: VerificationDependencies) {
    this.#dependencies = dependencies;
  }

  async verify(call: CallToVerify): Promise<VerifiedCaller> {
    const { request, named, orig, dest, trunk, isTrusted } = call;
    const identities = identitiesIn(request);
    // Who signs is asked for nothing else: a claim beside a signature that fails would outdo it.
    if (identities.length === 0)
      return { stir: (isTrusted ? claimedIdentity(request.headers, named) : undefined) ?? unsigned, identities };
    if (orig === null) return { stir: unsigned, identities: [] };
    const { forTrunk, now, fault, waitAtMost = waitForWork } = this.#dependencies;
    const certificateOf = this.#waitingFor(trunk, forTrunk(trunk));
    let verified: VerifiedCaller = { stir: late, identities: [] };
    const verify = async (): Promise<void> => {
      verified = verifiedBy(await verifyIdentity({ identities, orig, dest, now: now(), certificateOf }));
    };
    await waitAtMost(maxWait, verify().catch(fault));
    return verified;
  }

  /** The certificates of a trunk. Without one if too many INVITEs wait for theirs. */
  #waitingFor(trunk: string, certificateOf: CertificateOf): CertificateOf {
    return async (x5u) => {
      const certificate = certificateOf(x5u);
      // One that is cached is there at once, and waits for no one.
      if (await Promise.race([certificate.then(() => true), afterEvents(false)])) return certificate;
      const own = this.#waiting.get(trunk) ?? 0;
      if (own >= maxWaiting.trunk || this.#allWaiting >= maxWaiting.all)
        return identityFault(436, 'too many calls wait for a certificate');
      this.#waiting.set(trunk, own + 1);
      this.#allWaiting += 1;
      try {
        return await certificate;
      } finally {
        this.#allWaiting -= 1;
        const left = (this.#waiting.get(trunk) ?? 1) - 1;
        if (left === 0) this.#waiting.delete(trunk);
        else this.#waiting.set(trunk, left);
      }
    };
  }
}

const identity = textHeader('Identity');

const identitiesIn = ({ headers }: Pick<SipRequest, 'headers'>): readonly string[] =>
  headers
    .fields(identity)
    .slice(0, maxIdentities)
    .flatMap(({ value }) => splitList(value))
    .slice(0, maxIdentities);

function verifiedBy({ verstat, attestation, origid, reason, identities }: Verification): VerifiedCaller {
  return {
    stir: {
      verstat,
      ...(attestation !== undefined && { attestation }),
      ...(origid !== undefined && { origid }),
      ...(reason !== undefined && { reason }),
    },
    identities,
  };
}
