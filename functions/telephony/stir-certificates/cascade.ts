import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import { stirCertificateRow } from '../rows/stir-certificate.ts';
import type { stirCertificates } from './contract.ts';

/** Public chains stay until their end: calls that were signed with them are still verified. */
export const cascade: CascadeSteps<typeof stirCertificates> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(stirCertificateRow, {});
      return items.map((certificate) => remove(stirCertificateRow, certificate));
    },
  ],
};
