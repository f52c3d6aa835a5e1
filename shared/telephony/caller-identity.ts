import * as z from 'zod';

/** What is known of the caller of a call by STIR/SHAKEN (functions/sip-sidecar/calls/identity/README.md). */

/** Whether the caller was verified (3GPP TS 24.229 §7.2A.20). */
export const verstats = ['TN-Validation-Passed', 'TN-Validation-Failed', 'No-TN-Validation'] as const;
export type Verstat = (typeof verstats)[number];

/** What the signer says of the caller (RFC 8588 §4): it may use the number; it is a known customer; neither. */
export const attestations = ['A', 'B', 'C'] as const;
export type Attestation = (typeof attestations)[number];

/** Of a call from outside to a number of the platform. */
export type CallerIdentity = {
  readonly verstat: Verstat;
  readonly attestation?: Attestation;
  /** UUID by which the signer knows where the call entered its network (RFC 8588 §5). */
  readonly origid?: string;
  /** Why it was not verified (RFC 8224 §6.2.2): 403, 428, 436, 437 or 438. */
  readonly reason?: number;
};

/**
 * What a phone shows of a caller; undefined: nothing. A carrier that does not attest that the caller may use the number
 * (B, C) has verified no more than itself.
 */
export function shownVerstat({ verstat, attestation = 'A' }: CallerIdentity): Verstat | undefined {
  if (verstat === 'TN-Validation-Passed') return attestation === 'A' ? verstat : undefined;
  return verstat === 'TN-Validation-Failed' ? verstat : undefined;
}

/** The same in answers, events and CDRs. */
export const PresentedIdentity = z
  .object({
    verstat: z.enum(verstats).describe('Whether the number of the caller was verified'),
    attestation: z
      .enum(attestations)
      .optional()
      .describe('What the signer says of the caller: `A`: it may use the number; `B`: it is a customer; `C`: neither'),
    origid: z.string().optional().describe('UUID by which the signer knows where the call entered its network'),
    reason: z.int().optional().describe('Why it was not verified (RFC 8224, 6.2.2): 403, 428, 436, 437 or 438'),
  })
  .meta({
    id: 'CallerIdentity',
    example: {
      verstat: 'TN-Validation-Passed',
      attestation: 'A',
      origid: '5ad1a8d5-3c29-8f61-9d5e-1b1b2f9a4c77',
    },
  });
