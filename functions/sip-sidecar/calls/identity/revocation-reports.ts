import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { hour } from '#schema/time.ts';
import type { StirCertificate } from '#telephony/stir-certificate.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { HashedTable } from '../../tables/hashed-table.ts';

/** Certificates and lists that were reported lately, at most. */
const maxReported = 1_024;

type ReportsDependencies = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
};

/** Records what revocation does to calls, once an hour for each certificate and each list. Nothing waits for it. */
export function revocationReports(
  { recorderOf, tryCommit }: Pick<SidecarContext, 'recorderOf' | 'tryCommit'>,
  { now, fault }: ReportsDependencies,
) {
  const reported = new HashedTable(['reports'], maxReported, now);
  const isFirst = (subject: string): boolean => {
    if (reported.read(subject) !== undefined) return false;
    reported.write(subject, { reports: 1 }, now() + hour);
    return true;
  };
  return {
    /** A certificate that would sign calls is revoked: they are signed with another one, or not at all. */
    revoked: ({ id, org_id: organization, name, not_after: end }: StirCertificate): void => {
      if (!isFirst(`certificate ${id}`)) return;
      const event = recorderOf(organization)('stircertificate.revoked', {
        entity: { type: 'stircertificate', id },
        description: `STIR certificate ${name} is revoked and signs no more calls`,
        fields: { not_after: end },
      });
      tryCommit(organization, [event]).catch(fault);
    },
    /** @param problem follows "the list" */
    unavailable: (url: string, problem: string): void => {
      if (!isFirst(`list ${url}`)) return;
      const event = recorderOf(operatorOrganization)('stirauthorities.list_unavailable', {
        entity: { type: 'stirauthorities', id: 'authorities' },
        description: `List of revoked certificates ${url} ${problem}`,
        fields: { url, problem },
      });
      tryCommit(operatorOrganization, [event]).catch(fault);
    },
  };
}
