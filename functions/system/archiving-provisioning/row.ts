import { row } from '#dynamodb/row.ts';
import type { Archiving } from './provisioning.ts';

/** `archiving#1001`: one item. */
export const archivingRow = row<'archiving', Archiving, object>('archiving', {
  afterClosing: 'archives stay until their retention ends, and are charged until then',
  sort: () => 'archiving',
});
