/** Why records are rejected (functions/billing/cdr-ingest/README.md, "CDRs"). */
import type { ErrorDetail } from '#errors.ts';

export const rejectionCodes = [
  'VALIDATION_FAILED',
  'DURATION_MISMATCH',
  'DURATION_TOO_LONG',
  'IN_FUTURE',
  'TOO_OLD',
  'FORBIDDEN_ORG',
  'CDR_CONFLICT',
] as const;

/** Why a record is rejected. The other records of its batch are not affected. */
export type RejectionReason = {
  readonly code: (typeof rejectionCodes)[number];
  readonly message: string;
  /** Violations, with paths within the record. */
  readonly details: readonly ErrorDetail[];
};

/** @param path within the record */
export const reasonAt = (code: RejectionReason['code'], path: string, message: string): RejectionReason => ({
  code,
  message,
  details: [{ path, message }],
});

/** A message that names no organization leaves it to its records. */
export const ownerMissing = reasonAt('VALIDATION_FAILED', 'org_id', 'is required, in the record or in the message');

/** The organization does not exist, or the sender has no access to it. */
export const unknownOrganization = (organization: string): RejectionReason =>
  reasonAt('FORBIDDEN_ORG', 'org_id', `${organization} does not exist, or you have no access to it`);

/** A CDR of the same identity is stored with other content. */
export const conflictWith = ({
  call_id,
  leg,
}: {
  readonly call_id: string;
  readonly leg: string;
}): RejectionReason => ({
  code: 'CDR_CONFLICT',
  message: `Leg ${leg} of call ${call_id} is filed with other content`,
  details: [],
});
