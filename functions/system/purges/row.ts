import { row } from '../../../shared/dynamodb/row.ts';
import type { ChainLink } from '../../../shared/schema/event-log.ts';
import type { RecordClass } from '../../../shared/schema/record-class.ts';
import type { Purge } from './purge.ts';

/** `purge#1001`: the last purge of each class, so that one runs at a time. */
export const purgeRow = row<'purge', Purge, { readonly class: RecordClass }>('purge', {
  afterClosing: 'records of a closed organization are purged when their time has come',
  sort: (key) => key.class,
});

/** `eventlogbegin#1001`: the last link of the chain that was purged. */
export const eventLogBeginRow = row<'eventlogbegin', ChainLink, object>('eventlogbegin', {
  afterClosing: 'the event log is kept',
  sort: () => 'begin',
});
