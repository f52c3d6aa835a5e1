import { reads, unique, writes, type Effect } from './effects.ts';

/** The effects of saving a user: its item, the markers of its unique values, and its entry in the directory. */
export const savesUser = [
  writes('user'),
  unique('username'),
  unique('user-client'),
  unique('user-email'),
  unique('user-extension'),
  writes('directory'),
  writes('directory-word'),
] as const satisfies readonly Effect[];

/** The effects of counting what a new password does not end. */
export const readsRemainingAccess = [
  reads('accesskey', 'GSI1'),
  reads('device', 'GSI1'),
  reads('phone', 'GSI2'),
] as const satisfies readonly Effect[];
