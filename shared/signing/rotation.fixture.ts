import type { Store } from '../dynamodb/client.ts';
import { recorder, systemOrigin } from '../runtime/event-record.ts';
import { rotateSigningKeys } from './key-rotation.ts';

type Tools = Omit<Parameters<typeof rotateSigningKeys>[0], 'now' | 'record' | 'store'> & {
  readonly store: () => Store;
  readonly now: () => Date;
};

/** Rotates keys as the scheduled function does, with events of organization 1000. */
export function rotationOf({ store, now, ...tools }: Tools) {
  let events = 0;
  const nextId = (prefix: string) => `${prefix}_${String((events += 1)).padStart(26, '0')}`;
  return (atOnce: boolean) => {
    const origin = { origin: systemOrigin, organization: 1000, now: now(), nextId };
    return rotateSigningKeys({ ...tools, store: store(), now: now(), record: recorder(origin) }, { atOnce });
  };
}
