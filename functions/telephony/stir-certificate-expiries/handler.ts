import { replace } from '#dynamodb/write.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import { stirCertificateRow } from '../rows/stir-certificate.ts';
import { warningDue } from '../schema/stir-expiry.ts';
import { stirCertificateExpiries, type ExpiryMessage } from './contract.ts';

const handle = (
  { message: { org_id: organization, certificate: id } }: Delivery<ExpiryMessage>,
  { tableOf, transact, recorderOf, clock }: BackgroundContext<typeof stirCertificateExpiries>,
): Promise<void> =>
  transact(organization, async () => {
    const certificate = await tableOf(organization).get(stirCertificateRow, { id });
    if (certificate === undefined || certificate.not_after === null) return [];
    const { name, not_after: end, warned_days: warned } = certificate;
    const days = warningDue(end, warned, clock().toISOString());
    if (days === undefined) return [];
    const after = { ...certificate, warned_days: days, version: certificate.version + 1 };
    return [
      replace(stirCertificateRow, after, certificate),
      recorderOf(organization)('stircertificate.expiring', {
        entity: { type: 'stircertificate', id },
        description: `STIR certificate ${name} ends on ${end.slice(0, 10)}`,
        fields: { not_after: end, days },
      }),
    ];
  });

/** The consumer of the queue `stir-certificate-expiries`. */
export const stirCertificateExpiriesHandler = (dependencies = consumerDependencies()) =>
  consume(stirCertificateExpiries, settleEach(handle), dependencies);

export const handler = stirCertificateExpiriesHandler();
