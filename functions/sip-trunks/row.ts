import { row } from '../../shared/dynamodb/row.ts';
import type { SipTrunkItem } from './sip-trunk.ts';

/** `trunk#1001`, newest first by id. */
export const trunkRow = row<'trunk', SipTrunkItem, { id: string }>('trunk', { sort: ({ id }) => id });

/** Names are unique in an organization, case ignored. */
export const trunkNameRow = row<'trunk-name', { name: string; owner: string }, { name: string }>('trunk-name', { sort: ({ name }) => name });
