import type { NumberItem } from '#dynamodb/rows/number.ts';
import { hour } from '#schema/time.ts';
import { signCall, signDiversion, type Signer } from '#stir/signing.ts';
import { isFreshIdentity } from '#stir/verification.ts';
import { HashedTable } from '../../tables/hashed-table.ts';
import { signedCaller, type SignedFacts, type SignInvite } from '../legs/invitation.ts';
import type { SipTarget } from '../routing/target.ts';
import { attestationOf, originOf } from './attestation.ts';

/** Why a call goes unsigned over a gateway that signs. */
export type UnsignedReason = 'no_certificate' | 'failed';

type SigningDependencies = {
  /** The certificate of an organization that can be used now; undefined: it has none. */
  readonly signerOf: (organization: number) => Promise<Signer | undefined>;
  readonly directory: { readonly activeNumber: (number: string) => Promise<Pick<NumberItem, 'org_id'> | undefined> };
  /** Reports that calls over a gateway go unsigned. */
  readonly report: (organization: number, gateway: string, reason: UnsignedReason) => void;
  readonly fault: (error: unknown) => void;
  /** Of the platform. */
  readonly domain: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Gateways whose unsigned calls were reported lately, at most. */
const maxReported = 4_096;

/** A call over a gateway, with all that a signature says of it. Numbers are E.164. */
type SignableCall = {
  readonly organization: number;
  readonly orig: string;
  readonly dest: string;
  readonly isOriginal: boolean;
  /** The numbers that the call was for before, the first one first. */
  readonly passed: readonly string[];
  /** Headers that prove the caller. */
  readonly identities: readonly string[];
};

/**
 * Signs the INVITEs to gateways with `stir: sign`. No call waits for a certificate that is missing, or fails for it.
 */
export function callSigning(dependencies: SigningDependencies): SignInvite {
  const { signerOf, report, fault, now } = dependencies;
  const reported = new HashedTable(['calls'], maxReported, now);
  return async (target, facts) => {
    const call = target.isSigned === true ? signableCall(target, facts) : undefined;
    if (call === undefined) return [];
    const { organization } = call;
    const noteUnsigned = (reason: UnsignedReason): readonly string[] => {
      const gateway = target.party.gateway_id ?? '';
      if (reported.read(gateway) === undefined) report(organization, gateway, reason);
      reported.write(gateway, { calls: 1 }, now() + hour);
      return [];
    };
    try {
      const signer = await signerOf(organization);
      return signer === undefined ? noteUnsigned('no_certificate') : await signatures(call, signer, dependencies);
    } catch (error) {
      fault(error);
      return noteUnsigned('failed');
    }
  };
}

/** Undefined: a party is no telephone number, or the peer gets none. */
function signableCall(target: SipTarget, { call, identities = [], organization }: SignedFacts) {
  const caller = signedCaller(target, { call });
  const dest = target.party.number;
  if (caller === null || dest === null) return undefined;
  const { number: orig, isOriginal } = caller;
  return { organization, orig, dest, isOriginal, passed: passedNumbers(target, call), identities };
}

/** The number that was called, and those of the users who have sent the call on after that. */
function passedNumbers({ diverted }: SipTarget, { numbers }: SignedFacts['call']): readonly string[] {
  const [, ...others] = diverted?.by ?? [];
  const all = [numbers.called, ...others.map(({ number }) => number)].filter((number) => number !== null);
  return all.filter((number, at) => all.indexOf(number) === at);
}

async function signatures(
  { organization, orig, dest, isOriginal, passed, identities }: SignableCall,
  signer: Signer,
  { directory, domain, now }: SigningDependencies,
): Promise<readonly string[]> {
  // A stale header would make the call fail at the next verifier.
  if (isOriginal && identities.length > 0 && identities.every((each) => isFreshIdentity(each, now()))) {
    const steps = passed.map((div, at) =>
      signDiversion({ signer, orig, div, dest: passed[at + 1] ?? dest, now: now() }),
    );
    return [...identities, ...defined(steps)];
  }
  const holder = isOriginal ? undefined : ((await directory.activeNumber(orig))?.org_id ?? undefined);
  const attestation = attestationOf({ holder, organization, isOriginal });
  return defined([signCall({ signer, attestation, origid: originOf(organization, domain), orig, dest, now: now() })]);
}

const defined = (values: readonly (string | undefined)[]): readonly string[] =>
  values.filter((value) => value !== undefined);
