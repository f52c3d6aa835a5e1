import { platformRow, row } from '#dynamodb/row.ts';
import type { SetUp } from './set-up.ts';
import type { WaitingState } from './state.ts';

/** `salesforce#1001`: the set-up of an organization. */
export const setUpRow = row<'salesforce', SetUp, object>('salesforce', { sort: () => 'salesforce' });

/** The secret of its client. */
export type ClientSecretItem = {
  /** `salesforce` */
  readonly resource: string;
  /** Sealed. */
  readonly client_secret: string;
  readonly version: number;
};

/** `credential#1001`, `salesforce`: an entity of its own, so that only log-ins may read it. */
export const clientSecretRow = row<'credential', ClientSecretItem, { resource: string }>('credential', {
  sort: ({ resource }) => resource,
});

/** `oauthstate#<hash>`: a log-in that waits for its code. */
export const stateRow = platformRow<'oauthstate', WaitingState, { hash: string }, { hash: string }>('oauthstate', {
  partition: ({ hash }) => [hash],
  sort: () => 'state',
  expires: (item) => item.expires_at,
});
