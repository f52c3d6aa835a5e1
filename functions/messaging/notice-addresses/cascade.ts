import { noticeAddressRow } from '#dynamodb/rows/notice-address.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { noticeAddresses } from './contract.ts';

/** Addresses in one slice. */
const limit = 90;

/** Tokens of links find no address then, and expire by themselves. */
export const cascade: CascadeSteps<typeof noticeAddresses> = {
  'org.closed': [
    async (_organization, { table }) =>
      (await table.query(noticeAddressRow, {}, { limit })).items.map((item) => remove(noticeAddressRow, item)),
  ],
};
