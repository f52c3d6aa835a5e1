import type { SidecarContext } from '../../leases/membership.ts';
import type { UnsignedReason } from './call-signing.ts';

const reasons: Readonly<Record<UnsignedReason, string>> = {
  no_certificate: 'the organization has no certificate that can be used',
  failed: 'the certificate could not be read',
};

/** Records that calls over a gateway go unsigned, as an event of the gateway. Nothing waits for it. */
export const unsignedReports =
  ({ recorderOf, tryCommit }: Pick<SidecarContext, 'recorderOf' | 'tryCommit'>, fault: (error: unknown) => void) =>
  (organization: number, gateway: string, reason: UnsignedReason): void => {
    const event = recorderOf(organization)('gateway.unsigned', {
      entity: { type: 'gateway', id: gateway },
      description: `Calls over gateway ${gateway} are not signed: ${reasons[reason]}`,
      fields: { reason },
    });
    tryCommit(organization, [event]).catch(fault);
  };
